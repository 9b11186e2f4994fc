// A message as the tests of a script see it: decoded fields, addresses, texts. Reads each at most
// once, and only when asked. Knows no test.
import { type Mailbox, mailboxesOf, parseAddressList } from '../message/address-list.ts'
import { decodeText } from '../message/charset.ts'
import { decodeWords } from '../message/encoded-words.ts'
import { type HeaderSection, rawValue, scanHeader } from '../message/header-fields.ts'
import { htmlToText } from '../message/html-text.ts'
import { paramOf } from '../message/parameters.ts'
import { type Part, readStructure } from '../message/structure.ts'
import { decodeTransfer } from '../message/transfer-decode.ts'

const textMaxBytes = 256 * 1024

export class LetterView {
  readonly size: number
  readonly #bytes: Buffer
  readonly #header: HeaderSection
  readonly #values = new Map<string, readonly string[]>()
  #leaves: readonly Part[] | undefined
  #texts: readonly string[] | undefined

  /** `bytes` is a message of `size` bytes, or its beginning. */
  constructor(bytes: Buffer, size = bytes.length) {
    this.#bytes = bytes
    this.size = size
    this.#header = scanHeader(bytes)
  }

  /** Decoded, from the top; none where there is no such field. RFC 5228 §2.7.2. */
  fields(name: string): readonly string[] {
    const wanted = name.toLowerCase()
    let values = this.#values.get(wanted)
    if (!values) {
      const found = this.#header.fields.filter((field) => field.name === wanted)
      values = found.map((field) => decodeWords(rawValue(this.#bytes, field)).trim())
      this.#values.set(wanted, values)
    }
    return values
  }

  /** The addresses of each field of that name, in its order. */
  addresses(name: string): readonly (readonly Mailbox[])[] {
    const wanted = name.toLowerCase()
    return this.#header.fields
      .filter((field) => field.name === wanted)
      .map((field) => mailboxesOf(parseAddressList(rawValue(this.#bytes, field))))
  }

  /** RFC 5173 §5.1: everything below the header as it is. */
  rawBody(): string {
    return decodeText(this.#bytes.subarray(this.#header.end).subarray(0, textMaxBytes), '')
  }

  /** RFC 5173 §5.3: the texts in it, HTML without its tags. */
  texts(): readonly string[] {
    this.#texts ??= this.#parts()
      .filter(({ type, disposition }) => type === 'text' && disposition !== 'attachment')
      .map((part) => (part.subtype === 'html' ? htmlToText(this.#text(part)) : this.#text(part)))
    return this.#texts
  }

  /** RFC 5173 §5.2: parts by type, "text", "text/html" or "" for all, decoded. */
  contents(types: readonly string[]): readonly string[] {
    const wanted = types.map((type) => type.toLowerCase())
    const fits = ({ type, subtype }: Part) =>
      wanted.some((each) => each === '' || each === type || each === `${type}/${subtype}`)
    return this.#parts()
      .filter(fits)
      .map((part) => this.#text(part))
  }

  #parts(): readonly Part[] {
    this.#leaves ??= leavesOf(readStructure(this.#bytes, this.#header, this.size))
    return this.#leaves
  }

  #text({ body, end, encoding, params }: Part): string {
    const bytes = decodeTransfer(this.#bytes.subarray(body, end), encoding, textMaxBytes)
    return decodeText(bytes, paramOf(params, 'charset'))
  }
}

function leavesOf(root: Part): Part[] {
  const leaves: Part[] = []
  const open = [root]
  for (let part = open.pop(); part; part = open.pop()) {
    if (part.parts) open.push(...part.parts.toReversed())
    else leaves.push(part)
  }
  return leaves
}
