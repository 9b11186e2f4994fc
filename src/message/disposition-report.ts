// Disposition notifications ("read receipts"): multipart/report with the fields of RFC 8098. Knows
// what such a message looks like, not when one is due. Pure.
import { createHash } from 'node:crypto'
import type { Address } from './address.ts'
import { encodeBody } from './body-encode.ts'
import { formatDate } from './header-date.ts'
import { addressField, type Correspondent, textField } from './header-encode.ts'
import { rawValue, scanHeader } from './header-fields.ts'
import { partText } from './plain-text.ts'
import { type Part, readStructure } from './structure.ts'
import { decodeTransfer } from './transfer-decode.ts'

/** RFC 8098 §3.2.6 */
export interface Disposition {
  readonly actionMode: string
  readonly sendingMode: string
  readonly type: string
}

/** What the machine-readable part says; "" and none for what is not said. */
export interface DispositionFields {
  readonly reportingUA: string
  readonly gateway: string
  readonly originalRecipient: string
  readonly finalRecipient: string
  readonly originalMessageId: string
  readonly disposition: Disposition
  readonly errors: readonly string[]
  readonly extensions: Readonly<Record<string, string>>
}

export interface DispositionReport {
  readonly from: Correspondent
  readonly to: readonly Address[]
  readonly subject: string
  readonly text: string
  /** Without angle brackets. */
  readonly messageId: string
  /** Milliseconds since 1970. */
  readonly date: number
  readonly fields: DispositionFields
  /** The message it is about, or its header. */
  readonly original: Buffer
  readonly whole: boolean
}

export function composeDisposition(report: DispositionReport): Buffer {
  const { fields, original, whole, messageId } = report
  const text = encodeBody(report.text)
  const said = Buffer.from(fieldText(fields))
  const hash = createHash('sha256').update(messageId).update(text.bytes).update(said)
  const boundary = `=_${hash.update(original).digest('hex').slice(0, 32)}`
  const automatic = fields.disposition.sendingMode === 'mdn-sent-automatically'
  const about = fields.originalMessageId
  const header = [
    addressField('From', [report.from]),
    addressField('To', report.to),
    textField('Subject', report.subject),
    `Date: ${formatDate(report.date)}\r\n`,
    `Message-ID: <${messageId}>\r\n`,
    ...(about === '' ? [] : [`In-Reply-To: ${about}\r\n`, `References: ${about}\r\n`]),
    // RFC 3834 §5: nobody answers it by itself.
    ...(automatic ? ['Auto-Submitted: auto-replied\r\n'] : []),
    'MIME-Version: 1.0\r\n',
    'Content-Type: multipart/report; report-type=disposition-notification;\r\n',
    ` boundary="${boundary}"\r\n\r\n`,
  ]
  const part = (type: string, more = '') => `--${boundary}\r\nContent-Type: ${type}\r\n${more}\r\n`
  return Buffer.concat([
    Buffer.from(header.join('')),
    Buffer.from(
      part('text/plain; charset=utf-8', `Content-Transfer-Encoding: ${text.encoding}\r\n`),
    ),
    text.bytes,
    Buffer.from(`\r\n${part('message/disposition-notification')}`),
    said,
    Buffer.from(`\r\n${part(whole ? 'message/rfc822' : 'text/rfc822-headers')}`),
    original,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
}

function fieldText(fields: DispositionFields): string {
  const { actionMode, sendingMode, type } = fields.disposition
  const lines: (readonly [string, string])[] = [
    ['Reporting-UA', fields.reportingUA],
    ['MDN-Gateway', fields.gateway],
    ['Original-Recipient', fields.originalRecipient],
    ['Final-Recipient', fields.finalRecipient],
    ['Original-Message-ID', fields.originalMessageId],
    ['Disposition', `${actionMode}/${sendingMode}; ${type}`],
    ...fields.errors.map((text) => ['Error', text] as const),
    ...Object.entries(fields.extensions),
  ]
  const said = lines.filter(([, value]) => value !== '')
  return said.map(([name, value]) => `${name}: ${value}\r\n`).join('')
}

export interface ReadDisposition {
  readonly text: string
  readonly whole: boolean
  readonly fields: DispositionFields
}

const textMaxChars = 100_000
const known = new Set([
  ...['reporting-ua', 'mdn-gateway', 'original-recipient', 'final-recipient'],
  ...['original-message-id', 'disposition', 'error'],
])

/** undefined for what is no such report. */
export function readDisposition(bytes: Buffer): ReadDisposition | undefined {
  const parts = readStructure(bytes).parts ?? []
  const machine = parts.find((part) => isOf(part, 'message', 'disposition-notification'))
  if (!machine) return undefined
  const decoded = decodeTransfer(bytes.subarray(machine.body, machine.end), machine.encoding)
  const block = Buffer.concat([decoded, Buffer.from('\r\n\r\n')])
  const values = new Map<string, string[]>()
  const extensions: Record<string, string> = {}
  for (const field of scanHeader(block).fields) {
    const value = Buffer.from(rawValue(block, field), 'latin1').toString()
    if (known.has(field.name)) values.set(field.name, [...(values.get(field.name) ?? []), value])
    else extensions[block.toString('latin1', field.start, field.value - 1).trim()] = value
  }
  const of = (name: string) => values.get(name)?.[0] ?? ''
  const disposition = dispositionOf(of('disposition'))
  if (!disposition || of('final-recipient') === '') return undefined
  const human = parts.find(({ type }) => type === 'text')
  return {
    text: human && human !== machine ? partText(bytes, human, textMaxChars) : '',
    whole: parts.some((part) => isOf(part, 'message', 'rfc822')),
    fields: {
      ...{ reportingUA: of('reporting-ua'), gateway: of('mdn-gateway'), disposition },
      ...{ originalRecipient: of('original-recipient'), finalRecipient: of('final-recipient') },
      ...{ originalMessageId: of('original-message-id'), errors: values.get('error') ?? [] },
      extensions,
    },
  }
}

function isOf({ type, subtype }: Part, wanted: string, wantedSub: string): boolean {
  return type === wanted && subtype === wantedSub
}

function dispositionOf(text: string): Disposition | undefined {
  const [, actionMode, sendingMode, type] =
    /^\s*([\w-]+)\s*\/\s*([\w-]+)\s*;\s*([\w-]+)/.exec(text.toLowerCase()) ?? []
  if (actionMode === undefined || sendingMode === undefined || type === undefined) return undefined
  return { actionMode, sendingMode, type }
}
