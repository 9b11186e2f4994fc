// The answers to what FETCH asks for that take the message's bytes: parts of it, as they are or
// decoded. A part is read by its place; nothing else of the message is.
import type { MessageBytes } from '../../../mailbox/message-bytes.ts'
import type { WholeStructures } from '../../../mailbox/whole-structures.ts'
import type { Digest } from '../../../message/digest.ts'
import { scanHeader } from '../../../message/header-fields.ts'
import type { Part } from '../../../message/structure.ts'
import { structureText } from '../../../message/structure-text.ts'
import { decodeTransfer } from '../../../message/transfer-decode.ts'
import { bodyText } from './body-text.ts'
import type { FetchItem } from './fetch-items.ts'
import type { FetchOutput } from './fetch-output.ts'
import { type Partial, partAt, type Range, rangeOf, type Section } from './section.ts'

/** RFC 3516 §4.3: a part cannot be decoded; the answer is NO [UNKNOWN-CTE]. */
export class UnknownEncoding extends Error {}

/** A literal ended before its length: what follows cannot be told from it, so nothing may. */
export class CutShort extends Error {}

/** A message whose bytes are wanted. */
export interface OpenedRow {
  readonly id: string
  readonly digest: Digest
  readonly bytes: MessageBytes
}

/** What of a message a URL names. */
export interface RawBytes {
  readonly size: number
  readonly bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

type BytesItem = Extract<FetchItem, { is: 'bytes' }>

const encodings = /^(?:7bit|8bit|binary|base64|quoted-printable)$/

export class MessageAnswers {
  readonly #row: OpenedRow
  readonly #structures: WholeStructures

  constructor(row: OpenedRow, structures: WholeStructures) {
    this.#row = row
    this.#structures = structures
  }

  /** Says the answer; yields when the output is full. @throws CutShort, UnknownEncoding */
  async *say(item: FetchItem, output: FetchOutput): AsyncGenerator<Buffer> {
    if (item.is === 'plain') {
      const { text } = await this.#structures.read(this.#row.id, this.#row.bytes)
      output.say(item.name === 'BODY' ? `BODY ${bodyText(text)}` : `BODYSTRUCTURE ${text}`)
    } else if (item.is === 'size') {
      const decoded = await this.#decoded(item.part)
      output.say(`${item.label} ${decoded?.length ?? 0}`)
    } else if (item.decoded) await this.#sayDecoded(item, output)
    else if (item.section.fields.length > 0) await this.#sayFields(item, output)
    else yield* this.#sayRange(item, output)
  }

  /** The bytes themselves; undefined where there is no such part. */
  async raw(section: Section, partial: Partial | undefined): Promise<RawBytes | undefined> {
    if (section.fields.length > 0) {
      const text = await this.#fields(section)
      if (!text) return undefined
      const [start, end] = cutRange([0, text.length], partial)
      return { size: end - start, bytes: [text.subarray(start, end)] }
    }
    const range = await this.#rangeOf(section)
    if (!range) return undefined
    const [start, end] = cutRange(range, partial)
    return { size: end - start, bytes: this.#row.bytes.stream(start, end) }
  }

  /** A part's content, decoded; undefined where there is none. @throws UnknownEncoding */
  decoded(numbers: readonly number[]): Promise<Buffer | undefined> {
    return this.#decoded(numbers)
  }

  /** A part's BODYSTRUCTURE, encoded as it is or as `decoded` has it; undefined for none. */
  async structureOf(numbers: readonly number[], decoded?: Buffer): Promise<string | undefined> {
    const { bytes } = this.#row
    const root = await this.#structure()
    const part = partAt(root, numbers)
    if (!part) return undefined
    return this.#structures.alone(bytes, async () => {
      const read = await bytes.range(bytes.prefixSize, bytes.size)
      return structureText(read, decoded ? withoutEncoding(part, decoded) : part)
    })
  }

  async *#sayRange({ label, section, partial }: BytesItem, output: FetchOutput) {
    const range = await this.#rangeOf(section)
    if (!range) {
      output.say(`${label} NIL`)
      return
    }
    const [start, end] = cutRange(range, partial)
    output.say(`${label} {${end - start}}\r\n`)
    let left = end - start
    try {
      for await (const chunk of this.#row.bytes.stream(start, end)) {
        left -= chunk.length
        output.put(withoutNul(chunk))
        if (output.full) yield output.take()
      }
    } catch (error) {
      // A small message fails before anything of it was said.
      if (this.#row.bytes.small) throw error
      throw new CutShort('a message could not be read to its end', { cause: error })
    }
    if (left !== 0) throw new CutShort(`${left} bytes of a message are missing`)
  }

