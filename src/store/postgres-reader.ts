// Reading jobs on PostgreSQL. One with a single statement needs no transaction, and shares a
// connection with others in flight; one with several has a connection and one snapshot to itself.
import type { PostgresConnection } from './postgres-connection.ts'
import { judged } from './postgres-errors.ts'
import type { PostgresLane } from './postgres-lane.ts'
import type { Job, Row, Work } from './sql.ts'

interface Slot {
  readonly lane: PostgresLane
  /** Single statements under way on it. */
  singles: number
  /** A job has it, or waits for its singles to end. */
  taken: boolean
  /** Told when the last single has ended. */
  ended: (() => void) | undefined
}

export class PostgresReader {
  readonly #slots: readonly Slot[]
  /** Jobs that had one statement whenever they ran. */
  readonly #short = new Set<string>()
  readonly #long = new Set<string>()
  readonly #waiting: (() => void)[] = []

  constructor(lanes: readonly PostgresLane[]) {
    this.#slots = lanes.map((lane) => ({ lane, singles: 0, taken: false, ended: undefined }))
  }

  async run<A, R>(job: Job<A, R>, args: A): Promise<R> {
    if (!this.#short.has(job.name)) return this.#together(job, args)
    const answer = await this.#alone(job.work(args))
    if (answer) return answer.result
    // It wants more this time: all of it anew, in one snapshot. It changed nothing.
    this.#short.delete(job.name)
    this.#long.add(job.name)
    return this.#together(job, args)
  }

  /** The result, or undefined when the work has a second statement. */
  async #alone<R>(work: Work<R>): Promise<{ readonly result: R } | undefined> {
    const first = work.next()
    if (first.done) return { result: first.value }
    const slot = await this.#enter((free) => {
      free.singles++
      // Nobody has it to himself: the next may come in, too.
      this.#wake()
    })
    let rows: readonly Row[]
    try {
      rows = await (await slot.lane.get()).ask(first.value)
    } catch (error) {
      const step = work.throw(judged(error))
      return step.done ? { result: step.value } : undefined
    } finally {
      if (--slot.singles === 0) slot.ended?.()
    }
    const step = work.next(rows)
    return step.done ? { result: step.value } : undefined
  }

  async #together<A, R>(job: Job<A, R>, args: A): Promise<R> {
    const slot = await this.#enter((free) => {
      free.taken = true
    })
    try {
      const connection = await slot.lane.get()
      if (slot.singles > 0)
        await new Promise<void>((resolve) => {
          slot.ended = resolve
        })
      return await this.#snapshot(connection, job, args)
    } catch (error) {
      throw judged(error)
    } finally {
      slot.ended = undefined
      slot.taken = false
      this.#wake()
    }
  }

  async #snapshot<A, R>(connection: PostgresConnection, job: Job<A, R>, args: A): Promise<R> {
    let statements = 0
    const quiet = (text: string) => connection.say(text).catch(() => {})
    quiet('begin isolation level repeatable read read only')
    try {
      const work = job.work(args)
      let step = work.next()
      while (!step.done) {
        statements++
        const rows = await connection.ask(step.value).catch((error: unknown) => ({ error }))
        step = 'error' in rows ? work.throw(judged(rows.error)) : work.next(rows)
      }
      if (statements > 1) this.#long.add(job.name)
      else if (!this.#long.has(job.name)) this.#short.add(job.name)
      return step.value
    } finally {
      quiet('rollback')
    }
  }

  /** Enters the slot with the least to do, of those that no job has, once there is one. */
  async #enter(enter: (slot: Slot) => void): Promise<Slot> {
    for (;;) {
      let best: Slot | undefined
      for (const slot of this.#slots)
        if (!slot.taken && (!best || slot.singles < best.singles)) best = slot
      if (best) {
        // In the same breath: nobody else may find it free.
        enter(best)
        return best
      }
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    }
  }

  #wake(): void {
    this.#waiting.shift()?.()
  }
}
