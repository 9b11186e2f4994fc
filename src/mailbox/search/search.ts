// Searches. What the index does not hold yet is looked at itself, so that no answer waits for the
// index, and none is wrong for want of it.
//
// - Header fields of one mailbox: exact, any part of the text, from what is kept of each message.
// - Text and body, and header fields of an account: exact but for case and white space, from the
//   beginning of a word on ("voic" and "voice mail" find "voice mailbox", "oice" does not).
//   Scripts without blanks are found from any character on. A text without a letter or digit is
//   looked for in every message.
// What can be found is what haystack.ts says; other header fields are not searched.
import type { Digest } from '../../message/digest.ts'
import type { Blobs } from '../../store/blobs.ts'
import type { Engine } from '../../store/engine.ts'
import { wordsOf } from '../../store/text-index.ts'
import { cutMark, fold, type HeadField, headOf } from '../facts.ts'
import type { Place } from '../messages.ts'
import { beginning, column, flat, haystackOf } from './haystack.ts'
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

const headsRows = 2_000
const partMax = 50
const locatedMax = 1_000
/** Beyond these an index is asked for less than was said, and what it finds is verified. */
const wordsMax = 20
const sureMaxChars = 100
const patternMaxChars = 500

const columnsOf: Readonly<Record<TextQuery['in'], readonly number[]>> = {
  text: [column.from, column.to, column.subject, column.body],
  body: [column.body],
  from: [column.from],
  to: [column.to],
  cc: [column.to],
  bcc: [column.to],
  subject: [column.subject],
  // Not indexed: every message is looked at.
  'message-id': [],
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
    if (query.in !== 'text' && query.in !== 'body')
      return this.#byHeads(place, query.in, query.text)
    const uids = new Set<number>()
    for await (const part of this.#candidates(place.account, query)) {
      const there = await this.#located(place.account, part)
      const here = there.filter(({ mailbox }) => mailbox === place.mailbox)
      const wanted = new Set(here.map(({ email }) => email))
      const fitting = await this.#fitting(
        place.account,
        part.filter(({ email }) => wanted.has(email)),
        query,
      )
      for (const { email, uid } of here) if (fitting.has(email)) uids.add(uid)
    }
    return [...uids].sort((a, b) => a - b)
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

  async #byHeads(place: Place, field: HeadField, text: string): Promise<readonly number[]> {
    const needle = fold(text)
    const pattern = `%${needle.slice(0, patternMaxChars).replace(/[\\%_]/g, '\\$&')}%`
    const uids: number[] = []
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
      for (const { uid, digest } of found) {
        const { envelope } = JSON.parse(digest) as Digest
        if (fold(headOf(envelope, field)).includes(needle)) uids.push(uid)
      }
      after = last
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
    // A single word is in the text when the index says so.
    const field = query.in === 'to' || query.in === 'cc' || query.in === 'bcc'
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
      for (const { email, digest, blob } of stored) {
        const known = JSON.parse(digest) as Digest
        const bytes = await this.#bytesFor(query, blob)
        if (fits(query, known, bytes)) fitting.add(email)
      }
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

function fits({ in: where, text }: TextQuery, digest: Digest, bytes: Buffer): boolean {
  const needle = flat(text)
  if (where !== 'text' && where !== 'body')
    return flat(headOf(digest.envelope, where)).includes(needle)
  const haystack = haystackOf(digest, bytes)
  return columnsOf[where].some((n) => haystack[n]?.includes(needle))
}
