// Address lists of header fields, RFC 5322 §3.4, as they really arrive. One pass, no recursion.
// Display data only: nothing read here decides where mail goes (that is address.ts).
import type { Address } from './address.ts'
import { decodeWords } from './encoded-words.ts'

/** `domain` is as written, and "" where there is none. */
export interface Mailbox extends Address {
  /** Decoded display name, or "". */
  readonly name: string
  /** RFC 5322 §4.4 obs-route, "@a,@b", where there is one. */
  readonly route?: string
}

export interface Group {
  readonly group: string
  readonly members: readonly Mailbox[]
}

export type AddressEntry = Mailbox | Group

const entriesMax = 1000
const nameMaxChars = 1000
/** Of a name as it is written: encoded words are longer than what they say. */
const nameWrittenMaxChars = 8 * 1024
const addressMaxChars = 1000

/** Reads an unfolded value (a Latin-1 string). Never throws; keeps the first 1,000 entries. */
export function parseAddressList(raw: string): AddressEntry[] {
  return new ListReader(raw, (text) => cleanText(decodeWords(text))).read()
}

/** As `parseAddressList`, but with names and addresses as Latin-1 strings, nothing decoded. */
export function writtenAddressList(raw: string): AddressEntry[] {
  return new ListReader(raw, (text) => text.trim()).read()
}

/** The mailboxes of a list, those of groups among them. */
export function mailboxesOf(list: readonly AddressEntry[]): Mailbox[] {
  return list.flatMap((entry) => ('group' in entry ? entry.members : [entry]))
}

