// The engine on PostgreSQL: reading jobs share two connections, writing jobs two others. Several
// processes may run on one database. Knows no mail.
import type { Log } from '../base/log.ts'
import { Refused } from '../base/refused.ts'
import type { Engine, Migration } from './engine.ts'
import { PostgresLane } from './postgres-lane.ts'
import { migratePostgres } from './postgres-migrate.ts'
import { PostgresReader } from './postgres-reader.ts'
import { PostgresWriter, type WriterCounts } from './postgres-writer.ts'
import type { Job } from './sql.ts'

export interface PostgresOptions {
  /** "postgres://user:password@host/database" */
  readonly url: string
  readonly migrations: readonly Migration[]
  readonly log: Log
  /** How many writing jobs, and bytes of their arguments, may wait before `Refused('busy')`. */
  readonly waitingJobsMax?: number
  readonly waitingBytesMax?: number
}

const statementTimeoutMs = 60_000
/**
 * Two processes that lock rows in different orders wait for each other: the one that waited so
 * long lets go of all it has. The server itself would notice only after a second.
 */
const lockTimeoutMs = 100

/**
 * Migrates the database and opens it.
 * @throws Error when the schema is newer than the program, or commits would not be durable.
 */
export async function openPostgres(options: PostgresOptions): Promise<PostgresEngine> {
  await migratePostgres(options.url, options.migrations, options.log)
  return new PostgresEngine(options)
}

export class PostgresEngine implements Engine {
  readonly #lanes: readonly PostgresLane[]
  readonly #reader: PostgresReader
  readonly #rows: PostgresWriter
  readonly #bytes: PostgresWriter
  #closed = false

  constructor(options: PostgresOptions) {
    const { url } = options
    const lane = (name: string, lockTimeoutMs = 0) =>
      new PostgresLane({ url, name: `amplop ${name}`, lockTimeoutMs, statementTimeoutMs })
    const reads = [lane('read'), lane('read')]
    const writes = [lane('write', lockTimeoutMs), lane('write', lockTimeoutMs)]
    const bytes = [lane('bytes', lockTimeoutMs), lane('bytes', lockTimeoutMs)]
    this.#lanes = [...reads, ...writes, ...bytes]
    this.#reader = new PostgresReader(reads)
    this.#rows = new PostgresWriter(writes, options)
    this.#bytes = new PostgresWriter(bytes, options)
  }

  get counts(): WriterCounts {
    return this.#rows.counts
  }

  run<A, R>(job: Job<A, R>, args: A): Promise<R> {
    if (this.#closed) return Promise.reject(new Refused('unavailable', 'the database is closed'))
    return job.writes ? this.#rows.run(job, args) : this.#reader.run(job, args)
  }

  /** Writes what is heavy, and locks nothing, beside the jobs that lock rows. */
  runBeside<A, R>(job: Job<A, R>, args: A): Promise<R> {
    if (this.#closed) return Promise.reject(new Refused('unavailable', 'the database is closed'))
    return this.#bytes.run(job, args)
  }

  /** Of the newest write: a full disk, or a server that does not answer, may be past by now. */
  health(): 'ok' | 'no-space' | 'unavailable' {
    return this.#rows.health
  }

  /** Waits for every write that was asked for. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#rows.drained(), this.#bytes.drained()])
    await Promise.all(this.#lanes.map((lane) => lane.close()))
  }
}
