// The index of mail in a PostgreSQL database, beside the mail itself, for all processes on it. The
// words are made here and not by the server's parsers, so that both engines find the same.
import type { Engine } from '../../store/engine.ts'
import { all, one, reading, run, sql, writing } from '../../store/sql.ts'
import type { Batch, Document, Hit, Phrase, Position } from '../../store/text-index.ts'
import { wordsOf } from '../../store/text-index.ts'
import { IndexClient } from './index-client.ts'
import { hitsMax, type RawBatch } from './index-questions.ts'
import type { MailIndex } from './mail-index.ts'

/** What is made anew where it is missing, and need not be copied. */
export const searchTables = ['search_positions', 'search_documents', 'search_vocabulary'] as const

// What can be made anew is no part of the schema. "gin" finds a message by any of its words; the
// account is one of them.
const open = writing('mailbox.search.open', function* () {
  for (const text of [
    `create table if not exists search_positions (
      owner text collate "C" primary key, up_to bigint not null, cursor text not null)`,
    `create table if not exists search_documents (
      owner text collate "C" not null, id text collate "C" not null, number bigint not null,
      words tsvector not null, primary key (owner, id))`,
    `create table if not exists search_vocabulary (word text collate "C" primary key)`,
    'create index if not exists search_words on search_documents using gin (words)',
  ])
    yield* run({ text, values: [] })
})

const put = writing('mailbox.search.put', function* ({ position, added, removed }: Batch) {
  const { owner, upTo, cursor } = position
  for (const { id, number, columns } of added)
    yield* run(sql`
      insert into search_documents (owner, id, number, words)
      values (${owner}, ${id}, ${number}, ${vectorOf(owner, columns)}::tsvector)
      on conflict do nothing`)
  // In one order, so that two who add the same words do not wait for each other.
  for (const word of newWords(added).sort())
    yield* run(sql`insert into search_vocabulary (word) values (${word}) on conflict do nothing`)
  for (const id of removed)
    yield* run(sql`delete from search_documents where owner = ${owner} and id = ${id}`)
  yield* run(sql`
    insert into search_positions (owner, up_to, cursor) values (${owner}, ${upTo}, ${cursor})
    on conflict (owner) do update set up_to = excluded.up_to, cursor = excluded.cursor`)
})

const drop = writing('mailbox.search.drop', function* (owner: string) {
  yield* run(sql`delete from search_documents where owner = ${owner}`)
  yield* run(sql`delete from search_positions where owner = ${owner}`)
})

const position = reading('mailbox.search.position', function* (owner: string) {
  return yield* one<Position>(sql`
    select owner, up_to as "upTo", cursor from search_positions where owner = ${owner}`)
})

const positions = reading(
  'mailbox.search.positions',
  function* ({ after, limit }: { after: string; limit: number }) {
    return yield* all<Position>(sql`
      select owner, up_to as "upTo", cursor from search_positions
      where owner > ${after} order by owner limit ${limit}`)
  },
)

const known = reading(
  'mailbox.search.known',
  function* ({ owner, ids }: { owner: string; ids: readonly string[] }) {
    // The ids have no commas.
    return yield* all<{ id: string }>(sql`
      select id from search_documents
      where owner = ${owner} and id = any(string_to_array(${ids.join(',')}, ','))`)
  },
)

const openings = reading('mailbox.search.openings', function* (pattern: string) {
  return yield* all<{ word: string }>(sql`
    select word from search_vocabulary where word like ${pattern} limit ${openingsMax + 1}`)
})

const find = reading(
  'mailbox.search.find',
  function* (order: { query: string; owner: string; after: string }) {
    return yield* all<Hit>(sql`
      select id, number from search_documents
      where words @@ ${order.query}::tsquery and owner = ${order.owner} and id > ${order.after}
      order by id limit ${hitsMax}`)
  },
)

export class PostgresIndex implements MailIndex {
  readonly #engine: Engine
  readonly #thread = new IndexClient({ file: '', patient: true })

  private constructor(engine: Engine) {
    this.#engine = engine
  }

