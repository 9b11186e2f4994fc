// Finds where one JSON object ends in a stream of bytes. Follows structure and strings, so that
// garbage is told at its first byte; what the scalars say is left to the parser. Strings in single
// quotes pass too: Python's way of writing a dict is told apart only once the object is whole.

/** What comes is no object that can be taken; `message` says why in one line. */
export class BadObject extends Error {
  readonly why: 'no-json' | 'too-big' | 'too-deep'

  constructor(why: 'no-json' | 'too-big' | 'too-deep', message: string) {
    super(message)
    this.why = why
  }
}

export interface StreamLimits {
  readonly objectMaxBytes: number
  readonly depthMax: number
}

/** An object's bytes, and what came after them. */
export interface Framed {
  readonly object: Buffer
  readonly rest: Buffer
}

const nothing: Buffer = Buffer.alloc(0)

/** One object after the other. Time is linear in the bytes, however they are cut. */
export class JsonStream {
  readonly #limits: StreamLimits
  #scanner: Scanner
  #held = nothing
  #length = 0

  constructor(limits: StreamLimits) {
    this.#limits = limits
    this.#scanner = new Scanner(limits.depthMax)
  }

  /** Bytes of an object that is not whole yet. */
  get length(): number {
    return this.#length
  }

  /** Takes bytes; undefined until an object is whole. @throws BadObject */
  push(bytes: Buffer): Framed | undefined {
    const chunk = this.#length === 0 ? bytes.subarray(blanks(bytes)) : bytes
    const end = this.#scanner.scan(chunk)
    const part = end < 0 ? chunk : chunk.subarray(0, end)
    if (this.#length + part.length > this.#limits.objectMaxBytes)
      throw new BadObject('too-big', `larger than ${this.#limits.objectMaxBytes} bytes`)
    if (end < 0) {
      this.#keep(part)
      return undefined
    }
    const object = this.#length === 0 ? part : this.#whole(part)
    this.#scanner = new Scanner(this.#limits.depthMax)
    this.#held = nothing
    this.#length = 0
    return { object, rest: chunk.subarray(end) }
  }

  #whole(last: Buffer): Buffer {
    this.#keep(last)
    return this.#held.subarray(0, this.#length)
  }

  /** Copies into one buffer that doubles: many small pieces cost no more than a few large ones. */
  #keep(part: Buffer): void {
    const length = this.#length + part.length
    if (length > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#held.length, 4096))
      this.#held.copy(grown, 0, 0, this.#length)
      this.#held = grown
    }
    part.copy(this.#held, this.#length)
    this.#length = length
  }
}

/** How many bytes of white space `bytes` begins with. */
export function blanks(bytes: Buffer): number {
  let at = 0
  while (at < bytes.length && blank(bytes[at]!)) at++
  return at
}

function blank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

const QUOTE = 0x22
const APOSTROPHE = 0x27
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN = 0x7b
const CLOSE = 0x7d
const byteOrderMark = [0xef, 0xbb, 0xbf]

/** What may come next, outside of strings. */
type Expected = 'object' | 'key' | 'key-or-end' | 'colon' | 'value' | 'value-or-end' | 'comma'

class Scanner {
  readonly #depthMax: number
  /** The closing byte of each object and list that is open. */
  readonly #open: number[] = []
  #expected: Expected = 'object'
  /** The quote that ends the string we are in, or 0. */
  #quote = 0
  /** The last byte of the string so far escapes the next one. */
  #escaping = false
  #inWord = false
  #marks = 0

  constructor(depthMax: number) {
    this.#depthMax = depthMax
  }

