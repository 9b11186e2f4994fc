// The readable text of a message: the best text part, decoded. For cards, previews and search;
// it is text, whatever the sender made it from.
import { bodyParts } from './body-parts.ts'
import { decodeText } from './charset.ts'
import { htmlToText } from './html-text.ts'
import { paramOf } from './parameters.ts'
import { type Part, readStructure } from './structure.ts'
import { decodeTransfer } from './transfer-decode.ts'

// No charset in use needs more bytes for one UTF-16 unit (GB 18030 and UTF-32: 4).
const bytesPerChar = 4
// Most of an HTML mail is markup: this much is looked through for the characters wanted.
const htmlMaxBytes = 256 * 1024
/** Tags that are looked through for it, at least. */
const tagsMax = 10_000
/** Parts that may have no text before one is found that has. */
const emptyPartsMax = 100

/**
 * The text of the best part, plain text before HTML, with "\n" line ends, no controls but tab and
 * newline, and blank lines removed around it; at most `maxChars` UTF-16 units. "" where the message
 * has no text. `bytes` may be the beginning of the message only.
 */
export function plainText(bytes: Buffer, maxChars: number, root = readStructure(bytes)): string {
  for (const part of bodyParts(root).text.slice(0, emptyPartsMax)) {
    const text = part.type === 'text' ? partText(bytes, part, maxChars) : ''
    if (text !== '') return text
  }
  return ''
}

/** As `plainText`, of one text part. */
export function partText(bytes: Buffer, part: Part, maxChars: number): string {
  const html = part.subtype === 'html'
  const wanted = html ? Math.max(htmlMaxBytes, maxChars) : maxChars * bytesPerChar
  const body = bytes.subarray(part.body, Math.min(part.end, bytes.length))
  const decoded = decodeText(
    decodeTransfer(body, part.encoding, wanted),
    paramOf(part.params, 'charset'),
  )
  const text = html ? htmlToText(decoded, Math.max(tagsMax, maxChars)) : decoded
  return cut(tidy(text), maxChars)
}

function tidy(text: string): string {
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  const clean = lines.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '')
  const first = clean.search(/\S/)
  return first < 0 ? '' : clean.slice(clean.lastIndexOf('\n', first) + 1).trimEnd()
}

/** At most `maxChars` units, without half a surrogate pair or a cut-off character at the end. */
function cut(text: string, maxChars: number): string {
  return text
    .slice(0, maxChars)
    .replace(/[\ud800-\udbff]$/, '')
    .toWellFormed()
}

/** The first 256 characters of text on one line. */
export function previewOf(text: string): string {
  return cut(text.replace(/\s+/g, ' ').trim(), 256)
}
