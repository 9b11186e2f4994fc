// What SEARCH looks for, RFC 9051 §6.4.4, with the keys of RFC 5032 (WITHIN), 5466 (FILTERS), 6203,
// 7162, 8474, 8514 and 9738: read from a command, as values. Knows no message.
import { decodeCharset } from '../../../message/charset.ts'
import { Syntax } from '../../../wire/protocol.ts'
import { Cursor, type SequenceSet } from '../cursor.ts'

/** Where a text is looked for. */
export type TextPlace = 'text' | 'body' | 'from' | 'to' | 'cc' | 'bcc' | 'subject'

export type DateOf = 'received' | 'sent' | 'saved'

export type SearchKey =
  | { readonly is: 'all' | 'none' | 'recent' }
  | { readonly is: 'set'; readonly set: SequenceSet; readonly byUid: boolean }
  /** From the first to the second, both in it. */
  | { readonly is: 'uids'; readonly from: number; readonly to: number }
  | { readonly is: 'flag'; readonly name: string }
  /** Days as clients count them: from the first to before the second, in milliseconds. */
  | { readonly is: 'days'; readonly of: DateOf; readonly from: number; readonly before: number }
  /** Received within so many last seconds. */
  | { readonly is: 'younger'; readonly seconds: number }
  | { readonly is: 'size'; readonly above: number; readonly below: number }
  | { readonly is: 'modseq'; readonly least: number }
  | { readonly is: 'email' | 'thread'; readonly id: string }
  | { readonly is: 'text'; readonly in: TextPlace; readonly text: string }
  | { readonly is: 'header'; readonly name: string; readonly text: string }
  | { readonly is: 'not'; readonly key: SearchKey }
  | { readonly is: 'and' | 'or'; readonly keys: readonly SearchKey[] }

/** The charset is none that is known: NO [BADCHARSET]. */
export class UnknownCharset extends Error {}

const depthMax = 32
const keysMax = 1_000
const dayMs = 86_400_000
const infinite = Number.POSITIVE_INFINITY

const flagNames: ReadonlyMap<string, string> = new Map([
  ['ANSWERED', '\\Answered'],
  ['DELETED', '\\Deleted'],
  ['DRAFT', '\\Draft'],
  ['FLAGGED', '\\Flagged'],
  ['SEEN', '\\Seen'],
])
const texts = new Set(['BCC', 'BODY', 'CC', 'FROM', 'SUBJECT', 'TEXT', 'TO'])
const dates = /^(SENT|SAVED)?(BEFORE|ON|SINCE)$/
const unseen: SearchKey = { is: 'not', key: { is: 'flag', name: '\\Seen' } }
const setAhead = /[\d*$]/y

/** RFC 5466 §3.1: a filter that there is not, or that is no search: NO [UNDEFINED-FILTER]. */
export class UndefinedFilter extends Error {
  /** As it was said. */
  readonly filter: string

  constructor(filter: string) {
    super(`there is no filter ${filter}`)
    this.filter = filter
  }
}

/** RFC 5466 §3.1: a filter takes another charset than UTF-8 from nobody: BAD [BADCHARSET]. */
export class FilterCharset extends Error {}

/** What filters stand for, by their names in lower case; 'any': not asked, whatever the name. */
export type Filters = ReadonlyMap<string, string> | 'any'

const noFilters: Filters = new Map()

/** Everything up to the end of the command, `charset` already read. All of it must be met. */
export function readSearchKeys(
  cursor: Cursor,
  charset: string,
  filters: Filters = noFilters,
): SearchKey {
  return new KeyReader(cursor, charset, filters).all()
}

/** @throws UnknownCharset */
export function checkCharset(charset: string): void {
  if (decodeCharset(Buffer.alloc(0), charset) === undefined) throw new UnknownCharset(charset)
}

class KeyReader {
  readonly #filters: Filters
  #cursor: Cursor
  #charset: string
  #count = 0
  #depth = 0
  /** Filters that are being read, the outermost first. */
  readonly #within: string[] = []

  constructor(cursor: Cursor, charset: string, filters: Filters) {
    this.#cursor = cursor
    this.#charset = charset
    this.#filters = filters
  }

