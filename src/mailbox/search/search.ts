// Searches. What the index does not hold yet is looked at itself, so that no answer waits for the
// index, and none is wrong for want of it. Found is what has the text in it, whatever its case and
// its blanks, as RFC 9051 §6.4.4 wants it; what of a message that is, says haystack.ts.
import type { Digest } from '../../message/digest.ts'
import type { Blobs } from '../../store/blobs.ts'
import type { Engine } from '../../store/engine.ts'
import { wordsOf } from '../../store/text-index.ts'
import { cutMark, fold, type HeadField, headFields, headLine, headOf } from '../facts.ts'
import { fetchRows } from '../fetch-job.ts'
import type { Place } from '../messages.ts'
import { rangesAfter, type UidRange } from '../uid-set.ts'
import { beginning, column, flat, haystackOf } from './haystack.ts'
import { type HeaderQuery, searchHeader } from './header-search.ts'
import type { MailIndex } from './mail-index.ts'
import {
  type HeadsFound,
  type HeadsOrder,
  type Located,
  listEmails,
  locate,
  newsSince,
  type Pair,
  searchHeads,
  storedEmails,
} from './search-jobs.ts'

export interface TextQuery {
  /** "text" is everything that can be found. */
  readonly in: HeadField | 'text' | 'body'
  readonly text: string
}

export interface SearchPorts {
  readonly engine: Engine
  readonly blobs: Blobs
  readonly index: MailIndex
}

const headsRows = 5_000
const digestRows = 500
const partMax = 10
/** More candidates than this take longer than looking at what is kept of every message. */
const fewMax = 500
const locatedMax = 1_000
/** Beyond these an index is asked for less than was said, and what it finds is verified. */
const wordsMax = 20
const sureMaxChars = 100
const patternMaxChars = 500

const columnsOf: Readonly<Record<TextQuery['in'], readonly number[]>> = {
  text: [column.from, column.to, column.header, column.body],
  body: [column.body],
  from: [column.from],
  to: [column.to],
  cc: [column.to],
  bcc: [column.to],
  subject: [column.header],
  // Not indexed: every message is looked at.
  'message-id': [],
}

interface Doubtful {
  readonly needle: string
  readonly doubtful: readonly UidRange[]
}

/** A message that may fit, and whether that is to be verified. */
interface Candidate extends Pair {
  readonly sure: boolean
}

export class Search {
  readonly #ports: SearchPorts

  constructor(ports: SearchPorts) {
    this.#ports = ports
  }

  /** UIDs of the messages of one mailbox that hold the text, in their order. */
  async uids(place: Place, query: TextQuery): Promise<readonly number[]> {
    const few = await this.#few(place.account, query)
    if (!few) return this.#byHeads(place, query.in as HeadField, query.text)
    const fitting = await this.#fitting(place.account, few, query)
    const pairs = few.filter(({ email }) => fitting.has(email))
    const there = await this.#located(place.account, pairs)
    const uids = there.filter(({ mailbox }) => mailbox === place.mailbox).map(({ uid }) => uid)
    return [...new Set(uids)].sort(ascending)
  }

