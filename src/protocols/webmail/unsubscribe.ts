// Leaves a mailing list for a person who asked to, by one request, as the list offers it in the
// message itself (RFC 8058). Knows no page.

import { rawValue, scanHeader } from '../../message/header-fields.ts'
import { errorAnswer, json } from '../../wire/http-answer.ts'
import type { HttpAnswer } from '../../wire/http-types.ts'
import type { PostForm, WebmailPorts } from './ports.ts'

/** A header is no longer than this; what stands behind is not looked at. */
const headerMaxBytes = 256 * 1024
const timeMaxMs = 15_000
/** RFC 8058 §3.2 */
const form = 'List-Unsubscribe=One-Click'

/**
 * Where one request is enough: an https address in List-Unsubscribe, and the promise of
 * List-Unsubscribe-Post that nothing more is asked. undefined where the list does not offer it.
 */
export function oneClickOf(header: Buffer): string | undefined {
  const value = (wanted: string) => {
    const found = scanHeader(header).fields.filter(({ name }) => name === wanted)
    // Two of a kind are nobody's promise.
    return found.length === 1 ? rawValue(header, found[0]!).replace(/\r?\n[ \t]*/g, ' ') : ''
  }
  if (value('list-unsubscribe-post').replaceAll(/\s/g, '').toLowerCase() !== form.toLowerCase())
    return undefined
  const urls = [...value('list-unsubscribe').matchAll(/<\s*(https:[^<>\s]{1,2000})\s*>/gi)]
  return urls[0]?.[1]
}

/** The list is told; what it thinks of it is not ours to know, but whether it took it is. */
export async function leaveList(
  { emails, messages, log }: WebmailPorts,
  post: PostForm,
  whose: { readonly account: string; readonly email: string },
): Promise<HttpAnswer> {
  const { account, email: id } = whose
  const [email] = /^[0-9a-z]{1,40}$/.test(id) ? await emails.get(account, [id]) : []
  if (!email) return errorAnswer(404, 'not-found')
  const bytes = messages.bytes(email.blob, email.prefix)
  const end = Math.min(bytes.size, bytes.prefixSize + headerMaxBytes)
  const url = oneClickOf(await bytes.range(bytes.prefixSize, end))
  if (url === undefined) return errorAnswer(409, 'not-offered')
  try {
    await post(url, form, AbortSignal.timeout(timeMaxMs))
    return json(200, { left: URL.parse(url)?.hostname ?? '' })
  } catch (error) {
    const why = error instanceof Error ? error.message : 'failed'
    log.info('a list was not left', { why })
    return errorAnswer(502, 'not-taken')
  }
}
