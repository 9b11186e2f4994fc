// The engine on SQLite: reading jobs run here, on a connection of their own; writing jobs go to
// the writer thread, all of one tick in one message. Knows no mail.
import { Worker } from 'node:worker_threads'
import type { Log } from '../base/log.ts'
import { Refused } from '../base/refused.ts'
import { drive } from './drive.ts'
import type { Engine, Migration } from './engine.ts'
import { migrateSqlite } from './migrate.ts'
import type { Job, Work } from './sql.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import { weightOf } from './weight.ts'
import {
  type Answer,
  errorOf,
  type FromWriter,
  type Order,
  ordersMax,
  type ToWriter,
  type WriterData,
} from './writer-messages.ts'

export interface SqliteOptions {
  /** The database's path; made, with mode 0600, when it is not there. */
  readonly file: string
  /** The module that calls `serveWriter(jobs)`. */
  readonly workerUrl: URL
  readonly migrations: readonly Migration[]
  readonly log: Log
  /** How many writing jobs, and bytes of their arguments, may wait before `Refused('busy')`. */
  readonly waitingJobsMax?: number
  readonly waitingBytesMax?: number
  /** Told when a write found the disk full. */
  readonly full?: () => void
}

/**
 * Migrates the file, starts its writer thread and opens it for reading.
 * @throws Error when the schema is newer than the program, or commits would not be durable.
 */
export async function openSqlite(options: SqliteOptions): Promise<SqliteEngine> {
  await migrateSqlite(options.file, options.migrations, options.log)
  const data: WriterData = { file: options.file }
  const worker = new Worker(options.workerUrl, { workerData: data })
  await ready(worker)
  try {
    return new SqliteEngine(worker, options)
  } catch (error) {
    await worker.terminate()
    throw error
  }
}

function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (status: number) => reject(new Error(`the writer ended at once (${status})`))
    worker.once('error', reject)
    worker.once('exit', ended)
    worker.once('message', (message: FromWriter) => {
      worker.off('error', reject)
      worker.off('exit', ended)
      if (message === 'ready') resolve()
      else if ('code' in message) reject(errorOf(message))
    })
  })
}

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  readonly weight: number
}

export class SqliteEngine implements Engine {
  readonly #worker: Worker
  readonly #reader: SqliteConnection
  readonly #log: Log
  readonly #jobsMax: number
  readonly #bytesMax: number
  readonly #waiting = new Map<number, Waiting>()
  #waitingBytes = 0
  #number = 0
  #orders: Order[] = []
  /** Why nothing can be written any more. */
  #ended: Refused | undefined
  #drained: (() => void) | undefined
  #exited: Promise<void>
  readonly #full: () => void
  #beforeWrites: () => void = () => {}

  constructor(worker: Worker, options: SqliteOptions) {
    this.#reader = SqliteConnection.reader(options.file)
    this.#worker = worker
    this.#log = options.log
    this.#full = options.full ?? (() => {})
    this.#jobsMax = options.waitingJobsMax ?? 20_000
    this.#bytesMax = options.waitingBytesMax ?? 64 * 1024 * 1024
    worker.on('message', (answers: readonly Answer[]) => this.#settle(answers))
    worker.on('error', (error) => this.#end(error as Error))
    this.#exited = new Promise((resolve) => {
      worker.on('exit', (status) => {
        this.#end(new Error(`the writer thread ended with status ${status}`))
        resolve()
      })
    })
    // Only now: each listener for messages holds up the process's end again.
    worker.unref()
  }

  run<A, R>(job: Job<A, R>, args: A): Promise<R> {
    return job.writes ? this.#write(job.name, args) : this.#read(job.work(args))
  }

  /** False once nothing can be written any more, until the process starts anew. */
  get healthy(): boolean {
    return this.#ended === undefined
  }

  /** Calls `before` each time jobs go to the writer; what it runs itself goes with them. */
  beforeWrites(before: () => void): void {
    this.#beforeWrites = before
  }

  /** Waits for every write that was asked for, then ends the writer. */
  async close(): Promise<void> {
    if (!this.#ended && this.#waiting.size > 0)
      await new Promise<void>((resolve) => {
        this.#drained = resolve
      })
    this.#reader.close()
    if (!this.#ended) {
      this.#ended = new Refused('unavailable', 'the database is closed')
      this.#worker.ref()
      this.#worker.postMessage('stop' satisfies ToWriter)
    }
    await this.#exited
  }

  async #read<R>(work: Work<R>): Promise<R> {
    // One snapshot for all statements of the job.
    const reader = this.#reader
    reader.ask(begin)
    try {
      return drive(work, (statement) => reader.ask(statement))
    } finally {
      if (reader.database.isTransaction) reader.ask(commit)
    }
  }

  #write<R>(job: string, args: unknown): Promise<R> {
    if (this.#ended) return Promise.reject(this.#ended)
    const weight = weightOf(args)
    const full = this.#waiting.size >= this.#jobsMax || this.#waitingBytes + weight > this.#bytesMax
    if (full) return Promise.reject(new Refused('busy', `${this.#waiting.size} writes wait`))
    return new Promise<R>((resolve, reject) => {
      const number = this.#number++
      // The thread holds up the process's end only while it has something to do.
      if (this.#waiting.size === 0) this.#worker.ref()
      this.#waitingBytes += weight
      this.#waiting.set(number, { resolve: resolve as (result: unknown) => void, reject, weight })
      if (this.#orders.length === 0) setImmediate(this.#post)
      this.#orders.push([number, job, args])
    })
  }

  readonly #post = (): void => {
    if (this.#orders.length === 0) return
    this.#beforeWrites()
    const orders = this.#orders
    this.#orders = []
    for (let at = 0; at < orders.length; at += ordersMax)
      this.#send(orders.length <= ordersMax ? orders : orders.slice(at, at + ordersMax))
  }

  #send(orders: readonly Order[]): void {
    try {
      this.#worker.postMessage(orders)
    } catch (error) {
      // One of them holds what cannot be cloned: only that one fails.
      if (orders.length > 1) for (const order of orders) this.#send([order])
      else if (orders[0]) this.#take(orders[0][0])?.reject(error as Error)
    }
  }

  #settle(answers: readonly Answer[]): void {
    for (const [number, result, failure] of answers) {
      const waiting = this.#take(number)
      if (failure?.code === 'no-space') this.#full()
      if (failure) waiting?.reject(errorOf(failure))
      else waiting?.resolve(result)
    }
  }

  #take(number: number): Waiting | undefined {
    const waiting = this.#waiting.get(number)
    if (!waiting) return undefined
    this.#waiting.delete(number)
    this.#waitingBytes -= waiting.weight
    if (this.#waiting.size === 0) {
      this.#worker.unref()
      this.#drained?.()
    }
    return waiting
  }

  #end(error: Error): void {
    if (this.#ended) return
    this.#log.error('store writer ended', { error: error.stack ?? error.message })
    this.#ended = new Refused('storage-failed', `no writer: ${error.message}`)
    this.#orders = []
    for (const number of [...this.#waiting.keys()]) this.#take(number)?.reject(this.#ended)
  }
}

const begin = { text: 'begin', values: [] }
const commit = { text: 'commit', values: [] }