  /** Emails of an account that hold the text, of those that are to be looked at. */
  async emails(
    account: string,
    query: TextQuery,
    among: (email: string) => boolean,
  ): Promise<ReadonlySet<string>> {
    const found = new Set<string>()
    for await (const part of this.#candidates(account, query)) {
      const wanted = part.filter(({ email }) => !found.has(email) && among(email))
      for (const email of await this.#fitting(account, wanted, query)) found.add(email)
    }
    return found
  }

  /** UIDs of those messages that have a header field of that name (in lower case) with the text. */
  async withHeader(
    place: Place,
    query: HeaderQuery,
    among: (uid: number) => boolean,
  ): Promise<readonly number[]> {
    const { name, text } = query
    const head = headFields.find((field) => field === name)
    if (head && text !== '') return this.uids(place, { in: head, text })
    return searchHeader({ place, query, among }, this.#ports)
  }

  /** Messages of the whole account that hold the text, in slices as they are found. */
  async *everywhere(account: string, query: TextQuery): AsyncGenerator<readonly Located[]> {
    const told = new Set<string>()
    for await (const part of this.#candidates(account, query)) {
      const fitting = await this.#fitting(account, part, query)
      const pairs = part.filter(({ email }) => fitting.has(email) && !told.has(email))
      for (const { email } of pairs) told.add(email)
      if (pairs.length > 0) yield await this.#located(account, pairs)
    }
  }

  /** Candidates; of a header field only where it pays to look at them one by one. */
  async #few(account: string, query: TextQuery): Promise<readonly Candidate[] | undefined> {
    const head = query.in !== 'text' && query.in !== 'body'
    const wordless = wordsOf(flat(query.text)).length === 0
    if (head && (columnsOf[query.in].length === 0 || wordless)) return undefined
    const few = new Map<string, Candidate>()
    for await (const part of this.#candidates(account, query)) {
      for (const candidate of part) few.set(candidate.email, candidate)
      if (head && few.size > fewMax) return undefined
    }
    return [...few.values()]
  }

  async #byHeads(place: Place, field: HeadField, text: string): Promise<readonly number[]> {
    const needle = fold(text)
    const pattern = `%${needle.slice(0, patternMaxChars).replace(/[\\%_]/g, '\\$&')}%`
    const uids: number[] = []
    const doubtful: UidRange[] = []
    let after: number | null = 0
    while (after !== null) {
      const order: HeadsOrder = {
        ...place,
        after,
        limit: headsRows,
        pattern,
        cutPattern: `%${cutMark}`,
      }
      const { found, last }: HeadsFound = await this.#ports.engine.run(searchHeads, order)
      for (const { uid, heads } of found) {
        const line = headLine(heads, field)
        if (line === undefined) doubtful.push([uid, uid])
        else if (line.includes(needle)) uids.push(uid)
      }
      after = last
    }
    if (doubtful.length === 0) return uids
    return [...uids, ...(await this.#byDigest(place, field, { needle, doubtful }))].sort(ascending)
  }

  /** Of messages whose heads do not tell. */
  async #byDigest(place: Place, field: HeadField, { needle, doubtful }: Doubtful) {
    const uids: number[] = []
    for (let left = doubtful; left.length > 0; ) {
      const order = { ...place, uids: left, columns: ['uid', 'digest'] as const, limit: digestRows }
      const rows = await this.#ports.engine.run(fetchRows, order)
      for (const [uid, digest] of rows as unknown as readonly (readonly [number, string])[]) {
        const { envelope } = JSON.parse(digest) as Digest
        if (fold(headOf(envelope, field)).includes(needle)) uids.push(uid)
      }
      if (rows.length < digestRows) break
      left = rangesAfter(left, rows.at(-1)?.[0] as number)
    }
    return uids
  }

  /**
   * What may fit, in slices: what is not indexed yet, and what the index says. In this order: what
   * is indexed meanwhile is then in both, and not in neither.
   */
  async *#candidates(account: string, query: TextQuery): AsyncGenerator<readonly Candidate[]> {
    const needle = flat(query.text)
    const words = wordsOf(needle).slice(0, wordsMax)
    const columns = columnsOf[query.in]
    if (words.length === 0 || columns.length === 0) {
      yield* this.#everything(account, '')
      return
    }
    yield* this.#notIndexed(account)
    // A single word is in the text when the index says so, where a column is of one field only.
    const field = query.in !== 'text' && query.in !== 'body' && query.in !== 'from'
    const sure = words[0] === needle && needle.length <= sureMaxChars && !field
    for await (const hits of this.#ports.index.find(account, { words, columns }))
      yield hits.map(({ id, number }) => ({ email: id, thread: number, sure }))
  }

  async *#notIndexed(account: string): AsyncGenerator<readonly Candidate[]> {
    const { engine, index } = this.#ports
    const position = await index.position(account)
    if (position?.cursor) yield* this.#everything(account, position.cursor)
    for (let upTo = position?.upTo ?? 0; ; ) {
      const news = await engine.run(newsSince, { account, upTo })
      if (!news) return yield* this.#everything(account, '')
      const known = await index.known(
        account,
        news.came.map(({ email }) => email),
      )
      const fresh = news.came.filter(({ email }) => !known.has(email))
      if (fresh.length > 0) yield fresh.map((pair) => ({ ...pair, sure: false }))
      if (!news.more) return
      upTo = news.upTo
    }
  }

  async *#everything(account: string, from: string): AsyncGenerator<readonly Candidate[]> {
    for (let after = from; ; ) {
      const page = { account, after, limit: locatedMax }
      const emails = await this.#ports.engine.run(listEmails, page)
      const last = emails.at(-1)
      if (!last) return
      yield emails.map((pair) => ({ ...pair, sure: false }))
      after = last.email
    }
  }

  async #located(account: string, pairs: readonly Pair[]): Promise<readonly Located[]> {
    const all: Located[] = []
    for (let from = 0; from < pairs.length; from += locatedMax) {
      const part = pairs.slice(from, from + locatedMax)
      all.push(...(await this.#ports.engine.run(locate, { account, pairs: part })))
    }
    return all
  }

  /** The emails among the candidates that do fit. */
  async #fitting(
    account: string,
    candidates: readonly Candidate[],
    query: TextQuery,
  ): Promise<ReadonlySet<string>> {
    const fitting = new Set(candidates.filter(({ sure }) => sure).map(({ email }) => email))
    const doubtful = candidates.filter(({ sure }) => !sure).map(({ email }) => email)
    for (let from = 0; from < doubtful.length; from += partMax) {
      const emails = doubtful.slice(from, from + partMax)
      const stored = await this.#ports.engine.run(storedEmails, { account, emails })
      const checks = stored.map(async ({ email, digest, blob }) => {
        const known = JSON.parse(digest) as Digest
        if (fits(query, known, await this.#bytesFor(query, blob))) fitting.add(email)
      })
      await Promise.all(checks)
    }
    return fitting
  }

  /** Nothing where the query is not about the body, or the bytes cannot be read. */
  async #bytesFor(
    { in: where }: TextQuery,
    blob: Parameters<typeof beginning>[1],
  ): Promise<Buffer> {
    if (where !== 'text' && where !== 'body') return Buffer.alloc(0)
    return beginning(this.#ports.blobs, blob).catch(() => Buffer.alloc(0))
  }
}

function ascending(a: number, b: number): number {
  return a - b
}

function fits({ in: where, text }: TextQuery, digest: Digest, bytes: Buffer): boolean {
  const needle = flat(text)
  if (where !== 'text' && where !== 'body')
    return flat(headOf(digest.envelope, where)).includes(needle)
  const haystack = haystackOf(digest, bytes)
  return columnsOf[where].some((n) => haystack[n]?.includes(needle))
}
