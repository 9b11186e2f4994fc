// Every answer the gateway can give, as the classic text and as a JSON line. RFC 5321 §4.2 codes,
// RFC 3463 statuses. Knows no sockets.
import { refusalReplies } from '../../base/refusal-replies.ts'
import type { RefusalCode } from '../../base/refused.ts'
import { type Reply, replyLine } from '../../base/reply.ts'
import type { RecipientVerdict } from '../../delivery/types.ts'

export interface RecipientAnswer extends Reply {
  readonly address: string
}

/** What became of one object. */
export interface Answer extends Reply {
  /**
   * "sent": all of it is safe. "partly": some recipients were refused. "error": refused as mail is
   * refused. "unreachable": the next hop was not reached, `text` being the system's words.
   * "invalid": it was no message.
   */
  readonly is: 'sent' | 'partly' | 'error' | 'unreachable' | 'invalid'
  /** The message's id in log and trace, or "". */
  readonly id: string
  readonly recipients: readonly RecipientAnswer[]
}

function say(code: number, status: string, text: string): Reply {
  return { code, status, text }
}

export const replies = {
  sent: say(250, '2.0.0', 'Sent'),
  notPermitted: say(550, '5.7.1', 'Not permitted to send from here without a token'),
  wrongToken: say(535, '5.7.8', 'Token not valid'),
  tokenNeedsTls: say(535, '5.7.11', 'A token is taken over TLS only'),
  senderNotBound: say(550, '5.7.1', 'This token may not be used with this sender'),
  recipientNotBound: say(550, '5.7.1', 'This token may not be used with this recipient'),
  tooMany: say(450, '4.7.1', 'Too many messages, try again in a minute'),
  busy: say(421, '4.3.2', 'Too busy, try again later'),
  stopping: say(421, '4.3.2', 'Service shutting down'),
  timedOut: say(421, '4.4.2', 'timed out'),
  bug: say(451, '4.3.0', 'Local error in processing'),
  unreachable: say(451, '4.4.1', ''),
  noJson: say(501, '5.5.2', ''),
  badField: say(554, '5.6.0', ''),
  badAddress: say(501, '5.1.3', ''),
  tooBig: say(552, '5.3.4', ''),
} as const satisfies Record<string, Reply>

/** What each refusal sounds like here: credentials are tokens. Its detail stays in the log. */
export const refusals: Record<RefusalCode, Reply> = {
  ...refusalReplies,
  'bad-message': say(554, '5.6.0', 'Message refused'),
  'wrong-credentials': say(535, '5.7.8', 'Token not valid'),
  'needs-login': say(550, '5.7.1', 'Not permitted to send from here without a token'),
  'needs-tls': say(535, '5.7.11', 'A token is taken over TLS only'),
  'rate-limited': say(450, '4.7.1', 'Too many messages, try again later'),
}

/** What a recipient hears of the verdict on it. */
export const verdicts: Record<RecipientVerdict['is'], Reply> = {
  accepted: say(250, '2.1.5', 'Recipient OK'),
  'unknown-user': refusals['unknown-user'],
  'relay-denied': refusals['relay-denied'],
  disabled: refusals.disabled,
  'over-quota': refusals['over-quota'],
  'no-route': say(550, '5.4.4', 'No route: this server does not deliver to other domains'),
}

/** The answer to what is no message, or none that could be looked at. */
export function invalid(reply: Reply): Answer {
  return { ...reply, is: 'invalid', id: '', recipients: [] }
}

/** The refusal of a whole message. */
export function refused(reply: Reply, id = ''): Answer {
  return { ...reply, is: 'error', id, recipients: [] }
}

/** One answer from each recipient's, at least one; `sent` is said if all is well. */
export function summary(id: string, sent: Reply, recipients: readonly RecipientAnswer[]): Answer {
  const bad = recipients.filter((one) => one.code >= 300)
  const first = bad[0]
  if (!first) return { ...sent, is: 'sent', id, recipients }
  const { code, status } = first
  const alike = bad.every((one) => replyLine(one) === replyLine(first))
  if (bad.length === recipients.length && alike)
    return { code, status, text: first.text, is: 'error', id, recipients }
  const named = bad.map((one, n) => {
    const line = `<${one.address}>: ${one.text}`
    return n === 0 ? line : `${one.code}${one.status && ` ${one.status}`} ${line}`
  })
  const text = named.join('; ')
  if (bad.length === recipients.length) return { code, status, text, is: 'error', id, recipients }
  const others = recipients.length - bad.length
  const refusedLine = replyLine({ code, status, text })
  const words = `Sent to ${others} of ${recipients.length}; refused: ${refusedLine}`
  return { ...sent, text: words, is: 'partly', id, recipients }
}

/** The classic client reads 1,024 bytes and no more. */
const classicMaxBytes = 1023
const errorPrefix = 'Error sending email via SMTP error message: '

/** The classic text, without line end, under 1,024 bytes. */
export function classicText(answer: Answer): string {
  return cut(classicWords(answer), classicMaxBytes)
}

function classicWords(answer: Answer): string {
  switch (answer.is) {
    case 'sent':
      return 'Email successfully sent via SMTP.'
    case 'invalid':
      return `Failed to forward email: ${answer.text}`
    case 'unreachable':
      return `${errorPrefix}${answer.text}`
    case 'error':
      return `${errorPrefix}${replyLine(answer)}`
    case 'partly': {
      const bad = answer.recipients.filter((one) => one.code >= 300)
      const named = bad.map(
        (one) => `${one.code}${one.status && ` ${one.status}`} <${one.address}>: ${one.text}`,
      )
      const others = answer.recipients.length - bad.length
      const sent = `; sent to the other ${others === 1 ? 'recipient' : `${others} recipients`}`
      const room = classicMaxBytes - errorPrefix.length - sent.length
      return `${errorPrefix}${cut(named.join('; '), room)}${sent}`
    }
  }
}

/** The answer as one line of JSON with its line end. */
export function jsonLine(answer: Answer): string {
  const { code, status, id, recipients, text } = answer
  return `${JSON.stringify({ code, status, id, recipients, text })}\n`
}

/** `text` in at most `maxBytes` bytes of UTF-8, and no half character at its end. */
export function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return text
  let end = maxBytes
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
