// Makes messages: RFC 5322 fields, RFC 2045 bodies. The one serializer of what Amplop writes, so
// the one place where line breaks are kept out of header fields. They are refused, never removed.
import { createHash } from 'node:crypto'
import { Refused } from '../base/refused.ts'
import { formatAddress, parseAddress } from './address.ts'
import { type EncodedBody, encodeBody } from './body-encode.ts'
import { formatDate } from './header-date.ts'
import { addressField, type Correspondent, textField } from './header-encode.ts'
import { scanHeader } from './header-fields.ts'

export interface Draft {
  readonly from: Correspondent
  readonly to: readonly Correspondent[]
  readonly cc?: readonly Correspondent[] | undefined
  readonly replyTo?: readonly Correspondent[] | undefined
  readonly subject: string
  /** Any line ends; they become CRLF. */
  readonly text: string
  readonly html?: string | undefined
  /** Instead of a text: a MIME entity with its own header, of which the Content fields count. */
  readonly entity?: string | undefined
  /** Milliseconds since 1970. */
  readonly date: number
  /** Without angle brackets. */
  readonly messageId: string
  /** Further fields; values are free text or structured ASCII. */
  readonly extra?: readonly (readonly [name: string, value: string])[] | undefined
}

const ownFields =
  /^(?:from|to|cc|reply-to|subject|date|message-id|mime-version|content-type|content-transfer-encoding)$/i

/**
 * The message in wire form (CRLF, not dot-stuffed), ASCII but for addresses that are not.
 * @throws Refused 'bad-message' for CR, LF or NUL in any field, a field name or Message-ID that is
 * none, or a date out of range; 'bad-address' for an address that is none.
 */
export function compose(draft: Draft): Buffer {
  const { cc, replyTo } = draft
  const fields = [
    addresses('From', [draft.from]),
    addresses('To', draft.to),
    cc && cc.length > 0 ? addresses('Cc', cc) : '',
    replyTo && replyTo.length > 0 ? addresses('Reply-To', replyTo) : '',
    textField('Subject', scalar('Subject', draft.subject)),
    `Date: ${date(draft.date)}\r\n`,
    `Message-ID: <${identifier(draft.messageId)}>\r\n`,
    ...(draft.extra ?? []).map(extraField),
    'MIME-Version: 1.0\r\n',
  ]
  return Buffer.concat([Buffer.from(fields.join(''), 'utf8'), ...body(draft)])
}

function body(draft: Draft): Buffer[] {
  return draft.entity === undefined ? contentOf(draft) : [entityOf(draft.entity)]
}

/** RFC 2045 §3: what describes the content, and the content. */
function entityOf(entity: string): Buffer {
  const bytes = Buffer.from(entity.replace(/\r\n|\r|\n/g, '\r\n'))
  const { fields, end } = scanHeader(bytes)
  const own = fields.filter(({ name }) => name.startsWith('content-'))
  return Buffer.concat([
    ...own.map(({ start, end }) => bytes.subarray(start, end)),
    Buffer.from('\r\n'),
    bytes.subarray(end),
  ])
}

/** The content of a letter, by itself, as an entity. */
export function composeEntity(content: Pick<Draft, 'text' | 'html' | 'messageId'>): string {
  return Buffer.concat(contentOf(content)).toString('utf8')
}

function contentOf(draft: Pick<Draft, 'text' | 'html' | 'messageId'>): Buffer[] {
  const text = encodeBody(draft.text)
  if (draft.html === undefined) return partOf('plain', text)
  const html = encodeBody(draft.html)
  // No body can contain a digest of itself, so no search for a free boundary is needed.
  const hash = createHash('sha256').update(draft.messageId).update(text.bytes).update(html.bytes)
  const boundary = `=_${hash.digest('hex').slice(0, 32)}`
  return [
    Buffer.from(`Content-Type: multipart/alternative; boundary="${boundary}"\r\n\r\n`),
    Buffer.from(`--${boundary}\r\n`),
    ...partOf('plain', text),
    Buffer.from(`\r\n--${boundary}\r\n`),
    ...partOf('html', html),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]
}

function partOf(subtype: string, { encoding, bytes }: EncodedBody): Buffer[] {
  const type = `Content-Type: text/${subtype}; charset=utf-8\r\n`
  return [Buffer.from(`${type}Content-Transfer-Encoding: ${encoding}\r\n\r\n`), bytes]
}

function addresses(name: string, list: readonly Correspondent[]): string {
  for (const correspondent of list) {
    scalar(name, correspondent.name ?? '')
    scalar(name, correspondent.local)
    scalar(name, correspondent.domain)
    if (parseAddress(formatAddress(correspondent), { smtpUtf8: true }) === undefined) {
      throw new Refused('bad-address', `in ${name}`)
    }
  }
  return addressField(name, list)
}

function extraField([name, value]: readonly [string, string]): string {
  // RFC 5322 §3.6.8 ftext; what compose writes itself may not be written twice.
  if (!/^[!-9;-~]{1,76}$/.test(name) || ownFields.test(name)) {
    throw new Refused('bad-message', 'field name not allowed')
  }
  return textField(name, scalar(name, value))
}

function scalar(what: string, value: string): string {
  if (/[\r\n\0]/.test(value)) throw new Refused('bad-message', `line break or NUL in ${what}`)
  return value
}

function identifier(id: string): string {
  if (id.length > 900 || !/^[!-;=?-~]+$/.test(id)) throw new Refused('bad-message', 'Message-ID')
  return id
}

function date(ms: number): string {
  const year = new Date(ms).getUTCFullYear()
  if (!(year >= 1900 && year <= 9999)) throw new Refused('bad-message', 'Date')
  return formatDate(ms)
}
