// The canonical forms of RFC 6376 §3.4, of header fields and of bodies. Pure; bytes of header
// fields are Latin-1 strings.
import { createHash } from 'node:crypto'

export type Form = 'simple' | 'relaxed'

/** A field as it is written, its line end included, in the form that is signed. */
export function canonicalField(raw: string, form: Form): string {
  if (form === 'simple') return raw
  const colon = raw.indexOf(':')
  const name = raw.slice(0, colon).trimEnd().toLowerCase()
  const value = raw
    .slice(colon + 1)
    .replace(/\r?\n/g, '')
    .replace(/[ \t]+/g, ' ')
  return `${name}:${trimmed(value)}\r\n`
}

function trimmed(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text[start] === ' ') start++
  while (end > start && text[end - 1] === ' ') end--
  return text.slice(start, end)
}

/** A signature's own field, without the value of its `b=` and its line end (RFC 6376 §3.7). */
export function unsignedField(raw: string, form: Form): string {
  const colon = raw.indexOf(':') + 1
  const without = raw
    .slice(colon)
    .replace(/((?:^|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*/, (_all, kept: string) => kept)
  return canonicalField(raw.slice(0, colon) + without, form).replace(/\r?\n$/, '')
}

const cr = 13
const lf = 10
const newline = Buffer.from('\r\n')
const loneCr = Buffer.from('\r')
const space = Buffer.from(' ')
const manyNewlines = Buffer.from('\r\n'.repeat(1024))

/** Takes a body in pieces, cut anywhere, and hashes its canonical form. */
export class BodyHash {
  readonly #form: Form
  readonly #lengthMax: number
  readonly #hash = createHash('sha256')
  /** Line ends that count once something follows them. */
  #newlines = 0
  /** A CR whose LF may be in the next piece. */
  #cr = false
  #space = false
  #begun = false
  #length = 0

  /** `lengthMax`: what the `l=` of a signature lets count. */
  constructor(form: Form, lengthMax = Number.POSITIVE_INFINITY) {
    this.#form = form
    this.#lengthMax = lengthMax
  }

  update(piece: Uint8Array): void {
    if (piece.length === 0) return
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    if (this.#form === 'simple') this.#simple(bytes)
    else this.#relaxed(bytes)
  }

  /** The hash, and how long the canonical body is. */
  end(): { readonly hash: Buffer; readonly length: number } {
    if (this.#cr) {
      this.#flush()
      if (this.#space) this.#write(space)
      this.#write(loneCr)
    }
    // RFC 6376 §3.4.3: an empty body is one line end; §3.4.4: it is nothing.
    if (this.#begun || this.#form === 'simple') this.#write(newline)
    return { hash: this.#hash.digest(), length: this.#length }
  }

  #simple(bytes: Buffer): void {
    let end = bytes.length
    while (end > 0 && (bytes[end - 1] === cr || bytes[end - 1] === lf)) end--
    let start = 0
    if (end > 0) {
      if (this.#cr && bytes[0] === lf) {
        this.#cr = false
        this.#newlines++
        start = 1
      }
      if (start < end) {
        this.#flush()
        if (this.#cr) this.#write(loneCr)
        this.#cr = false
        this.#write(bytes.subarray(start, end))
      }
    }
    for (let at = Math.max(start, end); at < bytes.length; at++) this.#lineEnd(bytes, at)
  }

  /** One CR or LF of a run of them. */
  #lineEnd(bytes: Buffer, at: number): void {
    const isLf = bytes[at] === lf
    if (isLf && this.#cr) {
      this.#cr = false
      this.#newlines++
      return
    }
    if (isLf || this.#cr) {
      this.#flush()
      this.#write(isLf ? bytes.subarray(at, at + 1) : loneCr)
    }
    this.#cr = !isLf
  }

  #relaxed(bytes: Buffer): void {
    // Each byte becomes at most two: itself, and what was held back before it.
    const out = Buffer.allocUnsafe(bytes.length * 2 + 4)
    let length = 0
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (byte === 32 || byte === 9) {
        if (this.#cr) {
          length = this.#held(out, length)
          out[length++] = cr
          this.#cr = false
        }
        this.#space = true
      } else if (byte === lf && this.#cr) {
        this.#cr = false
        this.#space = false
        this.#newlines++
      } else {
        if (this.#cr || byte !== cr) length = this.#held(out, length)
        if (this.#cr) out[length++] = cr
        this.#cr = byte === cr
        if (byte !== cr) out[length++] = byte
      }
    }
    this.#write(out.subarray(0, length))
  }

  /** Line ends and a space that count, now that something follows. */
  #held(out: Buffer, length: number): number {
    let at = length
    if (this.#newlines > 0) {
      this.#write(out.subarray(0, at))
      at = 0
      this.#flush()
    }
    if (this.#space) out[at++] = 32
    this.#space = false
    return at
  }

  #flush(): void {
    while (this.#newlines > 0) {
      const count = Math.min(this.#newlines, 1024)
      this.#write(manyNewlines.subarray(0, count * 2))
      this.#newlines -= count
    }
  }

  #write(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#begun = true
    const room = this.#lengthMax - this.#length
    if (room > 0) this.#hash.update(bytes.length <= room ? bytes : bytes.subarray(0, room))
    this.#length += bytes.length
  }
}