  static async open(engine: Engine): Promise<PostgresIndex> {
    // Two processes that make the same table at the same time: one of them is told so.
    await engine.run(open, undefined).catch(() => engine.run(open, undefined))
    return new PostgresIndex(engine)
  }

  async put({ position, added, removed }: RawBatch): Promise<void> {
    const documents: readonly Document[] = await this.#thread.ask('documents', added)
    await this.#engine.run(put, { position, added: documents, removed })
  }

  async drop(account: string): Promise<void> {
    await this.#engine.run(drop, account)
  }

  position(account: string): Promise<Position | undefined> {
    return this.#engine.run(position, account)
  }

  positions(after: string, limit: number): Promise<readonly Position[]> {
    return this.#engine.run(positions, { after, limit })
  }

  async known(account: string, emails: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#engine.run(known, { owner: account, ids: emails })
    return new Set(rows.map(({ id }) => id))
  }

  async *find(account: string, phrase: Phrase): AsyncGenerator<readonly Hit[]> {
    const [first = '', ...others] = phrase.words
    const cut = first.slice(0, wordMaxChars)
    const begin = await this.#engine.run(openings, others.length > 0 ? `%${cut}` : `%${cut}%`)
    const query = queryOf(account, phrase, begin)
    for (let after = ''; ; ) {
      const hits = await this.#engine.run(find, { query, owner: account, after })
      const last = hits.at(-1)
      if (!last) return
      yield hits
      if (hits.length < hitsMax) return
      after = last.id
    }
  }

  close(): Promise<void> {
    return this.#thread.close()
  }
}

/** The letters that PostgreSQL marks words with, by column. */
const weights = 'ABCD'
/** Longer words cannot be indexed; what is asked for is cut the same way. */
const wordMaxChars = 100
/** Below what a value of this type can hold. */
const vectorMaxBytes = 900_000
/** More words than this are not asked for one by one. */
const openingsMax = 2_000

/** https://www.postgresql.org/docs/current/datatype-textsearch.html: 'word':1A,2D. */
function vectorOf(owner: string, columns: readonly string[]): string {
  const marks = new Map<string, string>()
  let bytes = 0
  for (const [n, text] of columns.entries())
    for (const word of wordsOf(text)) {
      const cut = word.slice(0, wordMaxChars)
      const had = marks.get(cut)
      const mark = `${n + 1}${weights[n]}`
      if (had === undefined) bytes += Buffer.byteLength(cut) + 8
      if (bytes > vectorMaxBytes) break
      if (!had?.includes(mark)) marks.set(cut, had === undefined ? mark : `${had},${mark}`)
    }
  const lexemes = [...marks].map(([word, mark]) => `'${word}':${mark}`)
  return [accountWord(owner), ...lexemes].join(' ')
}

/** What the first word may be, all others in one of the columns, the last perhaps only begun. */
function queryOf(
  owner: string,
  { words, columns }: Phrase,
  first: readonly { readonly word: string }[],
): string {
  const marks = columns.map((n) => weights[n]).join('')
  const wanted = words.slice(1).map((word, n) => {
    const cut = word.slice(0, wordMaxChars)
    const begun = n === words.length - 2 || cut.length < word.length
    return `'${cut}':${begun ? '*' : ''}${marks}`
  })
  // A first word that may be almost any narrows nothing down.
  if (first.length <= openingsMax) {
    const some = first.length === 0 ? [{ word: '=' }] : first
    wanted.push(`(${some.map(({ word }) => `'${word}':${marks}`).join(' | ')})`)
  }
  return [accountWord(owner), ...wanted].join(' & ')
}

function newWords(added: readonly Document[]): string[] {
  const words = new Set<string>()
  for (const { columns } of added)
    for (const text of columns)
      for (const word of wordsOf(text)) words.add(word.slice(0, wordMaxChars))
  return [...words]
}

/** A word that no text has. */
function accountWord(owner: string): string {
  return `'=${Buffer.from(owner).toString('hex')}'`
}
