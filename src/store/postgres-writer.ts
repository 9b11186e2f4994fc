// Writing jobs on PostgreSQL: all that waits goes into one transaction, and is answered after its
// commit. While one transaction commits, the next is filled on a second connection.
import type { Log } from '../base/log.ts'
import { Refused } from '../base/refused.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { failing, judged } from './postgres-errors.ts'
import type { PostgresLane } from './postgres-lane.ts'
import { PostgresTransaction } from './postgres-transaction.ts'
import type { Job, Work } from './sql.ts'
import { weightOf } from './weight.ts'

export interface WriterOptions {
  readonly log: Log
  /** How many writing jobs, and bytes of their arguments, may wait before `Refused('busy')`. */
  readonly waitingJobsMax?: number
  readonly waitingBytesMax?: number
}

/** PostgreSQL keeps 64 savepoints of a transaction at hand; more would slow down who reads. */
const batchJobsMax = 60
const batchBytesMax = 4 * 1024 * 1024
/** Without savepoints; so many transactions have them after one that had to be done anew. */
const unguardedJobsMax = 500
const guardedFor = 20
/** A transaction is filled this long at most: others may wait for rows that it has locked. */
const fillMs = 25
/** A job that others were in the way of is tried again for so long. */
const retryMs = 10_000
const pauseMaxMs = 64

interface Order {
  readonly work: () => Work<unknown>
  readonly byRow: boolean
  readonly weight: number
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  tries: number
  triedFirst: number
}

interface Lane {
  readonly lane: PostgresLane
  /** When the last transaction on it is answered. */
  answered: Promise<void>
}

interface Done {
  readonly order: Order
  readonly answer: () => void
}

export interface WriterCounts {
  /** Transactions that were committed, and the jobs in them. */
  readonly commits: number
  readonly jobs: number
  /** Jobs that were done anew because others were in the way. */
  readonly retries: number
}

export class PostgresWriter {
  readonly #lanes: readonly Lane[]
  readonly #log: Log
  readonly #jobsMax: number
  readonly #bytesMax: number
  #queue: Order[] = []
  #waitingJobs = 0
  #waitingBytes = 0
  #working = false
  #turn = 0
  /** Fewer while others are in the way: who holds one row and waits for none stops nobody. */
  #batchMax = unguardedJobsMax
  /** So many transactions are still to be guarded: something failed, and may go on failing. */
  #guarded = 0
  /** Resolves, never rejects, when every transaction so far is answered. */
  #answered: Promise<void> = Promise.resolve()
  #drained: (() => void) | undefined
  #health: 'ok' | 'no-space' | 'unavailable' = 'ok'
  #counts = { commits: 0, jobs: 0, retries: 0 }

  constructor(lanes: readonly PostgresLane[], options: WriterOptions) {
    this.#lanes = lanes.map((lane) => ({ lane, answered: Promise.resolve() }))
    this.#log = options.log
    this.#jobsMax = options.waitingJobsMax ?? 20_000
    this.#bytesMax = options.waitingBytesMax ?? 64 * 1024 * 1024
  }

  get counts(): WriterCounts {
    return this.#counts
  }

  /** What became of the newest transaction. */
  get health(): 'ok' | 'no-space' | 'unavailable' {
    return this.#health
  }