/** Without control characters, and without those that reorder or hide text. */
export function cleanText(text: string): string {
  return /[^\x20-\x7e]/.test(text)
    ? text
        .replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ')
        .replace(/[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+/g, '')
        .trim()
    : text.trim()
}

/** A piece of an entry without blanks in it: `written` keeps the quotes that `said` lacks. */
interface Chunk {
  written: string
  said: string
  /** Has an "@" outside quotes. */
  address: boolean
}

class ListReader {
  readonly #raw: string
  readonly #said: (raw: string) => string
  #at = 0
  #count = 0
  readonly #list: AddressEntry[] = []
  #group: { group: string; members: Mailbox[] } | undefined
  #chunks: Chunk[] = []
  /** The next token belongs to the last chunk: no blank came between. */
  #glued = false
  /** The last character of the last token. */
  #last = ''
  #angle: string | undefined
  #comment = ''

  constructor(raw: string, said: (raw: string) => string) {
    this.#raw = raw
    this.#said = said
  }

  read(): AddressEntry[] {
    const raw = this.#raw
    while (this.#at < raw.length && this.#count < entriesMax) this.#token(raw[this.#at]!)
    this.#endEntry()
    return this.#list
  }

  #token(mark: string): void {
    switch (mark) {
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        this.#glued = false
        this.#at++
        return
      case '(':
        this.#readComment()
        return
      case '"':
        this.#readQuoted()
        return
      case '<':
        this.#readAngle()
        return
      case '[':
        this.#readUntil(']')
        return
      case ':':
        this.#openGroup()
        return
      case ',':
      case ';':
        this.#endEntry()
        if (mark === ';') this.#group = undefined
        this.#at++
        return
      default:
        this.#readAtom()
    }
  }

  #readAtom(): void {
    const atom = /[^\s()<>",;:[]+|./gsy
    atom.lastIndex = this.#at
    const text = atom.exec(this.#raw)![0]
    this.#at += text.length
    this.#add(text, text)
  }

  #readUntil(mark: string): void {
    const end = this.#raw.indexOf(mark, this.#at)
    const text = this.#raw.slice(this.#at, end < 0 ? this.#raw.length : end + 1)
    this.#at += text.length
    this.#add(text, text)
  }

  #readQuoted(): void {
    const { end, text } = quotedString(this.#raw, this.#at)
    this.#add(this.#raw.slice(this.#at, end), text)
    this.#at = end
  }

  #add(written: string, said: string): void {
    const last = this.#chunks.at(-1)
    const address = written[0] !== '"' && written.includes('@')
    if (last !== undefined && (this.#glued || this.#continues(last, written[0]!))) {
      last.written += written
      last.said += said
      last.address ||= address
    } else this.#chunks.push({ written, said, address })
    this.#glued = true
    this.#last = written.at(-1)!
  }

  /** RFC 5322 §4.4 obs-addr-spec: blanks around the "@", and around dots after it. */
  #continues(last: Chunk, mark: string): boolean {
    if (mark === '@' || this.#last === '@') return true
    return last.address && (mark === '.' || this.#last === '.')
  }

  #readComment(): void {
    const start = this.#at
    let depth = 0
    do {
      const mark = this.#raw[this.#at]
      if (mark === '\\') this.#at++
      else if (mark === '(') depth++
      else if (mark === ')') depth--
      this.#at++
    } while (depth > 0 && this.#at < this.#raw.length)
    if (this.#comment === '') this.#comment = this.#raw.slice(start + 1, this.#at - 1)
    this.#glued = false
  }

  #readAngle(): void {
    const raw = this.#raw
    let end = this.#at + 1
    while (end < raw.length && raw[end] !== '>') {
      if (raw[end] === '"') end = quotedString(raw, end).end
      else end++
    }
    this.#angle ??= raw.slice(this.#at + 1, end)
    this.#at = end + 1
    this.#glued = false
  }

  #openGroup(): void {
    const ready = this.#group === undefined && this.#angle === undefined
    if (ready && this.#chunks.length > 0) {
      this.#group = { group: this.#name(this.#chunks), members: [] }
      this.#list.push(this.#group)
      this.#count++
      this.#chunks = []
      this.#comment = ''
      this.#at++
    } else this.#readAtom()
  }

  #endEntry(): void {
    const mailbox = this.#mailbox()
    if (mailbox !== undefined && (mailbox.name !== '' || mailbox.local !== '')) {
      const list = this.#group?.members ?? this.#list
      list.push(mailbox)
      this.#count++
    }
    this.#chunks = []
    this.#glued = false
    this.#last = ''
    this.#angle = undefined
    this.#comment = ''
  }

  #mailbox(): Mailbox | undefined {
    const chunks = this.#chunks
    if (this.#angle !== undefined) return this.#toMailbox(chunks, this.#angle)
    if (chunks.length === 0) return undefined
    const index = chunks.findLastIndex((chunk) => chunk.address)
    if (index >= 0) return this.#toMailbox(chunks.toSpliced(index, 1), chunks[index]!.written)
    // No address at all: one word may be a local part, several are a name.
    if (chunks.length === 1) return this.#toMailbox([], chunks[0]!.written)
    return this.#toMailbox(chunks, '')
  }

  #toMailbox(name: readonly Chunk[], written: string): Mailbox {
    const [, route] = /^\s*(@[^:"<>]+):/.exec(written.slice(0, addressMaxChars)) ?? []
    const { local, domain } = splitAddress(written)
    return {
      ...{ name: this.#name(name), local: this.#said(local), domain: this.#said(domain) },
      ...(route === undefined ? {} : { route: this.#said(route) }),
    }
  }

  #name(chunks: readonly Chunk[]): string {
    const raw = chunks.length > 0 ? chunks.map((chunk) => chunk.said).join(' ') : this.#comment
    return this.#said(raw.slice(0, nameWrittenMaxChars)).slice(0, nameMaxChars)
  }
}

/** The quoted string at `start` without its quotes and quoted pairs, and where it ends. */
function quotedString(raw: string, start: number): { end: number; text: string } {
  let end = start + 1
  let escaped = false
  while (end < raw.length && raw[end] !== '"') {
    if (raw[end] === '\\') {
      escaped = true
      end++
    }
    end++
  }
  const text = raw.slice(start + 1, end)
  const stop = Math.min(end + 1, raw.length)
  return { end: stop, text: escaped ? text.replace(/\\(.)/gs, '$1') : text }
}

function splitAddress(written: string): Address {
  let text = written.slice(0, addressMaxChars)
  // RFC 5322 §4.4 obs-route.
  if (text.startsWith('@')) text = text.slice(text.indexOf(':') + 1)
  if (!text.includes('"')) text = text.replace(/\([^()]*\)|\s+/g, '')
  const quote = text.startsWith('"') ? quotedString(text, 0) : undefined
  const at = quote === undefined ? text.lastIndexOf('@') : text.indexOf('@', quote.end)
  const local = quote?.text ?? (at < 0 ? text : text.slice(0, at))
  const domain = at < 0 ? '' : text.slice(at + 1)
  return { local, domain }
}
