// The trace fields a server puts before a message, RFC 5321 §4.4. Every value is made safe here,
// whatever a client said: what does not fit the grammar is left out.
import { isIPv6 } from 'node:net'
import { type Address, formatAddress, parseDomain } from './address.ts'
import { formatDate } from './header-date.ts'
import { foldWords } from './header-encode.ts'

export interface Reception {
  /** The EHLO argument as said, or "". */
  readonly hello: string
  /** The client's IP address. */
  readonly address: string
  /** Our own name. */
  readonly by: string
  /** As `receivedWith` makes it, or another protocol's name. */
  readonly protocol: string
  readonly id: string
  /** "TLSv1.3", or "". */
  readonly tls: string
  readonly recipients: readonly Address[]
  /** RFC 6710: where one was asked for. */
  readonly priority?: number | undefined
  /** Milliseconds since 1970. */
  readonly date: number
}

/** A Received field, ended by CRLF; encode it as UTF-8. `for` tells a single recipient only. */
export function receivedField(reception: Reception): string {
  const { recipients } = reception
  const client = literal(reception.address)
  const hello = parseDomain(reception.hello, { smtpUtf8: true }) ?? client
  const words = ['from', hello, `(${client})`, 'by', atom(reception.by)]
  words.push('with', atom(reception.protocol))
  if (reception.tls !== '') words.push(`(${atom(reception.tls)})`)
  words.push('id', atom(reception.id))
  // RFC 5321 §7.2: with several, `for` would tell each of the others.
  const only = recipients.length === 1 ? formatAddress(recipients[0]!) : ''
  if (only !== '' && !/[\x00-\x1f\x7f]/.test(only)) words.push('for', `<${only}>`)
  if (reception.priority !== undefined) words.push('priority', String(reception.priority))
  words[words.length - 1] += ';'
  words.push(formatDate(reception.date))
  return foldWords('Received', words)
}

const idClause =
  /^Received: from\s+\S+\s+\(\S+\)\s+by\s+\S+\s+with\s+\S+\s+(?:\(\S+\)\s+)?id\s+([\w.-]+)/m

/** The id in the first Received field that was written here; of fields of ours only. */
export function receivedId(fields: string): string | undefined {
  return idClause.exec(fields)?.[1]
}

/** The `with` clause: RFC 3848, and RFC 6531 §4.3 where the transaction had SMTPUTF8. */
export function receivedWith(session: {
  /** RFC 2033, and not SMTP. */
  readonly lmtp?: boolean
  readonly extended: boolean
  readonly tls: boolean
  readonly login: boolean
  readonly smtpUtf8: boolean
}): string {
  if (!session.extended) return 'SMTP'
  const security = `${session.tls ? 'S' : ''}${session.login ? 'A' : ''}`
  const plain = session.lmtp ? 'LMTP' : 'ESMTP'
  const utf8 = session.lmtp ? 'UTF8LMTP' : 'UTF8SMTP'
  return `${session.smtpUtf8 ? utf8 : plain}${security}`
}

/** "Return-Path: <a@b>", or "<>" for null, ended by CRLF; encode it as UTF-8. */
export function returnPathField(from: Address | null): string {
  const path = from === null ? '' : formatAddress(from)
  return `Return-Path: <${/[\x00-\x1f\x7f]/.test(path) ? '' : path}>\r\n`
}

/** RFC 5321 §4.1.3. */
function literal(address: string): string {
  const safe = address.replace(/[^0-9A-Fa-f.:]/g, '')
  return `[${isIPv6(safe) ? 'IPv6:' : ''}${safe}]`
}

function atom(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]/g, '').slice(0, 255) || 'unknown'
}