  run<A, R>(job: Job<A, R>, args: A): Promise<R> {
    const weight = weightOf(args)
    if (this.#waitingJobs >= this.#jobsMax || this.#waitingBytes + weight > this.#bytesMax)
      return Promise.reject(new Refused('busy', `${this.#waitingJobs} writes wait`))
    return new Promise<R>((resolve, reject) => {
      this.#waitingJobs++
      this.#waitingBytes += weight
      this.#queue.push({
        work: () => job.work(args),
        byRow: job.byRow === true,
        weight,
        resolve: resolve as (result: unknown) => void,
        reject,
        tries: 0,
        triedFirst: 0,
      })
      if (!this.#working) {
        this.#working = true
        setImmediate(() => void this.#work())
      }
    })
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    if (this.#waitingJobs === 0) return
    await new Promise<void>((resolve) => {
      this.#drained = resolve
    })
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      const lane = this.#lanes[this.#turn++ % this.#lanes.length] as Lane
      await (this.#queue[0]?.byRow ? lane.answered : this.#answered)
      const connection = await lane.lane.get().catch((error: unknown) => this.#unavailable(error))
      if (connection) await this.#batch(lane, connection)
    }
    this.#working = false
  }

  #unavailable(error: unknown): undefined {
    this.#reject(this.#queue.splice(0), error)
  }

  /** Fills a transaction and sends its commit. Rejects never. */
  async #batch(lane: Lane, connection: PostgresConnection): Promise<void> {
    const byRow = this.#queue[0]?.byRow === true
    const isolation = byRow ? 'read committed' : 'serializable'
    const guarded = this.#guarded > 0
    if (guarded) this.#guarded--
    const transaction = new PostgresTransaction(connection, isolation, guarded)
    const done: Done[] = []
    try {
      const most = Math.min(this.#batchMax, guarded ? batchJobsMax : unguardedJobsMax)
      const inTheWay = await this.#fill(transaction, { byRow, most }, done)
      if (inTheWay === 'unguarded' || !(await transaction.settled())) {
        this.#guarded = guardedFor
        this.#queue.unshift(...done.map(({ order }) => order))
        return
      }
      if (inTheWay && !byRow) {
        // What it had seen is out of date: nothing of it may be kept.
        transaction.rollback()
        await this.#again([...done.splice(0).map(({ order }) => order), inTheWay.order], inTheWay)
        return
      }
      this.#commit(transaction, done)
      lane.answered = this.#answered
      if (inTheWay) await this.#again([inTheWay.order], inTheWay)
    } catch (error) {
      transaction.rollback()
      const orders = done.map(({ order }) => order)
      const lost = failing(error) === 'lost'
      this.#log.warn('store transaction lost', { error: String(error), jobs: orders.length })
      // No commit went out: none of it can have been kept, and it may be done anew.
      if (lost) await this.#again(orders, { error: judged(error) })
      else this.#reject(orders, error)
    }
  }

  /** Runs jobs until the transaction is full; the one that met others in its way, if any. */
  async #fill(
    transaction: PostgresTransaction,
    { byRow, most }: { readonly byRow: boolean; readonly most: number },
    done: Done[],
  ): Promise<{ order: Order; error: Error } | 'unguarded' | undefined> {
    const began = performance.now()
    let bytes = 0
    for (let order = this.#queue[0]; order; order = this.#queue[0]) {
      const alone = order.tries > 0 && !byRow
      const full = done.length >= most || bytes + order.weight > batchBytesMax
      if (done.length > 0 && (full || alone || order.byRow !== byRow)) break
      this.#queue.shift()
      bytes += order.weight
      // Here until its outcome is known: an error that is thrown concerns it too.
      const place = done.push({ order, answer: () => {} }) - 1
      const outcome = await transaction.run(order.work, this.#queue.length > 0 && !alone)
      if (outcome.is === 'unguarded') return 'unguarded'
      if (outcome.is === 'again') {
        done.pop()
        return { order, error: outcome.error }
      }
      const answer =
        outcome.is === 'done'
          ? () => order.resolve(outcome.result)
          : () => order.reject(outcome.error)
      done[place] = { order, answer }
      if (alone || performance.now() - began > fillMs) break
    }
    return undefined
  }

  #commit(transaction: PostgresTransaction, done: readonly Done[]): void {
    if (done.length === 0) return
    const committed = transaction.commit().then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    // In the order of the commits, also where the second one's word comes first.
    this.#answered = this.#answered.then(async () => {
      const failed = await committed
      if (failed) await this.#notCommitted(done, failed.error)
      else this.#tell(done)
    })
  }

  #tell(done: readonly Done[]): void {
    this.#health = 'ok'
    this.#batchMax = Math.min(unguardedJobsMax, this.#batchMax + 1)
    this.#counts.commits++
    this.#counts.jobs += done.length
    for (const { order, answer } of done) this.#settle(order, answer)
  }

  async #notCommitted(done: readonly Done[], error: unknown): Promise<void> {
    const orders = done.map(({ order }) => order)
    // Lost at its commit, a transaction may have been kept: it is neither told of nor done anew.
    if (failing(error) === 'again') await this.#again(orders, { error: judged(error) })
    else {
      this.#log.warn('store commit failed', { error: String(error), jobs: orders.length })
      this.#reject(orders, error)
    }
  }

  #reject(orders: readonly Order[], error: unknown): void {
    const refused = judged(error)
    this.#ail(refused)
    for (const order of orders) this.#settle(order, () => order.reject(refused))
  }

  #ail(refused: Error): void {
    const full = refused instanceof Refused && refused.code === 'no-space'
    this.#health = full ? 'no-space' : 'unavailable'
  }

  /** Puts jobs back to the head of the queue, after a pause, unless they were tried too long. */
  async #again(orders: readonly Order[], { error }: { readonly error: Error }): Promise<void> {
    const now = performance.now()
    const back: Order[] = []
    for (const order of orders) {
      if (order.tries++ === 0) order.triedFirst = now
      if (now - order.triedFirst > retryMs) this.#settle(order, () => order.reject(error))
      else back.push(order)
    }
    this.#counts.retries += back.length
    this.#batchMax = Math.max(1, Math.min(this.#batchMax, batchJobsMax) >> 2)
    const most = Math.min(pauseMaxMs, 2 ** Math.max(0, ...back.map(({ tries }) => tries)))
    await new Promise((resolve) => setTimeout(resolve, Math.random() * most))
    this.#queue.unshift(...back)
    if (!this.#working && back.length > 0) {
      this.#working = true
      void this.#work()
    }
  }

  #settle(order: Order, answer: () => void): void {
    this.#waitingJobs--
    this.#waitingBytes -= order.weight
    answer()
    if (this.#waitingJobs === 0) this.#drained?.()
  }
}
