// Values with parameters, as in Content-Type: RFC 2045 §5.1, with the continuations and charsets
// of RFC 2231 and the RFC 2047 words that many send instead. Knows no parameter's meaning.
import { decodeText } from './charset.ts'
import { decodeWords } from './encoded-words.ts'

/** Name in lower case, and decoded value. */
export type Param = readonly [name: string, value: string]

export interface Parameterized {
  /** What stands before the first ";", without comments and blanks, in its own case. */
  readonly value: string
  readonly params: readonly Param[]
}

const paramsMax = 100
const sectionsMax = 64
const piecesMax = 256
const valueMaxChars = 8 * 1024

/** One section of a parameter, RFC 2231 §3: `raw` is still percent-encoded where `encoded`. */
interface Piece {
  readonly name: string
  readonly section: number
  readonly encoded: boolean
  readonly raw: string
}

/** Reads an unfolded value (a Latin-1 string). Never throws; what is over a limit is dropped. */
export function parseParameters(raw: string): Parameterized {
  const scanner = new Scanner(raw)
  const value = scanner.head()
  const pieces: Piece[] = []
  while (pieces.length < piecesMax) {
    const piece = scanner.piece()
    if (piece === undefined) break
    pieces.push(piece)
  }
  return { value, params: pieces.length === 0 ? [] : assemble(pieces) }
}

/** The first value of that name, or "". */
export function paramOf(params: readonly Param[], name: string): string {
  return params.find((param) => param[0] === name)?.[1] ?? ''
}

/** As `parseParameters`, but as they are written: nothing decoded or put together. */
export function writtenParameters(raw: string): Param[] {
  const scanner = new Scanner(raw)
  scanner.head()
  const params: Param[] = []
  while (params.length < piecesMax) {
    const pair = scanner.pair()
    if (pair === undefined) break
    params.push([pair[0], pair[1].slice(0, valueMaxChars)])
  }
  return params
}

class Scanner {
  readonly #raw: string
  #at = 0

  constructor(raw: string) {
    this.#raw = raw
  }

  head(): string {
    const stop = this.#indexOf(';', 0)
    const equals = this.#raw.indexOf('=')
    // "multipart/mixed boundary=x": the semicolon is forgotten now and then.
    const blank = equals >= 0 && equals < stop ? this.#raw.search(/[ \t]/) : -1
    this.#at = blank >= 0 && blank < equals ? blank : stop
    return beforeComment(this.#raw.slice(0, this.#at))
  }

  /** The next parameter, or undefined at the end. */
  piece(): Piece | undefined {
    const pair = this.pair()
    return pair && pieceOf(pair[0].toLowerCase(), pair[1])
  }

  /** The same as written. `#at` stands on ";" or at the end. */
  pair(): Param | undefined {
    const raw = this.#raw
    const equals = raw.indexOf('=', this.#at)
    while (equals >= 0 && this.#at < raw.length) {
      const start = this.#at + 1
      const stop = this.#indexOf(';', start)
      if (equals > stop) {
        this.#at = stop
        continue
      }
      const name = raw.slice(start, equals).trim()
      this.#at = equals + 1
      return [name, this.#value()]
    }
    return undefined
  }

  #indexOf(mark: string, from: number): number {
    const found = this.#raw.indexOf(mark, from)
    return found < 0 ? this.#raw.length : found
  }

  #value(): string {
    const raw = this.#raw
    while (raw[this.#at] === ' ' || raw[this.#at] === '\t') this.#at++
    if (raw[this.#at] === '"') return this.#quoted()
    const start = this.#at
    this.#at = this.#indexOf(';', start)
    // Unquoted blanks are no RFC 2045 §5.1 token, but file names are sent so.
    return beforeComment(raw.slice(start, this.#at))
  }

  #quoted(): string {
    const raw = this.#raw
    let value = ''
    let n = this.#at + 1
    let copied = n
    while (n < raw.length && raw[n] !== '"') {
      if (raw[n] === '\\' && (raw[n + 1] === '"' || raw[n + 1] === '\\')) {
        value += raw.slice(copied, n)
        copied = ++n
      }
      n++
    }
    value += raw.slice(copied, n)
    this.#at = this.#indexOf(';', n)
    return value
  }
}

/** A "(" after a blank begins a comment; "report(1).pdf" has none. */
function beforeComment(text: string): string {
  const open = text.indexOf('(')
  const comment = open === 0 || text[open - 1] === ' ' || text[open - 1] === '\t'
  return (open >= 0 && comment ? text.slice(0, open) : text).trim()
}

function pieceOf(written: string, value: string): Piece {
  const encoded = written.endsWith('*')
  const stem = encoded ? written.slice(0, -1) : written
  const raw = value.slice(0, valueMaxChars)
  const star = stem.lastIndexOf('*')
  const digits = star < 0 ? '' : stem.slice(star + 1)
  if (!/^\d{1,5}$/.test(digits)) return { name: stem, section: -1, encoded, raw }
  return { name: stem.slice(0, star), section: Number(digits), encoded, raw }
}

function assemble(pieces: readonly Piece[]): Param[] {
  const byName = new Map<string, Piece[]>()
  for (const piece of pieces) {
    const same = byName.get(piece.name)
    if (same !== undefined) same.push(piece)
    else if (byName.size < paramsMax) byName.set(piece.name, [piece])
  }
  const params: Param[] = []
  for (const [name, same] of byName) {
    const only = same.length === 1 ? same[0]! : undefined
    const plain = only !== undefined && !only.encoded && only.section < 0
    params.push([name, plain ? decodePlain(name, only.raw) : decodeSections(name, same)])
  }
  return params
}

/** Boundaries are compared with bytes, so they stay Latin-1. */
function decodePlain(name: string, raw: string): string {
  return name === 'boundary' ? raw.trimEnd() : decodeWords(raw)
}

/** RFC 2231 §3 and §4: the sections in order up to a gap; else `name*`; else plain `name`. */
function decodeSections(name: string, pieces: readonly Piece[]): string {
  const inOrder = sections(pieces)
  const single = pieces.find((piece) => piece.section < 0 && piece.encoded)
  const run = inOrder.length > 0 ? inOrder : single === undefined ? [] : [single]
  const first = run[0]
  if (first === undefined) return decodePlain(name, pieces.find((p) => p.section < 0)?.raw ?? '')
  if (run.every((piece) => !piece.encoded)) {
    return decodePlain(name, run.map((piece) => piece.raw).join(''))
  }
  const [charset, text] = first.encoded ? splitCharset(first.raw) : ['', first.raw]
  const bytes = run.map((piece, n) => {
    const raw = n === 0 ? text : piece.raw
    return Buffer.from(piece.encoded ? percentDecode(raw) : raw, 'latin1')
  })
  return decodeText(Buffer.concat(bytes), charset).slice(0, valueMaxChars)
}

function sections(pieces: readonly Piece[]): Piece[] {
  const numbered: (Piece | undefined)[] = []
  for (const piece of pieces) {
    if (piece.section >= 0 && piece.section < sectionsMax) numbered[piece.section] ??= piece
  }
  const run: Piece[] = []
  for (let n = 0; numbered[n] !== undefined; n++) run.push(numbered[n]!)
  return run
}

/** "utf-8'en'text" as charset and text. */
function splitCharset(raw: string): [string, string] {
  const one = raw.indexOf("'")
  const two = one < 0 ? -1 : raw.indexOf("'", one + 1)
  return two < 0 ? ['', raw] : [raw.slice(0, one), raw.slice(two + 1)]
}

function percentDecode(raw: string): string {
  return raw.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
