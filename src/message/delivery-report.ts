// Delivery reports: multipart/report of RFC 6522 with the fields of RFC 3464, or of RFC 6533 where
// an address has more than ASCII. Knows what such a message looks like, not when one is due.
import { createHash } from 'node:crypto'
import { type Address, formatAddress } from './address.ts'
import { encodeBody } from './body-encode.ts'
import { formatDate } from './header-date.ts'
import { addressField, textField } from './header-encode.ts'

export interface DeliveryReport {
  /** Without angle brackets. */
  readonly messageId: string
  /** The name of this server. */
  readonly server: string
  readonly to: Address
  readonly subject: string
  /** For people. */
  readonly text: string
  /** Milliseconds since 1970, as all times here. */
  readonly date: number
  readonly arrived: number
  /** RFC 3461 §4.4, xtext as it was said. */
  readonly envelopeId?: string | undefined
  readonly recipients: readonly ReportedRecipient[]
  readonly returned: { readonly bytes: Buffer; readonly whole: boolean }
}

export interface ReportedRecipient {
  readonly address: string
  /** RFC 3461 §4.2: "rfc822;xtext", as it was said, or "". */
  readonly originalRecipient: string
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed'
  readonly status: string
  /** The host that said it, or "". */
  readonly host: string
  /** "550 5.1.1 No such user", or "" where nobody said anything. */
  readonly diagnostic: string
  /** Up to when it is tried again; undefined where it is not. */
  readonly until?: number | undefined
}

export function composeReport(report: DeliveryReport): Buffer {
  const { server, to, returned } = report
  const from = { local: 'postmaster', domain: server, name: 'Mail delivery' }
  const text = encodeBody(report.text)
  const utf8 = isUtf8(report)
  const status = Buffer.from(statusFields(report))
  const hash = createHash('sha256').update(report.messageId).update(text.bytes).update(status)
  const boundary = `=_${hash.update(returned.bytes).digest('hex').slice(0, 32)}`
  const header = [
    addressField('From', [from]),
    addressField('To', [to]),
    textField('Subject', report.subject),
    `Date: ${formatDate(report.date)}\r\n`,
    `Message-ID: <${report.messageId}>\r\n`,
    // RFC 3834 §5: nobody answers it by itself.
    'Auto-Submitted: auto-replied\r\n',
    'MIME-Version: 1.0\r\n',
    'Content-Type: multipart/report; report-type=delivery-status;\r\n',
    ` boundary="${boundary}"\r\n\r\n`,
  ]
  const part = (fields: string) => Buffer.from(`--${boundary}\r\n${fields}\r\n`)
  return Buffer.concat([
    Buffer.from(header.join('')),
    part(
      `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ${text.encoding}\r\n`,
    ),
    text.bytes,
    Buffer.from('\r\n'),
    // RFC 6533 §4: fields in UTF-8 have a type of their own.
    part(
      utf8
        ? 'Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: 8bit\r\n'
        : 'Content-Type: message/delivery-status\r\n',
    ),
    status,
    Buffer.from('\r\n'),
    part(`Content-Type: ${returnedType(returned)}\r\nContent-Transfer-Encoding: 8bit\r\n`),
    withLineEnd(returned.bytes),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
}

function returnedType({ bytes, whole }: DeliveryReport['returned']): string {
  const utf8 = !isAscii(bytes.subarray(0, headerEnd(bytes)))
  if (whole) return utf8 ? 'message/global' : 'message/rfc822'
  return utf8 ? 'message/global-headers' : 'text/rfc822-headers'
}

function headerEnd(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n')
  return end < 0 ? bytes.length : end
}

function isAscii(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte > 127) return false
  return true
}

function withLineEnd(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1')
  return text.endsWith('\r\n') ? bytes : Buffer.concat([bytes, Buffer.from('\r\n')])
}

function isUtf8({ recipients }: DeliveryReport): boolean {
  return recipients.some(({ address, originalRecipient }) =>
    /[^\x00-\x7f]/.test(address + originalRecipient),
  )
}

/** RFC 3464 §2.2, §2.3 */
function statusFields(report: DeliveryReport): string {
  const { server, arrived, envelopeId } = report
  const own = [`Reporting-MTA: dns; ${oneLine(server)}\r\n`]
  if (envelopeId !== undefined)
    own.unshift(`Original-Envelope-Id: ${oneLine(fromXtext(envelopeId))}\r\n`)
  own.push(`Arrival-Date: ${formatDate(arrived)}\r\n`)
  return [own.join(''), ...report.recipients.map((one) => recipientFields(one, report))].join(
    '\r\n',
  )
}

function recipientFields(one: ReportedRecipient, { date }: DeliveryReport): string {
  const { address, originalRecipient, action, status, host, diagnostic, until } = one
  const type = /[^\x00-\x7f]/.test(address) ? 'utf-8' : 'rfc822'
  const [originalType = '', original = ''] = splitOnce(originalRecipient)
  const utf8 = originalType.toLowerCase() === 'utf-8'
  const lines = [
    original === '' ? '' : `Original-Recipient: ${originalType}; ${decoded(original, utf8)}`,
    `Final-Recipient: ${type}; ${oneLine(address)}`,
    `Action: ${action}`,
    `Status: ${status}`,
    host === '' ? '' : `Remote-MTA: dns; ${oneLine(host)}`,
    diagnostic === '' ? '' : folded(`Diagnostic-Code: smtp; ${oneLine(diagnostic)}`),
    `Last-Attempt-Date: ${formatDate(date)}`,
    until === undefined ? '' : `Will-Retry-Until: ${formatDate(until)}`,
  ]
  return lines
    .filter((line) => line !== '')
    .map((line) => `${line}\r\n`)
    .join('')
}

function splitOnce(text: string): string[] {
  const at = text.indexOf(';')
  return at < 0 ? [] : [text.slice(0, at), text.slice(at + 1)]
}

function decoded(text: string, utf8: boolean): string {
  return oneLine(utf8 ? text : fromXtext(text))
}

/** RFC 3461 §4: "+41" is "A". What is no printable ASCII then stays as it was said. */
export function fromXtext(text: string): string {
  return text.replace(/\+([0-9A-F]{2})/g, (said: string, hex: string) => {
    const code = Number.parseInt(hex, 16)
    return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : said
  })
}

/** Nothing that others said begins a line of ours. */
function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ').trim()
}

const columnsMax = 900

function folded(line: string): string {
  return line.length <= columnsMax ? line : `${line.slice(0, columnsMax)} ...`
}

/** "ana@example.net" as people read it in a text. */
export function shownAddress(address: Address): string {
  return `<${formatAddress(address)}>`
}
