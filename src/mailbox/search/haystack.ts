// What of a message can be searched for: its addresses, its subject, and the first 256 Ki
// characters of its text. The same texts are indexed, and looked at to verify what the index said.
import type { Digest } from '../../message/digest.ts'
import { decodeWords } from '../../message/encoded-words.ts'
import type { HeaderEnvelope } from '../../message/envelope.ts'
import { rawValue, scanHeader } from '../../message/header-fields.ts'
import { partText } from '../../message/plain-text.ts'
import type { Part } from '../../message/structure.ts'
import type { BlobRef, Blobs } from '../../store/blobs.ts'
import { type Document, words } from '../../store/text-index.ts'
import { fold, headOf } from '../facts.ts'

/** How much of a message's beginning is looked at, in bytes. */
const headMaxBytes = 1024 * 1024
const textMaxChars = 256 * 1024

/** The columns of the index: the header but From and recipients is one. */
export const column = { from: 0, to: 1, header: 2, body: 3 } as const
export const columnCount = 4
const headerMaxChars = 64 * 1024
/** In other columns, or written by machines for machines: words that nobody looks for. */
const leftOut =
  /^(?:from|to|cc|bcc|subject|received|dkim-signature|domainkey-signature|authentication-results|arc-.*|x-google-.*|x-ms-exchange-.*|x-microsoft-.*|x-forefront-.*|x-received|x-gm-.*)$/

/** Folded, each run of white space one blank; by column. */
export type Haystack = readonly string[]

/** `bytes` is the message as it was received, or at least its first MiB. */
export function haystackOf(digest: Digest, bytes: Buffer): Haystack {
  const { envelope } = digest
  return [
    flat(headOf(envelope, 'from')),
    flat(['to', 'cc', 'bcc'].map((field) => headOf(envelope, field as 'to')).join(', ')),
    flat(`${envelope.subject}\n${otherFields(bytes)}`),
    flat(bodyText(digest.structure, bytes)),
  ]
}

/** The bytes to look at. */
export async function beginning(blobs: Blobs, blob: BlobRef): Promise<Buffer> {
  if (blob.size <= headMaxBytes) return blobs.read(blob)
  const chunks: Uint8Array[] = []
  for await (const chunk of blobs.stream(blob, 0, headMaxBytes)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** As texts are compared. */
export function flat(text: string): string {
  return fold(text).replace(/\s+/g, ' ').trim()
}

export function documentOf(email: string, thread: number, haystack: Haystack): Document {
  return { id: email, number: thread, columns: haystack.map(words) }
}

function otherFields(bytes: Buffer): string {
  let text = ''
  for (const field of scanHeader(bytes).fields)
    if (!leftOut.test(field.name) && text.length < headerMaxChars)
      text += `${field.name}: ${decodeWords(rawValue(bytes, field))}\n`
  return text.slice(0, headerMaxChars).toWellFormed()
}

/** Every text part, the names of files, and the heads of enclosed messages. */
function bodyText(root: Part, bytes: Buffer): string {
  let text = ''
  const waiting: Part[] = [root]
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    const left = textMaxChars - text.length
    if (left <= 0) break
    if (part.filename !== undefined) text += `${part.filename}\n`
    if (part.type === 'text') text += `${partText(bytes, part, left)}\n`
    if (part.envelope) text += enclosedHead(part.envelope)
    if (part.message) waiting.push(part.message)
    if (part.parts) waiting.push(...part.parts.toReversed())
  }
  return text.slice(0, textMaxChars).toWellFormed()
}

function enclosedHead(envelope: HeaderEnvelope): string {
  return `${headOf(envelope, 'from')}\n${headOf(envelope, 'to')}\n${envelope.subject}\n`
}