  /** Where the object ends in `chunk`, or -1 when it goes on. @throws BadObject */
  scan(chunk: Buffer): number {
    let at = 0
    while (at < chunk.length) {
      if (this.#quote !== 0) at = this.#string(chunk, at)
      else if (this.#step(chunk[at++]!)) return at
    }
    return -1
  }

  #string(chunk: Buffer, from: number): number {
    let at = from
    for (;;) {
      const end = chunk.indexOf(this.#quote, at)
      const escaping = this.#escapes(chunk, at, end < 0 ? chunk.length : end)
      if (end < 0) {
        this.#escaping = escaping
        return chunk.length
      }
      this.#escaping = false
      at = end + 1
      if (!escaping) {
        this.#quote = 0
        return at
      }
    }
  }

  /** Whether the byte at `to` is escaped: an odd run of backslashes stands before it. */
  #escapes(chunk: Buffer, from: number, to: number): boolean {
    let at = to
    while (at > from && chunk[at - 1] === BACKSLASH) at--
    const odd = (to - at) % 2 === 1
    return at === from && this.#escaping ? !odd : odd
  }

  /** One byte outside of strings; true when it ended the object. */
  #step(byte: number): boolean {
    if (this.#inWord && wordByte(byte)) return false
    this.#inWord = false
    if (blank(byte)) return false
    switch (byte) {
      case QUOTE:
      case APOSTROPHE:
        this.#quote = byte
        this.#expected = this.#begins('a string', true)
        return false
      case OPEN:
        this.#push(CLOSE, 'key-or-end')
        return false
      case OPEN_LIST:
        this.#push(CLOSE_LIST, 'value-or-end')
        return false
      case CLOSE:
      case CLOSE_LIST:
        return this.#pop(byte)
      case COLON:
        if (this.#expected !== 'colon') throw this.#unexpected(byte)
        this.#expected = 'value'
        return false
      case COMMA:
        if (this.#expected !== 'comma') throw this.#unexpected(byte)
        this.#expected = this.#open.at(-1) === CLOSE ? 'key' : 'value'
        return false
      default:
        this.#word(byte)
        return false
    }
  }

  #word(byte: number): void {
    if (this.#expected === 'object' && byte === byteOrderMark[this.#marks]) {
      this.#marks++
      return
    }
    if (!wordByte(byte)) throw this.#unexpected(byte)
    this.#expected = this.#begins(String.fromCharCode(byte), false)
    this.#inWord = true
  }

  /** A scalar begins: what is expected after it. */
  #begins(what: string, mayBeKey: boolean): Expected {
    const expected = this.#expected
    if (expected === 'value' || expected === 'value-or-end') return 'comma'
    if (mayBeKey && (expected === 'key' || expected === 'key-or-end')) return 'colon'
    throw new BadObject('no-json', `not a JSON object: ${what} where ${needs[expected]} belongs`)
  }

  #push(close: number, then: Expected): void {
    const expected = this.#expected
    const fits = expected === 'value' || expected === 'value-or-end'
    if (!fits && !(expected === 'object' && close === CLOSE))
      throw this.#unexpected(close === CLOSE ? OPEN : OPEN_LIST)
    if (this.#open.length >= this.#depthMax)
      throw new BadObject('too-deep', `nested deeper than ${this.#depthMax}`)
    this.#open.push(close)
    this.#expected = then
  }

  #pop(byte: number): boolean {
    const empty = byte === CLOSE ? 'key-or-end' : 'value-or-end'
    const fits = this.#expected === 'comma' || this.#expected === empty
    if (!fits || this.#open.pop() !== byte) throw this.#unexpected(byte)
    this.#expected = 'comma'
    return this.#open.length === 0
  }

  #unexpected(byte: number): BadObject {
    const shown = byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte ${byte}`
    const need = needs[this.#expected]
    return new BadObject('no-json', `not a JSON object: ${shown} where ${need} belongs`)
  }
}

const needs: Readonly<Record<Expected, string>> = {
  object: '"{"',
  key: 'a key in quotes',
  'key-or-end': 'a key in quotes',
  colon: '":"',
  value: 'a value',
  'value-or-end': 'a value',
  comma: '"," or the end',
}

/** Bytes of numbers, true, false, null, and of the words other languages use for them. */
function wordByte(byte: number): boolean {
  const lower = byte | 0x20
  if (lower >= 0x61 && lower <= 0x7a && byte >= 0x41) return true
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2b || byte === 0x2d || byte === 0x2e
}
