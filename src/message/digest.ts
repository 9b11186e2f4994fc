// Everything worth knowing of a message without reading it again: made once at delivery and kept
// beside the bytes. Plain data, fit for JSON.
import { bodyParts, hasAttachment } from './body-parts.ts'
import { type HeaderEnvelope, readEnvelope } from './envelope.ts'
import { type HeaderSection, scanHeader } from './header-fields.ts'
import { plainText, previewOf } from './plain-text.ts'
import { type Part, readStructure } from './structure.ts'

export interface Digest {
  readonly envelope: HeaderEnvelope
  readonly structure: Part
  /** At most 256 characters of text on one line. */
  readonly preview: string
  readonly hasAttachment: boolean
  /** Of the whole message, in bytes. */
  readonly size: number
  /** Where the body begins, in bytes. */
  readonly headerSize: number
  /**
   * Made from the first bytes only: parts not closed by then are told as reaching to the end, later
   * ones are missing, line counts are of what was seen. `readStructure` of the whole tells all.
   */
  readonly truncated: boolean
}

// Twice what is shown: blanks are folded away.
const previewSourceMaxChars = 512

/**
 * Reads a message of any shape; never throws. `bytes` is the whole, or at least its first MiB, of
 * a message of `size` bytes; `header` is its header, scanned.
 */
export function digest(
  bytes: Buffer,
  size: number = bytes.length,
  header: HeaderSection = scanHeader(bytes),
): Digest {
  const structure = readStructure(bytes, header, size)
  return {
    envelope: readEnvelope(bytes, header),
    structure,
    preview: previewOf(plainText(bytes, previewSourceMaxChars, structure)),
    hasAttachment: hasAttachment(bodyParts(structure)),
    size,
    headerSize: header.end,
    truncated: size > bytes.length,
  }
}
