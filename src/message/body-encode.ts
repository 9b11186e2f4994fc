// Text bodies on their way out: CRLF line ends, and the smallest transfer encoding that every
// server passes on unchanged (RFC 2045 §6).

export interface EncodedBody {
  readonly encoding: '7bit' | 'quoted-printable' | 'base64'
  /** Ends with CRLF. */
  readonly bytes: Buffer
}

const lineMaxChars = 998 // RFC 5322 §2.1.1
const columnsMax = 76 // RFC 2045 §6.7 rule 5 and §6.8

/** Text as a body in UTF-8; plain ASCII with lines of at most 998 characters stays as it is. */
export function encodeBody(text: string): EncodedBody {
  const lines = /\r(?!\n)|(?:^|[^\r])\n/.test(text) ? text.replace(/\r\n?|\n/g, '\r\n') : text
  const whole = lines.endsWith('\r\n') ? lines : `${lines}\r\n`
  if (!/[^\x01-\x7f]/.test(whole) && !hasLongLine(whole)) {
    return { encoding: '7bit', bytes: Buffer.from(whole, 'latin1') }
  }
  const bytes = Buffer.from(whole, 'utf8')
  let escapes = 0
  for (const byte of bytes) if (!isLiteral(byte) && byte !== 13 && byte !== 10) escapes++
  const quotedSize = bytes.length + escapes * 2
  if (quotedSize > (bytes.length * 4) / 3) return { encoding: 'base64', bytes: toBase64(bytes) }
  return { encoding: 'quoted-printable', bytes: toQuotedPrintable(bytes) }
}

function hasLongLine(text: string): boolean {
  let start = 0
  while (start < text.length) {
    const end = text.indexOf('\r\n', start)
    if (end - start > lineMaxChars) return true
    start = end + 2
  }
  return false
}

function toBase64(bytes: Buffer): Buffer {
  const lines = bytes.toString('base64').match(/.{1,76}/g) ?? []
  return Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1')
}

const hex = Buffer.from('0123456789ABCDEF')

function isLiteral(byte: number): boolean {
  return (byte >= 32 && byte <= 126 && byte !== 61) || byte === 9
}

/** `bytes` has CRLF line ends only. */
export function toQuotedPrintable(bytes: Buffer): Buffer {
  // Three for each byte, and a soft break of three after at least 73 of them.
  const out = Buffer.allocUnsafe(bytes.length * 3 + Math.ceil((bytes.length * 3) / 73) * 3)
  let size = 0
  let column = 0
  for (let n = 0; n < bytes.length; n++) {
    const byte = bytes[n]!
    if (byte === 13 && bytes[n + 1] === 10) {
      size += out.write('\r\n', size, 'latin1')
      column = 0
      n++
      continue
    }
    const blank = byte === 32 || byte === 9
    const literal = isLiteral(byte) && !(blank && bytes[n + 1] === 13)
    const width = literal ? 1 : 3
    if (column + width > columnsMax - 1) {
      size += out.write('=\r\n', size, 'latin1')
      column = 0
    }
    if (literal) out[size++] = byte
    else {
      out[size++] = 61
      out[size++] = hex[byte >> 4]!
      out[size++] = hex[byte & 15]!
    }
    column += width
  }
  return out.subarray(0, size)
}
