// Content transfer encodings, RFC 2045 §6, back to bytes. Lenient: what cannot be decoded is kept
// or left out, never refused; an input that was cut anywhere gives what it holds.

/**
 * Decodes base64 and quoted-printable; other encodings are the bytes themselves. The result has at
 * most `maxBytes` bytes, and no more input than that needs is looked at.
 */
export function decodeTransfer(bytes: Buffer, encoding: string, maxBytes = Infinity): Buffer {
  if (encoding === 'base64') return decodeBase64(bytes, maxBytes)
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(bytes, maxBytes)
  return bytes.subarray(0, Math.min(bytes.length, maxBytes))
}

function decodeBase64(bytes: Buffer, maxBytes: number): Buffer {
  // Line ends add little; junk between the letters only makes the result shorter.
  const needed = Math.min(bytes.length, Math.ceil((maxBytes / 3) * 4 * 1.1) + 8)
  const text = bytes.toString('latin1', 0, needed)
  const pad = text.indexOf('=')
  let decoded: Buffer
  if (pad < 0 || /^[=\s]*$/.test(text.slice(pad))) decoded = Buffer.from(text, 'base64')
  else {
    // Encoded pieces were put together: each ends in its own padding.
    const pieces = text.split(/=[=\s]*/, piecesMax)
    decoded = Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64')))
  }
  return decoded.subarray(0, Math.min(decoded.length, maxBytes))
}

const piecesMax = 1000
const equals = 61
const blankEnds = [' \n', ' \r\n', '\t\n', '\t\r\n'].map((text) => Buffer.from(text))

/** Bytes looked at for each that is wanted: soft line breaks may be most of a text. */
const quotedPerByte = 32

function decodeQuotedPrintable(whole: Buffer, maxBytes: number): Buffer {
  const bytes = whole.subarray(0, Math.min(whole.length, maxBytes * quotedPerByte))
  const blanks = blankEnds.some((end) => bytes.includes(end))
  let from = blanks ? 0 : bytes.indexOf(equals)
  if (from < 0 || from >= maxBytes) return bytes.subarray(0, Math.min(bytes.length, maxBytes))
  const out = Buffer.allocUnsafe(Math.min(bytes.length, maxBytes))
  let size = bytes.copy(out, 0, 0, from)
  /** The result up to the blanks that may be at the end of a line. */
  let solid = size
  // Byte by byte: escapes are dense in all but Latin text, and a search for each costs more.
  while (from < bytes.length && size < out.length) {
    const byte = bytes[from]!
    if (byte !== equals) {
      // RFC 2045 §6.7 rule 3: blanks there were put in on the way.
      if (byte === 10 || (byte === 13 && bytes[from + 1] === 10)) size = solid
      out[size++] = byte
      if (byte !== 32 && byte !== 9) solid = size
      from++
      continue
    }
    const value = hexPair(bytes[from + 1], bytes[from + 2])
    const soft = value < 0 ? softBreakEnd(bytes, from + 1) : -1
    if (value >= 0) out[size++] = value
    else if (soft < 0) out[size++] = equals
    from = value >= 0 ? from + 3 : soft >= 0 ? soft : from + 1
    solid = size
  }
  return out.subarray(0, size)
}

/** RFC 2045 §6.7 rule 5: where the line after a soft line break begins; -1 where there is none. */
function softBreakEnd(bytes: Buffer, at: number): number {
  let n = at
  while (bytes[n] === 32 || bytes[n] === 9) n++
  if (bytes[n] === 13) n++
  return n >= bytes.length ? n : bytes[n] === 10 ? n + 1 : -1
}

function hexPair(high: number | undefined, low: number | undefined): number {
  const one = hexDigit(high)
  const two = hexDigit(low)
  return one < 0 || two < 0 ? -1 : one * 16 + two
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}
