// One IMAP command as its grammar sees it, RFC 9051 §9: text with the literals between. Reads word
// by word what each command expects. Knows no command, and waits for nothing.
import { Refused } from '../../base/refused.ts'
import { Syntax } from '../../wire/protocol.ts'
import { fromModifiedUtf7 } from './modified-utf7.ts'

/**
 * A command line in pieces, in order: text, without its line end and without the "{n}" that
 * announces a literal, and the literals. `binary` is "~{n}".
 */
export type Piece =
  | { readonly text: Buffer }
  | { readonly literal: Buffer; readonly binary: boolean }

/** First and last as written, Infinity is "*"; "$" is what the last SEARCH saved (RFC 5182). */
export type SequenceSet = '$' | readonly (readonly [first: number, last: number])[]

/** A value of RFC 4466 §2: a word, a number or a set as written, or a list of values. */
export type Extension = string | readonly Extension[]

export interface CursorOptions {
  /** IMAP4rev2 or UTF8=ACCEPT is enabled: quoted strings and names of mailboxes are UTF-8. */
  readonly utf8: boolean
}

const listMax = 10_000
const rangesMax = 20_000
const depthMax = 20
export const numberMax = 2 ** 32 - 1

const atomChars = /[^\x00-\x20(){%*"\\\]\x7f-\xff]+/y
const astringChars = /[^\x00-\x20(){%*"\\\x7f-\xff]+/y
const listChars = /[^\x00-\x20(){"\\\x7f-\xff]+/y
const utf8ListChars = /[^\x00-\x20(){"\\\x7f]+/y
const quotedChars = /"([^"\\\x00\r\n]*(?:\\["\\][^"\\\x00\r\n]*)*)"/y
const digits = /\d{1,19}(?!\d)/y
const setChars = /\$|[\d*][\d*:,]*/y
const flagChars = /\\?[^\x00-\x20(){%*"\\\]\x7f-\xff]+/y
const dateText = /(\d{1,2})-([a-z]{3})-(\d{4})/iy
const dateTimeText = /"([ \d]\d)-([a-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"/iy
const extensionChars = /[^\x00-\x20(){%"\\\]\x7f-\xff]+/y

const months = 'janfebmaraprmayjunjulaugsepoctnovdec'

/** One piece as it is read: a text as Latin-1, or a literal. */
type Part = string | { readonly literal: Buffer; readonly binary: boolean }

export class Cursor {
  readonly utf8: boolean
  readonly #parts: readonly Part[]
  #part = 0
  #at = 0

  constructor(pieces: readonly Piece[], { utf8 }: CursorOptions) {
    this.utf8 = utf8
    this.#parts = pieces
      .map((piece): Part => ('text' in piece ? piece.text.toString('latin1') : piece))
      .filter((part) => part !== '')
  }

  /** A cursor over text alone. */
  static over(text: string | Buffer, options: CursorOptions = { utf8: false }): Cursor {
    return new Cursor([{ text: Buffer.from(text) }], options)
  }

  get atEnd(): boolean {
    return this.#part >= this.#parts.length
  }

  /** @throws Syntax when anything is left. */
  end(): void {
    if (!this.atEnd) throw new Syntax('Too many arguments')
  }

  /** The character that comes next; "" before a literal and at the end. */
  get next(): string {
    return this.#text[this.#at] ?? ''
  }

  get atLiteral(): boolean {
    return typeof this.#parts[this.#part] === 'object'
  }

  /** Takes the text that comes next, in any case, when it is that. */
  skip(text: string): boolean {
    const there = this.#text.slice(this.#at, this.#at + text.length)
    if (there !== text && there.toUpperCase() !== text.toUpperCase()) return false
    this.#advance(text.length)
    return true
  }

  expect(text: string): void {
    if (!this.skip(text)) throw new Syntax(`Expected ${text === ' ' ? 'a space' : text}`)
  }

  space(): void {
    this.expect(' ')
  }

  /** What a sticky expression finds here, or undefined. */
  match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at
    const found = expression.exec(this.#text)
    if (!found || found[0] === '') return undefined
    this.#advance(found[0].length)
    return found
  }

  /** Whether a sticky expression would find something here. */
  ahead(expression: RegExp): boolean {
    expression.lastIndex = this.#at
    return expression.test(this.#text)
  }

  atom(what = 'a word'): string {
    return this.#some(atomChars, what)
  }

  /** An atom in upper case, for words of the grammar. */
  word(what = 'a word'): string {
    return this.atom(what).toUpperCase()
  }

  /** A string in any form as text, UTF-8. */
  astring(what = 'a string'): string {
    return this.#decoded(this.astringBytes(what))
  }

  /** As `astring`, with its bytes: for what is in another charset. */
  astringBytes(what = 'a string'): Buffer {
    if (this.#atString) return this.stringBytes(what)
    return Buffer.from(this.#some(astringChars, what), 'latin1')
  }

  /** Quoted or literal. */
  string(what = 'a string'): string {
    return this.#decoded(this.stringBytes(what))
  }

  stringBytes(what = 'a string'): Buffer {
    if (this.atLiteral) return this.literal(what).literal
    return Buffer.from(this.#quoted(what), 'latin1')
  }

  /** A string, or null for NIL. */
  nstring(what = 'a string or NIL'): string | null {
    if (this.#atString) return this.string(what)
    if (this.atom(what).toUpperCase() !== 'NIL') throw new Syntax(`Expected ${what}`)
    return null
  }

  literal(what = 'a literal'): { readonly literal: Buffer; readonly binary: boolean } {
    const part = this.#parts[this.#part]
    if (typeof part !== 'object') throw new Syntax(`Expected ${what}`)
    this.#part++
    // RFC 9051 §4.3: NUL is for literal8 alone.
    if (!part.binary && part.literal.includes(0)) throw new Syntax('A literal with a NUL in it')
    return part
  }

  /** From 0 to 4,294,967,295. */
  number(what = 'a number'): number {
    const value = this.number64(what)
    if (value > numberMax) throw new Syntax(`Expected ${what} below 4294967296`)
    return value
  }

  nzNumber(what = 'a number'): number {
    const value = this.number(what)
    if (value === 0) throw new Syntax(`Expected ${what} above 0`)
    return value
  }

  /** Up to 2^63 - 1, RFC 9051 §9; beyond 2^53 - 1 that. */
  number64(what = 'a number'): number {
    const text = this.#some(digits, what)
    if (text.length === 19 && text > '9223372036854775807') throw new Syntax(`Expected ${what}`)
    return Math.min(Number(text), Number.MAX_SAFE_INTEGER)
  }

  /** Items between parentheses, a space between each two; at least one. */
  list<T>(item: () => T, what = 'a list'): T[] {
    const items = this.listOrNone(item, what)
    if (items.length === 0) throw new Syntax(`Expected ${what} with something in it`)
    return items
  }

  /** As `list`, but "()" is a list too. */
  listOrNone<T>(item: () => T, what = 'a list'): T[] {
    if (!this.skip('(')) throw new Syntax(`Expected ${what}`)
    const items: T[] = []
    if (this.skip(')')) return items
    do {
      if (items.length === listMax) throw new Syntax('Too many items in a list')
      items.push(item())
    } while (this.skip(' '))
    this.expect(')')
    return items
  }

  /** RFC 9051 §9 sequence-set, and RFC 5182's "$". */
  sequenceSet(what = 'a set of messages'): SequenceSet {
    const text = this.#some(setChars, what)
    if (text === '$') return '$'
    const ranges = text.split(',', rangesMax + 1)
    if (ranges.length > rangesMax) throw new Syntax('A set with too many ranges')
    return ranges.map((range) => {
      const ends = /^(\*|[1-9]\d{0,9})(?::(\*|[1-9]\d{0,9}))?$/.exec(range)
      if (!ends) throw new Syntax(`Expected ${what}`)
      return [setNumber(ends[1]!), setNumber(ends[2] ?? ends[1]!)]
    })
  }

  /** RFC 9051 §9 date, quoted or not: the start of that day in milliseconds, in no time zone. */
  date(): number {
    const quoted = this.skip('"')
    const found = this.match(dateText)
    if (!found || (quoted && !this.skip('"'))) throw new Syntax('Expected a date like 1-Feb-2003')
    return dayOf(found[1]!, found[2]!, found[3]!)
  }

  /** RFC 9051 §9 date-time in milliseconds since 1970. */
  dateTime(): number {
    const found = this.match(dateTimeText)
    const [, day, month, year, hour, minute, second, sign, ahead, aheadMinutes] = found ?? []
    const sound =
      Number(hour) <= 23 &&
      Number(minute) <= 59 &&
      Number(second) <= 60 &&
      Number(aheadMinutes) <= 59
    if (!found || !sound) throw new Syntax('Expected a date like "01-Feb-2003 04:05:06 +0000"')
    const time = (Number(hour) * 60 + Number(minute)) * 60 + Number(second)
    const zone = (Number(ahead) * 60 + Number(aheadMinutes)) * 60_000
    const local = dayOf(day!.trim(), month!, year!) + time * 1000
    return sign === '-' ? local + zone : local - zone
  }

  /** A flag or keyword as written. */
  flag(): string {
    return this.#some(flagChars, 'a flag')
  }

  flagList(): string[] {
    return this.listOrNone(() => this.flag(), 'a list of flags')
  }

  /**
   * RFC 9051 §9 mailbox as its name is: INBOX in capitals, and nothing of modified UTF-7.
   * @throws Refused 'bad-value' for what is well said and no name
   */
  mailbox(): string {
    const text = this.#decoded(this.astringBytes('a mailbox'))
    const name = this.#mailboxName(text)
    if (name === undefined) throw new Refused('bad-value', 'a name in modified UTF-7')
    return name
  }

  /** RFC 9051 §9 list-mailbox: a name or a pattern; what is neither fits nothing. */
  listMailbox(): string {
    const chars = this.utf8 ? utf8ListChars : listChars
    const bytes = this.#atString
      ? this.stringBytes()
      : Buffer.from(this.#some(chars, 'a mailbox or a pattern'), 'latin1')
    const text = this.#decoded(bytes)
    return this.#mailboxName(text) ?? text
  }

  /** RFC 4466 §2 tagged-ext-val. */
  extension(depth = 0): Extension {
    if (this.next === '(') {
      if (depth === depthMax) throw new Syntax('Too many lists in lists')
      return this.listOrNone(() => this.extension(depth + 1))
    }
    if (this.#atString) return this.string()
    return this.#some(extensionChars, 'a value')
  }

  get #text(): string {
    const part = this.#parts[this.#part]
    return typeof part === 'string' ? part : ''
  }

  get #atString(): boolean {
    return this.next === '"' || this.atLiteral
  }

  #advance(count: number): void {
    this.#at += count
    if (this.#at < this.#text.length) return
    this.#at = 0
    this.#part++
  }

  #some(expression: RegExp, what: string): string {
    const found = this.match(expression)
    if (!found) throw new Syntax(`Expected ${what}`)
    return found[0]
  }

  #quoted(what: string): string {
    const found = this.match(quotedChars)
    if (!found) throw new Syntax(`Expected ${what}`)
    const text = found[1]!
    // RFC 3501 §4.3: quoted strings are 7-bit; RFC 9051 §4.3 and RFC 6855 §3 make them UTF-8.
    if (!this.utf8 && /[\x80-\xff]/.test(text)) throw new Syntax('8-bit text in a quoted string')
    return text.includes('\\') ? text.replace(/\\(.)/g, '$1') : text
  }

  #decoded(bytes: Buffer): string {
    const text = bytes.toString('utf8')
    if (text.includes('\ufffd') && !Buffer.from(text).equals(bytes))
      throw new Syntax('Expected text in UTF-8')
    return text
  }

  /** undefined for what modified UTF-7 cannot be. */
  #mailboxName(text: string): string | undefined {
    if (text.length === 5 && text.toUpperCase() === 'INBOX') return 'INBOX'
    // RFC 6855 §3: a name in UTF-8 is understood even where it was not agreed upon.
    return this.utf8 || /[^\x00-\x7f]/.test(text) ? text : fromModifiedUtf7(text)
  }
}

function setNumber(text: string): number {
  if (text === '*') return Number.POSITIVE_INFINITY
  const value = Number(text)
  if (value > numberMax) throw new Syntax('Expected a set of numbers below 4294967296')
  return value
}

function dayOf(day: string, month: string, year: string): number {
  const at = months.indexOf(month.toLowerCase())
  const date = Date.UTC(Number(year), at / 3, Number(day))
  const real = at % 3 === 0 && new Date(date).getUTCDate() === Number(day)
  if (!real) throw new Syntax('Expected a date that there is')
  return date
}
