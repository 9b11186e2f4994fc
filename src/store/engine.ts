// The port to a database. An engine runs jobs; it knows no mail.
import type { Job } from './sql.ts'

export interface Engine {
  /**
   * Runs a job. A reading job sees what was committed before it began and waits for no writer.
   * A writing job is atomic, and is on disk when the promise resolves. It may be run again before
   * that, so it does nothing but yield statements; its arguments stay as they are until then.
   * Rejects with the job's own `Refused`, with `Refused('no-space')` on a full disk, with
   * `Refused('storage-failed')` when the disk or database fails: nothing was changed then. With
   * `Refused('unavailable')` when the database cannot be reached: it may have been changed.
   */
  run<A, R>(job: Job<A, R>, args: A): Promise<R>
  close(): Promise<void>
}

/** A numbered step of the schema; a step runs once, in a transaction, in order of its name. */
export interface Migration {
  /** "0001-accounts": four digits, the room. */
  readonly name: string
  /**
   * Statements in the common subset of SQLite and PostgreSQL, with {id} {bytes} {int} as types, and
   * {clustered} behind a table of small rows that is only met by its key: no second tree for it.
   */
  readonly statements: readonly string[]
}
