// Walks through the parts of a message line by line (RFC 2046 §5.1), for texts that are too large
// to be held whole. Knows which line belongs to which part; changes none of them.
import { type Field, rawValue, scanHeader } from './header-fields.ts'
import type { Piece } from './line-pieces.ts'
import { paramOf, parseParameters } from './parameters.ts'

/** The header of one part. */
export interface PartHead {
  /** Counted from 0 in the order of the text. */
  readonly n: number
  /** With the empty line at its end, where there is one. */
  readonly bytes: Buffer
  readonly fields: readonly Field[]
  /** "text/plain" in lower case. */
  readonly type: string
  readonly encoding: string
  /** It is that of a message, not of a part of one. */
  readonly message: boolean
  /** A signature or a cipher covers it: RFC 1847. */
  readonly sealed: boolean
  /** Lines that are neither fields nor the end of the header are in it. */
  readonly unclear: boolean
}

export type Step =
  | { readonly is: 'head'; readonly head: PartHead }
  /** A line of the body of a part that has no parts itself. */
  | { readonly is: 'body'; readonly head: PartHead; readonly piece: Piece }
  /** Boundaries, and what is before the first and after the last. */
  | { readonly is: 'frame'; readonly piece: Piece }

interface Level {
  readonly boundary: string
  readonly digest: boolean
  readonly sealed: boolean
  closed: boolean
}

const depthMax = 50
const boundaryMaxChars = 1000
const headMaxBytes = 1024 * 1024
const plain = /^(?:7bit|8bit|binary)$/

export class PartWalk {
  readonly #levels: Level[] = []
  #head: Buffer[] | undefined = []
  #headBytes = 0
  #headIsMessage = true
  #part: PartHead | undefined
  #count = 0
  /** The header of a part was larger than anybody's is. */
  #overgrown = false

  step(piece: Piece): readonly Step[] {
    const level = piece.starts ? this.#boundaryIn(piece) : -1
    if (level >= 0) return this.#cross(piece, level)
    if (this.#head) return this.#inHead(this.#head, piece)
    return [this.#part ? { is: 'body', head: this.#part, piece } : { is: 'frame', piece }]
  }

  /** The text has ended. */
  end(): readonly Step[] {
    return this.#head ? this.#closeHead(this.#head) : []
  }

  #inHead(head: Buffer[], { bytes, starts, ends }: Piece): readonly Step[] {
    this.#headBytes += bytes.length
    if (this.#headBytes > headMaxBytes) this.#overgrown = true
    else head.push(bytes, Buffer.from(ends ? '\r\n' : ''))
    return starts && ends && bytes.length === 0 ? this.#closeHead(head) : []
  }

  #closeHead(lines: readonly Buffer[]): readonly Step[] {
    const parent = this.#levels.at(-1)
    const sealed = this.#levels.some((level) => level.sealed)
    const head = headOf(Buffer.concat(lines), {
      ...{ n: this.#count++, message: this.#headIsMessage, sealed },
      digest: parent?.digest === true && !this.#headIsMessage,
      overgrown: this.#overgrown,
    })
    this.#part = head
    this.#head = undefined
    this.#enter(head)
    return [{ is: 'head', head }]
  }

  #enter({ type, encoding, bytes, fields }: PartHead): void {
    const deep = this.#levels.length >= depthMax
    const boundary = deep || !type.startsWith('multipart/') ? '' : boundaryOf(bytes, fields)
    if (boundary !== '' && boundary.length <= boundaryMaxChars) {
      const sealed = type === 'multipart/signed' || type === 'multipart/encrypted'
      this.#levels.push({ boundary, digest: type === 'multipart/digest', sealed, closed: false })
      this.#part = undefined
    } else if (/^message\/(?:rfc822|global)$/.test(type) && plain.test(encoding))
      this.#begin({ message: true })
  }

  #begin({ message }: { message: boolean }): void {
    this.#head = []
    this.#headBytes = 0
    this.#headIsMessage = message
    this.#part = undefined
  }

  #cross(piece: Piece, level: number): readonly Step[] {
    const before = this.#head ? this.#closeHead(this.#head) : []
    this.#levels.length = level + 1
    const { boundary } = this.#levels[level]!
    this.#part = undefined
    this.#head = undefined
    if (textOf(piece) === `--${boundary}`) this.#begin({ message: false })
    else this.#levels[level]!.closed = true
    return [...before, { is: 'frame', piece }]
  }

  #boundaryIn(piece: Piece): number {
    const { bytes } = piece
    if (bytes[0] !== 45 || bytes[1] !== 45 || bytes.length > 2 * boundaryMaxChars) return -1
    const text = textOf(piece)
    return this.#levels.findLastIndex(
      ({ boundary, closed }) => !closed && (text === `--${boundary}` || text === `--${boundary}--`),
    )
  }
}

function textOf({ bytes }: Piece): string {
  return bytes.toString('latin1').trimEnd()
}

function boundaryOf(bytes: Buffer, fields: readonly Field[]): string {
  const field = fields.find(({ name }) => name === 'content-type')
  return field ? paramOf(parseParameters(rawValue(bytes, field)).params, 'boundary') : ''
}

interface Where {
  readonly n: number
  readonly message: boolean
  readonly sealed: boolean
  readonly digest: boolean
  readonly overgrown: boolean
}

/** RFC 2045 §5.2 and RFC 2046 §5.1.5 say what is meant where nothing is said. */
function headOf(bytes: Buffer, { digest, overgrown, ...where }: Where): PartHead {
  const { fields, end, limited } = scanHeader(bytes)
  const valueIn = (name: string) => {
    const field = fields.find((one) => one.name === name)
    return field ? rawValue(bytes, field) : ''
  }
  const given = parseParameters(valueIn('content-type')).value.toLowerCase().replace(/\s/g, '')
  const encoding = /^[^\s;()]*/.exec(valueIn('content-transfer-encoding').toLowerCase())![0]
  return {
    ...{ ...where, bytes, fields, encoding: encoding || '7bit' },
    type: given || (digest ? 'message/rfc822' : 'text/plain'),
    unclear: limited || overgrown || end !== bytes.length,
  }
}
