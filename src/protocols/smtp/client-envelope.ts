// What is said of a message before its text: MAIL and RCPT with the parameters that the hop knows,
// and why a message cannot go to a hop at all. Pure.
import type { Reply } from '../../base/reply.ts'
import { formatAddress } from '../../message/address.ts'
import type { Outgoing, RecipientAsked } from '../../queue/transport.ts'
import type { Extensions } from './client-greeting.ts'

/** Why this message cannot go to this hop, as its own reply would say it. */
export function unfit(mail: Outgoing, extensions: Extensions): Reply | undefined {
  // RFC 6531 §3.1: without the extension such an address cannot even be said.
  if (utf8Needed(mail) && !extensions.has('SMTPUTF8'))
    return { code: 550, status: '5.6.7', text: 'The next hop does not offer SMTPUTF8' }
  const limit = Number(extensions.get('SIZE') || 0)
  if (limit > 0 && mail.size > limit)
    return { code: 552, status: '5.3.4', text: `The next hop takes ${limit} bytes at most` }
  // RFC 8689 §4.2.1
  if (mail.asked?.requireTls && !extensions.has('REQUIRETLS'))
    return { code: 550, status: '5.7.30', text: 'The next hop does not offer REQUIRETLS' }
  if (isBinary(mail) && !(extensions.has('BINARYMIME') && extensions.has('CHUNKING')))
    return { code: 554, status: '5.6.1', text: 'The next hop does not offer BINARYMIME' }
  return lateness(mail, extensions)
}

export function isBinary(mail: Outgoing): boolean {
  return mail.asked?.body === 'binarymime'
}

function utf8Needed({ from, to, smtpUtf8 }: Outgoing): boolean {
  return smtpUtf8 || [from, ...to].some((one) => one && /[^\x00-\x7f]/.test(one.local))
}

/** RFC 2852 §4.1.4: what must be returned when late may only go where that is understood. */
function lateness({ asked }: Outgoing, extensions: Extensions): Reply | undefined {
  const by = asked?.deliverBy
  if (by?.late !== 'return') return undefined
  if (!extensions.has('DELIVERBY'))
    return { code: 550, status: '5.3.3', text: 'The next hop does not offer DELIVERBY' }
  if (secondsLeft(by.at) <= 0)
    return { code: 550, status: '5.4.7', text: 'The time for its delivery has passed' }
  return undefined
}

function secondsLeft(at: number): number {
  return Math.trunc((at - Date.now()) / 1000)
}

export function mailCommand(mail: Outgoing, extensions: Extensions): string {
  const { from, size, asked = {} } = mail
  const params = [`MAIL FROM:<${from ? formatAddress(from) : ''}>`]
  if (extensions.has('SIZE')) params.push(`SIZE=${size}`)
  if (isBinary(mail)) params.push('BODY=BINARYMIME')
  else if (extensions.has('8BITMIME')) params.push('BODY=8BITMIME')
  if (utf8Needed(mail)) params.push('SMTPUTF8')
  if (asked.requireTls) params.push('REQUIRETLS')
  if (asked.priority !== undefined && extensions.has('MT-PRIORITY'))
    params.push(`MT-PRIORITY=${asked.priority}`)
  if (asked.deliverBy && extensions.has('DELIVERBY')) {
    const { at, late, trace } = asked.deliverBy
    params.push(`BY=${secondsLeft(at)};${late === 'return' ? 'R' : 'N'}${trace ? 'T' : ''}`)
  }
  if (extensions.has('DSN')) {
    if (asked.returned) params.push(`RET=${asked.returned === 'full' ? 'FULL' : 'HDRS'}`)
    if (asked.envelopeId) params.push(`ENVID=${asked.envelopeId}`)
  }
  return params.join(' ')
}

export function rcptCommands({ to, asked }: Outgoing, extensions: Extensions): string[] {
  const dsn = extensions.has('DSN')
  return to.map((address, n) => {
    const command = `RCPT TO:<${formatAddress(address)}>`
    return dsn ? `${command}${dsnParams(asked?.recipients?.[n])}` : command
  })
}

/** RFC 3461 §4.1, §4.2 */
function dsnParams(asked: RecipientAsked | undefined): string {
  const { notify, originalRecipient } = asked ?? {}
  const words = notify?.length === 0 ? 'NEVER' : notify?.join(',').toUpperCase()
  return `${words ? ` NOTIFY=${words}` : ''}${originalRecipient ? ` ORCPT=${originalRecipient}` : ''}`
}
