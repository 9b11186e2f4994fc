// Which codings a client takes.
import type { IncomingHttpHeaders } from 'node:http'

/** RFC 9110 §12.5.3, without weighing: a coding counts when it is named and not with q=0. */
export function accepts(headers: IncomingHttpHeaders, coding: string): boolean {
  const named = new RegExp(`\\b${coding}\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$))`, 'i')
  return named.test(String(headers['accept-encoding'] ?? ''))
}
