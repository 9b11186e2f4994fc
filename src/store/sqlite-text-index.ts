// The text index on SQLite: FTS5 in a file of its own, so that indexing never holds up the
// database. It is not synced at each commit: what a crash takes is indexed again. Its calls take
// milliseconds, so it belongs on a thread.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Batch, Document, Hit, Phrase, Position } from './text-index.ts'

const formatVersion = 1
const droppedMax = 200
/** Words of one commit are gathered in memory up to this. */
const hashBytes = 16 * 1024 * 1024

export class SqliteTextIndex {
  readonly #database: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()
  readonly #columns: readonly string[]

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
    // Not one of the statements that are kept: several searches may be under way.
    const rows = this.#database.prepare(`
      select d.id, d.number from words w join documents d on d.document = w.rowid
      where words match ?`)
    for (const { id, number } of rows.iterate(this.#match(owner, phrase)))
      yield { id: String(id), number: Number(number) }
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
    const names = this.#columns.join(', ')
    const marks = ', ?'.repeat(this.#columns.length)
    this.#statement(`insert into words (rowid, owner, ${names}) values (?, ?${marks})`).run(
      Number(row.document),
      wordFor(owner),
      ...columns,
    )
  }

  #remove(owner: string, id: string): void {
    const row = this.#statement(
      'delete from documents where owner = ? and id = ? returning document',
    ).get(owner, id)
    if (row) this.#statement('delete from words where rowid = ?').run(Number(row.document))
  }

  /** https://sqlite.org/fts5.html#full_text_query_syntax: quoted, words have no quotes in them. */
  #match(owner: string, { words, columns }: Phrase): string {
    const names = columns.map((n) => this.#columns[n]).join(' ')
    const wanted = words.map((word) => `"${word}"`).join(' AND ')
    return `{owner} : "${wordFor(owner)}" AND {${names}} : (${wanted} *)`
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
      throw error
    }
  }
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
