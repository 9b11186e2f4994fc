// A message as the tests of a script see it: decoded fields, addresses, texts, parts. Reads each at
// most once, and only when asked. Its header may be edited; the bytes it was made of stay.
import { type Mailbox, mailboxesOf, parseAddressList } from '../message/address-list.ts'
import { decodeText } from '../message/charset.ts'
import { decodeWords } from '../message/encoded-words.ts'
import { type Field, type HeaderSection, rawValue, scanHeader } from '../message/header-fields.ts'
import { htmlToText } from '../message/html-text.ts'
import { paramOf } from '../message/parameters.ts'
import { type Part, readStructure } from '../message/structure.ts'
import { decodeTransfer } from '../message/transfer-decode.ts'

const textMaxBytes = 256 * 1024

/** One field of the header as it is now. */
interface Line {
  readonly field: Field
  readonly source: Buffer
  /** A trace field of this server, that is no part of the text. */
  readonly ours: boolean
}

export class LetterView {
  readonly #size: number
  readonly #ours: number
  readonly #bytes: Buffer
  readonly #header: HeaderSection
  readonly #values = new Map<string, readonly string[]>()
  #lines: readonly Line[]
  #edited: Buffer | undefined
  #root: Part | undefined
  #texts: readonly string[] | undefined

  /** `bytes` is a message of `size` bytes, or its beginning, after `ours` bytes of trace fields. */
  constructor(bytes: Buffer, size = bytes.length, ours = 0) {
    this.#bytes = bytes
    this.#size = size
    this.#ours = ours
    this.#header = scanHeader(bytes)
    this.#lines = this.#header.fields.map((field) => ({
      ...{ field, source: bytes, ours: field.end <= ours },
    }))
  }

  /** RFC 5293 §4: as it is now. */
  get size(): number {
    const { length } = this.#edited ?? Buffer.alloc(0)
    return this.#edited ? this.#size - (this.#header.end - this.#ours) + length : this.#size
  }

  /** Decoded, from the top; none where there is no such field. RFC 5228 §2.7.2. */
  fields(name: string): readonly string[] {
    const wanted = name.toLowerCase()
    let values = this.#values.get(wanted)
    if (!values) {
      values = this.rawFields(wanted).map((raw) => decodeWords(raw).trim())
      this.#values.set(wanted, values)
    }
    return values
  }

  /** As they are written, unfolded. */
  rawFields(name: string): readonly string[] {
    const wanted = name.toLowerCase()
    return this.#lines
      .filter(({ field }) => field.name === wanted)
      .map(({ source, field }) => rawValue(source, field))
  }

  /** The addresses of each field of that name, in its order. */
  addresses(name: string): readonly (readonly Mailbox[])[] {
    return this.rawFields(name).map((raw) => mailboxesOf(parseAddressList(raw)))
  }

  /** RFC 5173 §5.1: everything below the header as it is; none where there is no body. */
  rawBody(): readonly string[] {
    const last = this.#header.fields.at(-1)?.end ?? 0
    if (this.#header.end === this.#bytes.length && last === this.#bytes.length) return []
    return [decodeText(this.#bytes.subarray(this.#header.end).subarray(0, textMaxBytes), '')]
  }

  /** RFC 5173 §5.3: the texts in it, HTML without its tags. */
  texts(): readonly string[] {
    this.#texts ??= this.#leaves()
      .filter((part) => isText(part) && part.disposition !== 'attachment')
      .map((part) => this.plain(part))
    return this.#texts
  }

  /** RFC 5173 §5.2: parts by type, "text", "text/html" or "" for all, decoded. */
  contents(types: readonly string[]): readonly string[] {
    const wanted = types.map((type) => type.toLowerCase())
    const fits = ({ type, subtype }: Part) =>
      wanted.some((each) => each === '' || each === type || each === `${type}/${subtype}`)
    return allParts(this.root).flatMap((part) => (fits(part) ? this.#content(part) : []))
  }

  get root(): Part {
    this.#root ??= readStructure(this.#bytes, this.#header, this.size)
    return this.#root
  }

  /** The text of a part that is one, HTML without its tags. */
  plain(part: Part): string {
    const text = this.#text(part)
    return part.subtype === 'html' || part.subtype === 'xhtml+xml' ? htmlToText(text) : text
  }

  /** The fields of a part's own header, as they are written. */
  partFields(part: Part, name: string): readonly string[] {
    if (part === this.root) return this.rawFields(name)
    const wanted = name.toLowerCase()
    return scanHeader(this.#bytes.subarray(0, part.body), part.start)
      .fields.filter((field) => field.name === wanted)
      .map((field) => rawValue(this.#bytes, field))
  }

  /** RFC 5293 §4: `line` is a whole field with its line end. */
  addField(line: string, last: boolean): void {
    const source = Buffer.from(line)
    const added = scanHeader(source).fields.map((field) => ({ field, source, ours: false }))
    const first = this.#lines.findLastIndex(({ ours }) => ours) + 1
    const at = last ? this.#lines.length : first
    this.#edit(this.#lines.toSpliced(at, 0, ...added))
  }

  /** RFC 5293 §5: those of a name, by their place among them and their decoded value. */
  deleteFields(name: string, goes: (value: string, at: number, of: number) => boolean): void {
    const wanted = name.toLowerCase()
    const named = this.#lines.filter(({ field, ours }) => field.name === wanted && !ours)
    const gone = new Set(
      named.filter(({ source, field }, at) =>
        goes(decodeWords(rawValue(source, field)).trim(), at, named.length),
      ),
    )
    if (gone.size > 0) this.#edit(this.#lines.filter((line) => !gone.has(line)))
  }

  /** The header as it is now with the empty line below it; undefined where it is as it came. */
  get editedHeader(): Buffer | undefined {
    return this.#edited
  }

  #edit(lines: readonly Line[]): void {
    this.#lines = lines
    this.#values.clear()
    const own = lines.filter(({ ours }) => !ours)
    const bytes = own.map(({ source, field }) => source.subarray(field.start, field.end))
    this.#edited = Buffer.concat([...bytes, Buffer.from('\r\n')])
  }

  #leaves(): Part[] {
    return allParts(this.root).filter(({ parts, message }) => !parts && !message)
  }

  /** Of a multipart what stands around its parts, of a message inside its header. */
  #content(part: Part): readonly string[] {
    if (part.parts) {
      const [first] = part.parts
      const last = part.parts.at(-1) ?? part
      const [before, after] = [
        [part.body, first?.start ?? part.end],
        [last.end, part.end],
      ]
      const [prologue = '', epilogue = ''] = [before, after].map(([from = 0, to = 0]) =>
        this.#slice(from, to),
      )
      // RFC 5173 §5.2: without the lines that part the parts.
      return [
        prologue.replace(/(?:^|\r?\n)--[^\n]*\n?$/, ''),
        epilogue.replace(/^(?:\r?\n)?--[^\n]*(?:\n|$)/, ''),
      ]
    }
    const { message } = part
    if (!message) return [this.#text(part)]
    return [this.#slice(message.start, message.body).replace(/\r?\n(\r?\n)?$/, '\r\n')]
  }

  #slice(from: number, to: number): string {
    return decodeText(this.#bytes.subarray(from, Math.max(from, to)).subarray(0, textMaxBytes), '')
  }

  #text({ body, end, encoding, params }: Part): string {
    const bytes = decodeTransfer(this.#bytes.subarray(body, end), encoding, textMaxBytes)
    return decodeText(bytes, paramOf(params, 'charset'))
  }
}

/** What is read as a text; a type that is none is not. */
function isText({ type, subtype, encoding }: Part): boolean {
  // RFC 2045 §6.4: what is in an encoding that nobody knows is no text.
  if (!/^(?:7bit|8bit|binary|base64|quoted-printable)$/.test(encoding)) return false
  return (type === 'text' && !subtype.includes('/')) || subtype === 'xhtml+xml'
}

/** A part and all that is in it, in the order of the message. */
export function allParts(root: Part): Part[] {
  const found: Part[] = []
  const open = [root]
  for (let part = open.pop(); part; part = open.pop()) {
    found.push(part)
    open.push(...childrenOf(part).toReversed())
  }
  return found
}

export function childrenOf({ parts, message }: Part): readonly Part[] {
  return parts ?? (message ? [message] : [])
}