  all(): SearchKey {
    const keys = [this.#key()]
    while (this.#cursor.skip(' ')) keys.push(this.#key())
    return keys.length === 1 && keys[0] ? keys[0] : { is: 'and', keys }
  }

  #key(): SearchKey {
    if (++this.#count > keysMax) throw new Syntax('Too many search keys')
    if (this.#depth >= depthMax) throw new Syntax('Search keys nested too deep')
    this.#depth++
    const key = this.#one()
    this.#depth--
    return key
  }

  #one(): SearchKey {
    const cursor = this.#cursor
    if (cursor.next === '(')
      return { is: 'and', keys: cursor.list(() => this.#key(), 'search keys') }
    if (cursor.ahead(setAhead)) return { is: 'set', set: cursor.sequenceSet(), byUid: false }
    const word = cursor.word('a search key')
    const known = this.#plain(word) ?? this.#compound(word) ?? this.#valued(word)
    if (!known) throw new Syntax('Unknown search key')
    return known
  }

  #plain(word: string): SearchKey | undefined {
    const flag = flagNames.get(word)
    if (flag) return { is: 'flag', name: flag }
    const not = word.startsWith('UN') ? flagNames.get(word.slice(2)) : undefined
    if (not) return { is: 'not', key: { is: 'flag', name: not } }
    switch (word) {
      case 'ALL':
      case 'SAVEDATESUPPORTED':
        return { is: 'all' }
      // RFC 3501 §6.4.4; RFC 9051 has no such mark any more.
      case 'NEW':
        return { is: 'and', keys: [{ is: 'recent' }, unseen] }
      case 'RECENT':
        return { is: 'recent' }
      case 'OLD':
        return { is: 'not', key: { is: 'recent' } }
    }
    return undefined
  }

  #compound(word: string): SearchKey | undefined {
    switch (word) {
      case 'NOT':
        return { is: 'not', key: this.#next() }
      case 'OR':
        return { is: 'or', keys: [this.#next(), this.#next()] }
      // RFC 6203 §4: how fuzzy is the server's to say. Everything is found as it is written.
      case 'FUZZY':
        return this.#next()
      case 'FILTER':
        this.#cursor.space()
        return this.#filter(this.#cursor.atom('a filter'))
    }
    return undefined
  }

  /** RFC 5466 §3.1: what the filter says, as one key. */
  #filter(said: string): SearchKey {
    if (!/^(?:utf-8|us-ascii)$/i.test(this.#charset)) throw new FilterCharset(this.#charset)
    if (this.#filters === 'any') return { is: 'all' }
    const name = said.toLowerCase()
    const value = this.#filters.get(name)
    if (value === undefined || this.#within.includes(name)) throw new UndefinedFilter(said)
    const [cursor, charset] = [this.#cursor, this.#charset]
    this.#within.push(name)
    this.#cursor = Cursor.over(value, { utf8: true })
    this.#charset = 'UTF-8'
    try {
      const key = this.all()
      this.#cursor.end()
      return key
    } catch (error) {
      throw error instanceof Syntax ? new UndefinedFilter(said) : error
    } finally {
      this.#within.pop()
      this.#cursor = cursor
      this.#charset = charset
    }
  }

  #next(): SearchKey {
    this.#cursor.space()
    return this.#key()
  }

  #valued(word: string): SearchKey | undefined {
    const date = dates.exec(word)
    if (date) return this.#days(date[1], date[2]!)
    if (texts.has(word))
      return { is: 'text', in: word.toLowerCase() as TextPlace, text: this.#text() }
    switch (word) {
      case 'HEADER':
        return { is: 'header', name: this.#text().toLowerCase(), text: this.#text() }
      case 'KEYWORD':
        return { is: 'flag', name: this.#flag() }
      case 'UNKEYWORD':
        return { is: 'not', key: { is: 'flag', name: this.#flag() } }
      case 'LARGER':
        return { is: 'size', above: this.#number(), below: infinite }
      case 'SMALLER':
        return { is: 'size', above: -1, below: this.#number() }
      case 'UID':
        this.#cursor.space()
        return { is: 'set', set: this.#cursor.sequenceSet(), byUid: true }
      // RFC 9738 §3.2
      case 'UIDAFTER':
        return { is: 'uids', from: this.#uid() + 1, to: infinite }
      case 'UIDBEFORE':
        return { is: 'uids', from: 1, to: this.#uid() - 1 }
      case 'YOUNGER':
        return { is: 'younger', seconds: this.#interval() }
      case 'OLDER':
        return { is: 'not', key: { is: 'younger', seconds: this.#interval() } }
      case 'MODSEQ':
        return this.#modseq()
      case 'EMAILID':
      case 'THREADID':
        this.#cursor.space()
        return { is: word === 'EMAILID' ? 'email' : 'thread', id: this.#cursor.astring('an id') }
    }
    return undefined
  }

  #days(prefix: string | undefined, word: string): SearchKey {
    this.#cursor.space()
    const day = this.#cursor.date()
    const of = prefix === 'SENT' ? 'sent' : prefix === 'SAVED' ? 'saved' : 'received'
    if (word === 'BEFORE') return { is: 'days', of, from: -infinite, before: day }
    return { is: 'days', of, from: day, before: word === 'ON' ? day + dayMs : infinite }
  }

  /** RFC 7162 §3.1.5: the flag whose modseq is meant is not told apart. */
  #modseq(): SearchKey {
    const cursor = this.#cursor
    cursor.space()
    if (cursor.next === '"') {
      cursor.string()
      cursor.space()
      if (!/^(?:priv|shared|all)$/i.test(cursor.atom())) throw new Syntax('Expected priv or all')
      cursor.space()
    }
    return { is: 'modseq', least: cursor.number64() }
  }

  #flag(): string {
    this.#cursor.space()
    return this.#cursor.atom('a keyword')
  }

  #uid(): number {
    this.#cursor.space()
    return this.#cursor.nzNumber('a UID')
  }

  #number(): number {
    this.#cursor.space()
    return this.#cursor.number64('a size')
  }

  #interval(): number {
    this.#cursor.space()
    return this.#cursor.nzNumber('seconds')
  }

  #text(): string {
    this.#cursor.space()
    const bytes = this.#cursor.astringBytes()
    return decodeCharset(bytes, this.#charset) ?? ''
  }
}