  async #sayFields({ label, section, partial }: BytesItem, output: FetchOutput): Promise<void> {
    const text = await this.#fields(section)
    if (!text) {
      output.say(`${label} NIL`)
      return
    }
    const [start, end] = cutRange([0, text.length], partial)
    output.say(`${label} {${end - start}}\r\n`)
    output.put(withoutNul(text.subarray(start, end)))
  }

  /** HEADER.FIELDS and HEADER.FIELDS.NOT. */
  async #fields(section: Section): Promise<Buffer | undefined> {
    const range = await this.#rangeOf({ ...section, text: 'HEADER' })
    if (!range) return undefined
    const header = await this.#row.bytes.range(...range)
    const names = new Set(section.fields.map((name) => name.toLowerCase()))
    const others = section.text === 'HEADER.FIELDS.NOT'
    const chunks: Buffer[] = []
    for (const { name, start, end } of scanHeader(header).fields) {
      if (names.has(name) === others) continue
      chunks.push(header.subarray(start, end))
      if (header[end - 1] !== 10) chunks.push(lineEnd)
    }
    return Buffer.concat([...chunks, lineEnd])
  }

  async #sayDecoded({ label, section, partial }: BytesItem, output: FetchOutput): Promise<void> {
    const decoded = await this.#decoded(section.part)
    if (!decoded) {
      output.say(`${label} NIL`)
      return
    }
    const [start, end] = cutRange([0, decoded.length], partial)
    const bytes = decoded.subarray(start, end)
    // RFC 3516 §4.3: what has a NUL in it is a literal8.
    output.say(`${label} ${bytes.includes(0) ? '~' : ''}{${bytes.length}}\r\n`)
    output.put(bytes)
  }

  /** A part without its transfer encoding; undefined where there is no such part. */
  async #decoded(numbers: readonly number[]): Promise<Buffer | undefined> {
    const { bytes } = this.#row
    const structure = await this.#structure()
    return this.#structures.alone(bytes, async () => {
      if (numbers.length === 0) return bytes.range(0, bytes.size)
      const part = partAt(structure, numbers)
      if (!part) return undefined
      if (!encodings.test(part.encoding)) throw new UnknownEncoding(part.encoding)
      const before = bytes.prefixSize
      const encoded = await bytes.range(before + part.body, before + part.end)
      return decodeTransfer(encoded, part.encoding)
    })
  }

  /** Where a section is, counted from the beginning of the message. */
  async #rangeOf(section: Section): Promise<Range | undefined> {
    const { bytes } = this.#row
    const before = bytes.prefixSize
    if (section.part.length === 0) {
      if (section.text === '') return [0, bytes.size]
      const body = before + this.#row.digest.headerSize
      return section.text === 'TEXT' ? [body, bytes.size] : [0, body]
    }
    const range = rangeOf(await this.#structure(), section)
    return range && [before + range[0], before + range[1]]
  }

  #structure(): Promise<Part> {
    const { id, digest, bytes } = this.#row
    return this.#structures.structure(id, digest, bytes)
  }
}

/** RFC 5524 §3.2: a part as it is sent, its lines not counted. */
function withoutEncoding(part: Part, decoded: Buffer): Part {
  const eight = decoded.some((byte) => byte > 127) ? '8bit' : '7bit'
  const encoding = decoded.includes(0) ? 'binary' : eight
  const end = part.body + decoded.length
  return { ...part, encoding, end, ...(part.lines === undefined ? {} : { lines: 0 }) }
}

const lineEnd = Buffer.from('\r\n')

/** What of a range is asked for. */
export function cutRange([start, end]: Range, partial: Partial | undefined): Range {
  if (!partial) return [start, end]
  const from = Math.min(end, start + partial.offset)
  return [from, Math.min(end, from + partial.length)]
}

/**
 * RFC 9051 §4.3.1: a literal has no NUL. A message that has some is sent with 0x80 in their place,
 * as long as it was; BINARY has the bytes themselves.
 */
export function withoutNul(chunk: Uint8Array): Buffer {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  let at = bytes.indexOf(0)
  if (at < 0) return bytes
  const clean = Buffer.from(bytes)
  for (; at >= 0; at = clean.indexOf(0, at + 1)) clean[at] = 0x80
  return clean
}
