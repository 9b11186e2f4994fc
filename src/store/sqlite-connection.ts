// One connection to an SQLite file: its settings, its prepared statements, its errors in our words.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { Refused } from '../base/refused.ts'
import type { Row, Statement } from './sql.ts'

/** The types of migrations, as SQLite calls them. */
export const sqliteTypes = {
  id: 'TEXT',
  bytes: 'BLOB',
  int: 'INTEGER',
  clustered: 'WITHOUT ROWID',
} as const

const statementsMax = 512

/** A prepared statement, and whether it can change anything. */
export interface Prepared {
  readonly statement: StatementSync
  readonly writes: boolean
}

export class SqliteConnection {
  readonly database: DatabaseSync
  readonly #prepared = new Map<string, Prepared>()
  /** The first failure of disk or memory in this transaction: it must not commit. */
  failure: Refused | undefined

  constructor(database: DatabaseSync) {
    this.database = database
  }

  static reader(file: string): SqliteConnection {
    const database = new DatabaseSync(file, { readOnly: true, timeout: busyMs })
    database.exec('pragma cache_size = -32000; pragma temp_store = memory')
    return new SqliteConnection(database)
  }

  /** @throws Error when the file cannot be made durable: nothing may be accepted then. */
  static writer(file: string): SqliteConnection {
    const database = new DatabaseSync(file, { timeout: busyMs, enableForeignKeyConstraints: true })
    try {
      database.exec(writerPragmas)
      assertDurable(database)
    } catch (error) {
      database.close()
      throw error
    }
    return new SqliteConnection(database)
  }

  prepare(text: string, arrays = false): Prepared {
    const key = arrays ? `[] ${text}` : text
    const known = this.#prepared.get(key)
    if (known) return known
    const statement = this.database.prepare(text)
    if (arrays) statement.setReturnArrays(true)
    const prepared = {
      statement,
      writes: !/^\s*select\b/i.test(text),
    }
    if (this.#prepared.size >= statementsMax) this.#forgetOldest()
    this.#prepared.set(key, prepared)
    return prepared
  }

  /** The rows of a statement. A failure of disk or memory is remembered and thrown as `Refused`. */
  ask(statement: Statement): readonly Row[] {
    try {
      const { text, values, arrays } = statement
      return this.prepare(text, arrays).statement.all(...values) as readonly Row[]
    } catch (error) {
      throw this.judged(error)
    }
  }

  /** The error as it leaves the store: `Refused` where disk or database failed, else itself. */
  judged(error: unknown): unknown {
    const refused = refusedBySqlite(error)
    if (refused) this.failure ??= refused
    return refused ?? error
  }

  close(): void {
    this.#prepared.clear()
    if (this.database.isOpen) this.database.close()
  }

  #forgetOldest(): void {
    for (const text of this.#prepared.keys()) {
      this.#prepared.delete(text)
      return
    }
  }
}

const busyMs = 5_000

// No memory map: an input/output error would then be a signal that kills the process. Temporary
// data in memory, or savepoints spill into files. The two fullfsync settings matter on macOS only.
const writerPragmas = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma fullfsync = on;
  pragma checkpoint_fullfsync = on;
  pragma wal_autocheckpoint = 4000;
  pragma journal_size_limit = 33554432;
  pragma cache_size = -64000;
  pragma temp_store = memory;
  pragma mmap_size = 0`

/** @throws Error unless a commit on this connection is on disk when it returns. */
export function assertDurable(database: DatabaseSync): void {
  const mode = database.prepare('pragma journal_mode').get()?.journal_mode
  if (mode !== 'wal') throw new Error(`the database's journal_mode is ${mode}, not wal`)
  const synchronous = Number(database.prepare('pragma synchronous').get()?.synchronous)
  if (!(synchronous >= 2))
    throw new Error(`the database's synchronous is ${synchronous}, below 2 (full)`)
}

// https://sqlite.org/rescode.html: which results tell of the disk or the machine, not of the job.
const failed = new Map([
  [5, 'busy'],
  [6, 'locked'],
  [7, 'out of memory'],
  [8, 'read-only'],
  [10, 'input/output error'],
  [11, 'corrupt'],
  [14, 'cannot open'],
  [15, 'locking protocol'],
  [26, 'not a database'],
])
const fullDisk = 13

function refusedBySqlite(error: unknown): Refused | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  const result = Number(error.errcode)
  if ((result & 0xff) === fullDisk) return new Refused('no-space', `SQLite: ${error.message}`)
  const what = failed.get(result & 0xff)
  if (what === undefined) return undefined
  return new Refused('storage-failed', `SQLite ${result} (${what}): ${error.message}`)
}
