// Bytes to Unicode by charset label. UTF-7 and the stateful 7-bit encodings that hide markup
// (HZ, ISO-2022-KR) are not decoded at all. Knows nothing of where the label stood.
import { isAscii, isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'

// Beyond what WHATWG's encodings name: DOS, Macintosh and national code pages still in old mail.
const iconvNames: ReadonlySet<string> = new Set([
  ...[437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 869].flatMap(
    (page) => [`cp${page}`, `ibm${page}`],
  ),
  ...['cp932', 'cp936', 'cp949', 'cp950', 'cp1125', 'cp1129', 'cp1133', 'viscii', 'tcvn'],
  ...['armscii8', 'koi8-t', 'georgianps', 'georgianacademy', 'pt154', 'rk1048', 'hproman8'],
  ...['maccroatian', 'maccyrillic', 'macgreek', 'maciceland', 'macroman', 'macromania'],
  ...['macthai', 'macturkish', 'macukraine', 'maccenteuro', 'utf-32', 'utf-32le', 'utf-32be'],
])
const windows1252 = new TextDecoder('windows-1252')
// Labels that say nothing, or "ASCII" over bytes that are not: the bytes themselves decide.
const vague = /^(?:|us-ascii|ascii|ansi_x3\.4-19\d\d|x-unknown|unknown|unknown-8bit|default)$/

/** Text in a charset; undefined where the label is unknown or unsafe. Never throws. */
export function decodeCharset(bytes: Buffer, label: string): string | undefined {
  const name = label.trim().toLowerCase()
  if (name === 'utf-8' || name === 'utf8') return withoutMark(bytes.toString('utf8'))
  if (vague.test(name)) return guessText(bytes)
  if (iconvNames.has(name)) return iconv.decode(bytes, name)
  try {
    return new TextDecoder(name).decode(bytes)
  } catch {
    return undefined
  }
}

/** Text in a charset, or the best guess where the label does not help. */
export function decodeText(bytes: Buffer, label: string): string {
  return decodeCharset(bytes, label) ?? guessText(bytes)
}

/** UTF-8 where it is that (a last character that was cut off is left out), else Windows-1252. */
export function guessText(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1')
  const whole = bytes.subarray(0, bytes.length - cutTail(bytes))
  if (isAscii(whole) || !isUtf8(whole)) return windows1252.decode(bytes)
  return withoutMark(whole.toString('utf8'))
}

/** `guessText` for bytes kept as a Latin-1 string, as header values are. */
export function guessRaw(raw: string): string {
  return /[\x80-\xff]/.test(raw) ? guessText(Buffer.from(raw, 'latin1')) : raw
}

/** How many bytes at the end begin a UTF-8 character without finishing it: 0 to 3. */
function cutTail(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
  }
  return 0
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}
