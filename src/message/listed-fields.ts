// The header fields that lists of messages are made of, as bytes, packed so that those of a name
// are found without reading the others: what IMAP's HEADER.FIELDS is mostly asked for. Pure.
import { type HeaderSection, scanHeader } from './header-fields.ts'

// What mail programs ask for when they open a mailbox. Packed fields name these by their index:
// new names go to the end.
const names = [
  ...['date', 'from', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'subject', 'message-id'],
  ...['in-reply-to', 'references', 'content-type', 'content-transfer-encoding', 'mime-version'],
  ...['content-description', 'content-disposition', 'content-language', 'received', 'return-path'],
  ...['delivered-to', 'x-original-to', 'priority', 'x-priority', 'importance', 'newsgroups'],
  ...['x-msmail-priority', 'lines', 'x-label', 'list-id', 'list-post', 'list-subscribe'],
  ...['list-unsubscribe', 'list-unsubscribe-post', 'list-help', 'list-archive', 'list-owner'],
  ...['disposition-notification-to', 'return-receipt-to', 'followup-to', 'mail-followup-to'],
  ...['mail-reply-to', 'x-mailer', 'user-agent', 'auto-submitted', 'precedence', 'x-spam-flag'],
  ...['x-spam-status', 'x-spam-level', 'x-draft-info', 'x-forwarded-message-id', 'chat-version'],
  ...['x-k9mail-identity', 'x-uniform-type-identifier', 'x-universally-unique-identifier'],
  ...['resent-date', 'resent-from', 'resent-to', 'resent-cc', 'resent-message-id', 'x-identity'],
]
const indexes = new Map(names.map((name, index) => [name, index]))

/** An index, then the field's length in three bytes, then the field. */
const frameBytes = 4
const packedMaxBytes = 24 * 1024
/** What stands for a header whose common fields are too many to be kept. */
const tooMuch = 255

/** The common fields of a header, in their order. */
export function packFields(bytes: Buffer, header: HeaderSection = scanHeader(bytes)): Buffer {
  const packed: Buffer[] = []
  let size = 0
  for (const { name, start, end } of header.fields) {
    const index = indexes.get(name)
    if (index === undefined) continue
    const frame = Buffer.allocUnsafe(frameBytes)
    frame.writeUInt32BE((index << 24) | (end - start), 0)
    packed.push(frame, bytes.subarray(start, end))
    size += frameBytes + end - start
    if (size > packedMaxBytes) break
  }
  if (header.limited || size > packedMaxBytes) return Buffer.from([tooMuch, 0, 0, 0])
  return Buffer.concat(packed)
}

/** Which common fields are wanted, by index. */
export type Wanted = Uint8Array

/** Undefined where one of the names (in lower case) is not a common one. */
export function wantedFields(wanted: readonly string[]): Wanted | undefined {
  const mask = new Uint8Array(names.length)
  for (const name of wanted) {
    const index = indexes.get(name)
    if (index === undefined) return undefined
    mask[index] = 1
  }
  return mask
}

/** The wanted fields as a Latin-1 string; undefined where not all were kept. */
export function pickFields(packed: Buffer, wanted: Wanted): string | undefined {
  let text = ''
  for (let at = 0; at < packed.length; ) {
    const index = packed[at]!
    if (index === tooMuch) return undefined
    const end = at + frameBytes + packed.readUIntBE(at + 1, 3)
    if (wanted[index] === 1) text += packed.toString('latin1', at + frameBytes, end)
    at = end
  }
  return text
}
