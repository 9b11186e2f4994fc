// The arguments of SMTP commands, as values. Pure.
import type { Reply } from '../../base/reply.ts'
import { needsSmtpUtf8 } from '../../message/address.ts'
import { type Path, type PathOptions, parsePath } from '../../message/path.ts'
import { Syntax } from '../../wire/protocol.ts'
import { replies } from './replies.ts'

/** The command takes no argument. */
export function nothing(rest: string): void {
  if (rest.trim() !== '') throw new Syntax('No argument expected')
}

/** Whatever is there, or nothing. */
export function anything(rest: string): string {
  return rest.trim()
}

/**
 * "FROM:<a@b> SIZE=100" as a path, RFC 5321 §4.1.1.2, or the reply to what is none. The lenient
 * forms count where the options allow them.
 */
export function pathAfter(
  keyword: 'FROM' | 'TO',
  options: PathOptions,
  rest: string,
): Path | Reply {
  const at = keyword.length + 1
  if (rest.slice(0, at).toUpperCase() !== `${keyword}:`)
    throw new Syntax(`Expected ${keyword}:<address>`)
  const parsed = parsePath(rest.slice(at), options)
  if (!('error' in parsed)) return parsed
  // RFC 6531 §3.5 has a status of its own for the address that only needs the extension.
  if (parsed.error === needsSmtpUtf8) return replies.needUtf8
  const status = keyword === 'FROM' ? '5.1.7' : '5.1.3'
  return { code: 501, status, text: `Bad address: ${parsed.error}` }
}

export interface Chunk {
  readonly size: number
  readonly last: boolean
}

/** "1000 LAST": RFC 3030 §2; undefined where it is not. */
export function chunk(rest: string): Chunk | undefined {
  const [, size, last] = /^(\d{1,15})( +LAST)?$/i.exec(rest.trim()) ?? []
  return size === undefined ? undefined : { size: Number(size), last: last !== undefined }
}

/** "PLAIN dGVzdA==": RFC 4954 §4. */
export function authArgument(rest: string): { mechanism: string; initial: string | undefined } {
  const [mechanism = '', initial, ...more] = rest.trim().split(/ +/)
  if (mechanism === '' || more.length > 0) throw new Syntax('Expected AUTH mechanism [response]')
  return { mechanism: mechanism.toUpperCase(), initial }
}
