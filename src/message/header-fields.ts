// Where the fields of a header section are, in bytes. Tolerates what arrives: bare LF, a missing
// blank line, lines that are no field. Knows no field's meaning.

/** Offsets are into the bytes that were scanned. */
export interface Field {
  /** In lower case. */
  readonly name: string
  readonly start: number
  /** Just past the colon. */
  readonly value: number
  /** Just past the last line end. */
  readonly end: number
}

export interface HeaderSection {
  readonly fields: readonly Field[]
  readonly start: number
  /** Where the body begins: past the empty line, or where no more fields come. */
  readonly end: number
  /** A limit was met: some fields are not listed, or a value will be cut. */
  readonly limited: boolean
}

const fieldsMax = 10_000
const sectionMaxBytes = 1024 * 1024
const fieldMaxBytes = 256 * 1024

/**
 * Scans the header section that begins at `start`. RFC 5322 §2.2 fields; a line that is none ends
 * the section, unless a field follows it at once (a fold that lost its indent). Linear; keeps at
 * most 10,000 fields of the first MiB.
 */
export function scanHeader(bytes: Buffer, start = 0): HeaderSection {
  const fields: Field[] = []
  let limited = false
  let open: { name: string; start: number; value: number } | undefined
  let at = start
  let bodyAt = -1
  const close = () => {
    if (open === undefined) return
    if (at - open.start > fieldMaxBytes) limited = true
    if (fields.length < fieldsMax && open.start - start < sectionMaxBytes)
      fields.push({ name: open.name, start: open.start, value: open.value, end: at })
    else limited = true
    open = undefined
  }
  while (at < bytes.length && bodyAt < 0) {
    const next = lineAfter(bytes, at)
    const kind = bytes[at]!
    if (isEmptyLine(bytes, at)) {
      close()
      bodyAt = next
    } else if (open !== undefined && (kind === 32 || kind === 9)) {
      at = next
    } else {
      close()
      const colon = colonAfter(bytes, at)
      const room = fields.length < fieldsMax
      if (colon >= 0)
        open = { name: room ? nameAt(bytes, at, colon) : '', start: at, value: colon + 1 }
      if (colon >= 0 || isStray(bytes, at, next, fields.length > 0)) at = next
      else bodyAt = at
    }
  }
  close()
  return { fields, start, end: bodyAt < 0 ? bytes.length : bodyAt, limited }
}

function lineAfter(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(10, at)
  return end < 0 ? bytes.length : end + 1
}

function isEmptyLine(bytes: Buffer, at: number): boolean {
  return bytes[at] === 10 || (bytes[at] === 13 && bytes[at + 1] === 10)
}

/**
 * The colon that ends the field name at `at`, or -1 where the line is no field. A line that begins
 * "--" is none: it is a MIME boundary, or a signature in a message without fields.
 */
function colonAfter(bytes: Buffer, at: number): number {
  if (bytes[at] === 45 && bytes[at + 1] === 45) return -1
  let n = at
  // Names are short; every byte must be looked at (RFC 5322 §3.6.8 ftext).
  while (n < bytes.length && bytes[n]! > 32 && bytes[n]! < 127 && bytes[n] !== 58) n++
  if (n === at) return -1
  while (bytes[n] === 32 || bytes[n] === 9) n++ // RFC 5322 §4.5.8
  return bytes[n] === 58 ? n : -1
}

function nameAt(bytes: Buffer, at: number, colon: number): string {
  return bytes
    .toString('latin1', at, Math.min(colon, at + 256))
    .trimEnd()
    .toLowerCase()
}

/** A line that is no field but stands among fields, or the "From " line of a mbox file. */
function isStray(bytes: Buffer, at: number, next: number, amongFields: boolean): boolean {
  if (bytes[at] === 45 && bytes[at + 1] === 45) return false
  if (!amongFields && !/^>?From /.test(bytes.toString('latin1', at, at + 6))) return false
  return colonAfter(bytes, next) >= 0
}

/**
 * A field's value, unfolded (RFC 5322 §2.2.3), without white space around it: its bytes as a
 * Latin-1 string, at most 256 KiB.
 */
export function rawValue(bytes: Buffer, field: Field): string {
  const raw = bytes
    .toString('latin1', field.value, Math.min(field.end, field.value + fieldMaxBytes))
    .trim()
  return raw.includes('\n') ? raw.replace(/\r?\n(?=[ \t])/g, '') : raw
}
