// The text index on SQLite: FTS5 in a file of its own, so that indexing never holds up the
// database. It is not synced at each commit: what a crash takes is indexed again. Its calls take
// milliseconds, so it belongs on a thread.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import {
  type Batch,
  type Document,
  type Hit,
  type Phrase,
  type Position,
  wordsOf,
} from './text-index.ts'
import { Vocabulary } from './vocabulary.ts'

const formatVersion = 2
const droppedMax = 200
/** Words of one commit are gathered in memory up to this. */
const hashBytes = 16 * 1024 * 1024
/** Words that are known to be in the vocabulary. */
const knownMax = 200_000
/** So many words are asked for in one statement. */
const askedMax = 200
/** A first word that could be so many others narrows nothing down. */
const openingsMax = 400

export class SqliteTextIndex {
  readonly #database: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()
  readonly #columns: readonly string[]
  readonly #vocabulary = new Vocabulary()
  #known = new Set<string>()

  /** Opens the file, and makes it anew when it is not what this version writes. */
  constructor(file: string, columns: number) {
    this.#columns = Array.from({ length: columns }, (_, n) => `c${n}`)
    this.#database = new DatabaseSync(file, { timeout: 5_000 })
    this.#database.exec(pragmas)
    const version = Number(this.#database.prepare('pragma user_version').get()?.user_version)
    if (version !== formatVersion) this.#make()
  }

  put({ position, added, removed }: Batch): void {
    const { owner, upTo, cursor } = position
    this.#atomically(() => {
      for (const document of added) this.#add(owner, document)
      for (const id of removed) this.#remove(owner, id)
      this.#statement(`
        insert into positions (owner, up_to, cursor) values (?, ?, ?)
        on conflict (owner) do update set up_to = excluded.up_to, cursor = excluded.cursor`).run(
        owner,
        upTo,
        cursor,
      )
    })
  }

  /** Removes a part of what the owner has; true when nothing is left. */
  drop(owner: string): boolean {
    const rows = this.#statement('select id from documents where owner = ? limit ?').all(
      owner,
      droppedMax,
    )
    this.#atomically(() => {
      for (const { id } of rows) this.#remove(owner, String(id))
      if (rows.length === 0) this.#statement('delete from positions where owner = ?').run(owner)
    })
    return rows.length === 0
  }

  position(owner: string): Position | undefined {
    const row = this.#statement('select up_to, cursor from positions where owner = ?').get(owner)
    return row && { owner, upTo: Number(row.up_to), cursor: String(row.cursor) }
  }

  positions(after: string, limit: number): Position[] {
    const rows = this.#statement(
      'select owner, up_to, cursor from positions where owner > ? order by owner limit ?',
    ).all(after, limit)
    return rows.map(({ owner, up_to, cursor }) => ({
      owner: String(owner),
      upTo: Number(up_to),
      cursor: String(cursor),
    }))
  }

  known(owner: string, ids: readonly string[]): string[] {
    const one = this.#statement('select id from documents where owner = ? and id = ?')
    return ids.filter((id) => one.get(owner, id))
  }

  *find(owner: string, phrase: Phrase): Generator<Hit> {
    this.#readVocabulary()
    const [first = '', ...others] = phrase.words
    if (others.length > 0) {
      yield* this.#ask(owner, phrase, [...this.#opening(first), phraseOf(others)])
      return
    }
    // One word may be any that has it within.
    const told = new Set<string>()
    let words: string[] = []
    for (const word of this.#vocabulary.holding(first, false)) {
      words.push(`"${word}"`)
      if (words.length < askedMax) continue
      yield* this.#fresh(told, this.#ask(owner, phrase, [words.join(' OR ')]))
      words = []
    }
    if (words.length > 0) yield* this.#fresh(told, this.#ask(owner, phrase, [words.join(' OR ')]))
  }

  *#fresh(told: Set<string>, hits: Iterable<Hit>): Generator<Hit> {
    for (const hit of hits) {
      if (told.has(hit.id)) continue
      told.add(hit.id)
      yield hit
    }
  }

  /** What a word may be of which only the end is known; nothing where it may be almost any. */
  #opening(word: string): string[] {
    const words: string[] = []
    for (const each of this.#vocabulary.holding(word, true)) {
      if (words.length === openingsMax) return []
      words.push(`"${each}"`)
    }
    // No word ends like this: nothing is found.
    return [words.length === 0 ? `"${word}"` : words.join(' OR ')]
  }

  /** https://www.sqlite.org/fts5.html#full_text_query_syntax: words in quotes have none in them. */
  *#ask(owner: string, { columns }: Phrase, wanted: readonly string[]): Generator<Hit> {
    // Not one of the statements that are kept: several searches may be under way.
    const rows = this.#database.prepare(`
      select d.id, d.number from words w join documents d on d.document = w.rowid
      where words match ?`)
    const names = columns.map((n) => this.#columns[n]).join(' ')
    const all = wanted.map((some) => ` AND {${names}} : (${some})`).join('')
    for (const { id, number } of rows.iterate(`{owner} : "${wordFor(owner)}"${all}`))
      yield { id: String(id), number: Number(number) }
  }

  #readVocabulary(): void {
    const words: string[] = []
    let { upTo } = this.#vocabulary
    const rows = this.#statement('select number, word from vocabulary where number > ?')
    for (const { number, word } of rows.iterate(upTo)) {
      words.push(String(word))
      upTo = Math.max(upTo, Number(number))
    }
    this.#vocabulary.add(words, upTo)
  }

  close(): void {
    this.#database.close()
  }

  // FTS5's "ascii" tokenizer takes every character beyond ASCII for a letter: what a word is says
  // text-index.ts, and no table of Unicode of FTS5's own. The owner is a column of the index, so
  // that a search does not meet others' documents. Where in a column a word stands is not kept:
  // that halves the work and the size.
  #make(): void {
    this.#database.exec(`
      begin;
      drop table if exists positions;
      drop table if exists documents;
      drop table if exists words;
      drop table if exists vocabulary;
      create table vocabulary (number integer primary key, word text not null unique);
      create table positions (
        owner text not null primary key, up_to integer not null, cursor text not null
      ) without rowid;
      create table documents (
        document integer primary key, owner text not null, id text not null, number integer not null
      );
      create unique index documents_id on documents (owner, id);
      create virtual table words using fts5 (owner, ${this.#columns.join(', ')},
        content = '', contentless_delete = 1, tokenize = 'ascii', detail = column);
      insert into words (words, rank) values ('hashsize', ${hashBytes});
      pragma user_version = ${formatVersion};
      commit`)
  }

  #add(owner: string, { id, number, columns }: Document): void {
    const row = this.#statement(`
      insert into documents (owner, id, number) values (?, ?, ?)
      on conflict do nothing returning document`).get(owner, id, number)
    if (!row) return
    for (const column of columns) this.#learn(column)
    const names = this.#columns.join(', ')
    const marks = ', ?'.repeat(this.#columns.length)
    this.#statement(`insert into words (rowid, owner, ${names}) values (?, ?${marks})`).run(
      Number(row.document),
      wordFor(owner),
      ...columns,
    )
  }

  #learn(text: string): void {
    for (const word of wordsOf(text)) {
      if (this.#known.has(word)) continue
      if (this.#known.size >= knownMax) this.#known = new Set()
      this.#statement('insert into vocabulary (word) values (?) on conflict do nothing').run(word)
      this.#known.add(word)
    }
  }

  #remove(owner: string, id: string): void {
    const row = this.#statement(
      'delete from documents where owner = ? and id = ? returning document',
    ).get(owner, id)
    if (row) this.#statement('delete from words where rowid = ?').run(Number(row.document))
  }

  #statement(text: string): StatementSync {
    let statement = this.#prepared.get(text)
    if (!statement) {
      statement = this.#database.prepare(text)
      this.#prepared.set(text, statement)
    }
    return statement
  }

  #atomically(work: () => void): void {
    this.#database.exec('begin immediate')
    try {
      work()
      this.#database.exec('commit')
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback')
      this.#known = new Set()
      throw error
    }
  }
}

/** All of the words, the last of them perhaps only begun. */
function phraseOf(words: readonly string[]): string {
  return `${words.map((word) => `"${word}"`).join(' AND ')} *`
}

/** An owner as one word. */
function wordFor(owner: string): string {
  return Buffer.from(owner).toString('hex')
}

const pragmas = `
  pragma journal_mode = wal;
  pragma synchronous = normal;
  pragma temp_store = memory;
  pragma cache_size = -32000;
  pragma journal_size_limit = 16777216`
