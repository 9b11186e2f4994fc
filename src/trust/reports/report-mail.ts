// A report as a mail: how it is wrapped for others (RFC 8460 §5.3, RFC 7489 §7.2.1.1), and how it
// is found in what others send. Knows no account and no store.
import { createHash } from 'node:crypto'
import type { Address } from '../../message/address.ts'
import { formatDate } from '../../message/header-date.ts'
import { addressField, textField } from '../../message/header-encode.ts'
import { type Part, readStructure } from '../../message/structure.ts'
import { decodeTransfer } from '../../message/transfer-decode.ts'
import { readDmarcReport } from './dmarc-report.ts'
import { dayMs, dayText, type ReceivedReport, type ReportKind } from './kinds.ts'
import { unpacked, unpackedMaxBytes } from './packed.ts'
import { readTlsReport } from './tls-report.ts'

export interface ReportMail {
  readonly kind: ReportKind
  readonly from: Address
  readonly to: Address
  /** Without angle brackets. */
  readonly messageId: string
  /** Our organisation, and the domain that it is about. */
  readonly by: string
  readonly domain: string
  readonly reportId: string
  readonly day: number
  /** Milliseconds since 1970. */
  readonly date: number
  /** Gzip. */
  readonly bytes: Buffer
}

/** RFC 8460 §5.1 and RFC 7489 §7.2.1.1 */
export function reportFile({ kind, by, domain, day }: ReportMail): string {
  const begin = (day * dayMs) / 1000
  const end = begin + dayMs / 1000 - 1
  return `${by}!${domain}!${begin}!${end}.${kind === 'tls' ? 'json' : 'xml'}.gz`
}

export const reportTypes: Readonly<Record<ReportKind, string>> = {
  tls: 'application/tlsrpt+gzip',
  dmarc: 'application/gzip',
}

export function composeReportMail(mail: ReportMail): Buffer {
  const { kind, from, to, by, domain, reportId, day, bytes } = mail
  const hash = createHash('sha256').update(mail.messageId).update(bytes).digest('hex')
  const boundary = `=_${hash.slice(0, 32)}`
  const tls = kind === 'tls'
  const type = tls ? 'multipart/report; report-type="tlsrpt"' : 'multipart/mixed'
  const what = tls ? 'TLS' : 'DMARC'
  const name = reportFile(mail)
  const lines = bytes.toString('base64').match(/.{1,76}/g) ?? []
  return Buffer.from(
    [
      addressField('From', [from]).trimEnd(),
      addressField('To', [to]).trimEnd(),
      textField(
        'Subject',
        `Report Domain: ${domain} Submitter: ${by} Report-ID: <${reportId}>`,
      ).trimEnd(),
      `Date: ${formatDate(mail.date)}`,
      `Message-ID: <${mail.messageId}>`,
      // RFC 8460 §5.3
      ...(tls ? [`TLS-Report-Domain: ${domain}`, `TLS-Report-Submitter: ${by}`] : []),
      // RFC 8460 §3: it comes though the TLS that it is about does not work. RFC 8689 §5.
      ...(tls ? ['TLS-Required: No'] : []),
      'Auto-Submitted: auto-generated',
      'MIME-Version: 1.0',
      `Content-Type: ${type};`,
      ` boundary="${boundary}"`,
      '',
      `--${boundary}`,
      'Content-Type: text/plain; charset=us-ascii',
      '',
      `This is the aggregate ${what} report of ${by} about ${domain}`,
      `for ${dayText(day)} (UTC). Programs read it; answers are not read.`,
      '',
      `--${boundary}`,
      `Content-Type: ${reportTypes[kind]};`,
      ` name="${name}"`,
      'Content-Transfer-Encoding: base64',
      'Content-Disposition: attachment;',
      ` filename="${name}"`,
      '',
      ...lines,
      '',
      `--${boundary}--`,
      '',
    ].join('\r\n'),
  )
}

/** Whether a message may be a report, by its header alone. */
export function looksLikeReport(head: Buffer): boolean {
  const header = head.toString('latin1', 0, Math.min(head.length, headerLooked))
  const end = header.indexOf('\r\n\r\n')
  const fields = header.slice(0, end < 0 ? undefined : end).replace(/\r\n[ \t]+/g, ' ')
  return (
    /^subject:.{0,50}report domain:/im.test(fields) ||
    /^content-type:.{0,200}report-type="?tlsrpt/im.test(fields) ||
    /^content-type:\s*application\/(?:gzip|x-gzip|zip|tlsrpt)/im.test(fields)
  )
}

const headerLooked = 65_536
const types =
  /^(?:application\/(?:tlsrpt\+(?:gzip|json)|gzip|x-gzip|zip|x-zip-compressed|octet-stream|xml)|text\/xml)$/
const partsMax = 10

/** The reports in a mail. @throws Error with why there are none, in words */
export async function reportsIn(message: Buffer): Promise<readonly ReceivedReport[]> {
  const parts = leaves(readStructure(message)).filter(isCandidate).slice(0, partsMax)
  let why = 'it has no report attached'
  for (const part of parts) {
    try {
      return await readPart(message, part)
    } catch (error) {
      why = error instanceof Error ? error.message : 'it cannot be read'
    }
  }
  throw new Error(why)
}

function isCandidate({ type, subtype, filename = '' }: Part): boolean {
  return types.test(`${type}/${subtype}`) || /\.(?:gz|zip|xml|json)$/i.test(filename)
}

async function readPart(
  message: Buffer,
  { body, end, encoding }: Part,
): Promise<readonly ReceivedReport[]> {
  const bytes = decodeTransfer(message.subarray(body, end), encoding, unpackedMaxBytes)
  const text = (await unpacked(bytes))
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart()
  return text.startsWith('{') ? readTlsReport(text) : [await readDmarcReport(text)]
}

function leaves(part: Part): readonly Part[] {
  const { parts = [], message } = part
  if (parts.length > 0) return parts.flatMap(leaves)
  return message ? leaves(message) : [part]
}

/** What names a report of somebody: who sends it again sends the same. */
export function receivedId({ kind, domain, by, reportId }: ReceivedReport): string {
  const words = JSON.stringify([kind, domain, by, reportId])
  return createHash('sha256').update(words).digest('hex').slice(0, 16)
}
