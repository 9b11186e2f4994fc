// RFC 2047 encoded words to text. Works on header bytes kept as a Latin-1 string, because a word
// may split a character and raw 8-bit text may stand beside it. Linear in its input.
import { decodeCharset, guessRaw } from './charset.ts'

const outputMaxChars = 64 * 1024
const charsetMaxChars = 80

interface Word {
  readonly charset: string
  readonly bytes: Buffer
  /** Just past "?=". */
  readonly end: number
}

/**
 * Decodes encoded words, joins adjacent ones, and reads raw 8-bit text as UTF-8 or Windows-1252.
 * What is no valid word, or of unknown charset, stays as written. At most 64 KiB characters.
 */
export function decodeWords(raw: string): string {
  if (!raw.includes('=?')) return guessRaw(raw).slice(0, outputMaxChars)
  return new WordDecoder(raw).decode()
}

class WordDecoder {
  readonly #raw: string
  #out = ''
  /** Words of one charset that follow each other: their bytes may share a character. */
  #run: Buffer[] = []
  #runCharset = ''
  #runStart = 0
  #runEnd = 0
  /** The last "?=" looked up, so that looking for ends is linear over the whole value. */
  #nextEnd = -2

  constructor(raw: string) {
    this.#raw = raw
  }

  decode(): string {
    const raw = this.#raw
    let done = 0
    let at = raw.indexOf('=?')
    while (at >= 0 && this.#out.length < outputMaxChars) {
      const word = this.#wordAt(at)
      if (word === undefined) {
        at = raw.indexOf('=?', at + 2)
        continue
      }
      this.#between(raw.slice(done, at))
      if (word.charset !== this.#runCharset) this.#flush()
      if (this.#run.length === 0) this.#runStart = at
      this.#runCharset = word.charset
      this.#run.push(word.bytes)
      done = word.end
      this.#runEnd = done
      at = raw.indexOf('=?', done)
    }
    this.#flush()
    if (this.#out.length < outputMaxChars) this.#out += guessRaw(raw.slice(done))
    return this.#out.slice(0, outputMaxChars)
  }

  /** RFC 2047 §6.2: white space between adjacent encoded words is not shown. */
  #between(text: string): void {
    if (text === '' || (this.#run.length > 0 && text.trim() === '')) return
    this.#flush()
    this.#out += guessRaw(text)
  }

  #flush(): void {
    if (this.#run.length === 0) return
    const text = decodeCharset(Buffer.concat(this.#run), this.#runCharset)
    this.#out += text ?? guessRaw(this.#raw.slice(this.#runStart, this.#runEnd))
    this.#run = []
    this.#runCharset = ''
  }

  #wordAt(at: number): Word | undefined {
    const raw = this.#raw
    const first = raw.indexOf('?', at + 2)
    if (first < 0 || first === at + 2 || first - at > charsetMaxChars) return undefined
    const encoding = raw[first + 1]?.toUpperCase()
    if ((encoding !== 'B' && encoding !== 'Q') || raw[first + 2] !== '?') return undefined
    const text = first + 3
    if (this.#nextEnd !== -1 && this.#nextEnd < text) this.#nextEnd = raw.indexOf('?=', text)
    const end = this.#nextEnd
    if (end < 0) return undefined
    const inner = raw.indexOf('=?', text)
    if (inner >= 0 && inner + 1 < end) return undefined
    // RFC 2231 §5: a language may follow the charset.
    const charset = raw
      .slice(at + 2, first)
      .split('*', 1)[0]!
      .toLowerCase()
    const coded = raw.slice(text, end)
    const bytes = encoding === 'B' ? Buffer.from(coded, 'base64') : decodeQ(coded)
    return { charset, bytes, end: end + 2 }
  }
}

/** RFC 2047 §4.2. */
function decodeQ(coded: string): Buffer {
  const spaced = coded.includes('_') ? coded.replaceAll('_', ' ') : coded
  if (!spaced.includes('=')) return Buffer.from(spaced, 'latin1')
  const plain = spaced.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(plain, 'latin1')
}
