// Jobs in one transaction on PostgreSQL. Statements whose rows nobody reads go out without waiting
// for their answer. Guarded by savepoints, a job that fails is undone alone; without them it costs
// less, and all of the transaction has to be done anew.
import { Refused } from '../base/refused.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { failing, judged } from './postgres-errors.ts'
import { later, type Row, type Statement, type Work } from './sql.ts'

export type Outcome =
  | { readonly is: 'done'; readonly result: unknown }
  /** The job's own error; nothing of it is left. */
  | { readonly is: 'failed'; readonly error: Error }
  /** Others were in the way; nothing of the job is left. */
  | { readonly is: 'again'; readonly error: Error }
  /** It failed among others that are not guarded: none of them is left. */
  | { readonly is: 'unguarded' }

/** What became of a hasty run: `error` is the database's, and which statement's is not known. */
type Hasty = Outcome | { readonly is: 'unsure' }

export class PostgresTransaction {
  readonly #connection: PostgresConnection
  readonly #begin: string
  readonly #guarded: boolean
  #begun = false
  /** Jobs that the transaction holds. */
  #jobs = 0
  /** What is not known to have succeeded. */
  #pending: Promise<unknown>[] = []

  constructor(
    connection: PostgresConnection,
    isolation: 'serializable' | 'read committed',
    guarded: boolean,
  ) {
    this.#connection = connection
    this.#guarded = guarded
    this.#begin = `begin isolation level ${isolation}`
  }

  /**
   * Runs a job; `work` makes it, and is called once more when the database complained. Where jobs
   * are not guarded and more are `toCome`, it is done when all of it was sent: see `settled`.
   * @throws when the whole transaction is lost
   */
  async run(work: () => Work<unknown>, toCome = false): Promise<Outcome> {
    this.#enter()
    let outcome = await this.#hasty(work(), toCome && !this.#guarded)
    if (outcome.is !== 'done' && this.#jobs > 0 && !this.#guarded) {
      this.rollback()
      return { is: 'unguarded' }
    }
    if (outcome.is === 'unsure') {
      this.#undo()
      this.#enter()
      outcome = await this.#careful(work())
    }
    if (outcome.is === 'done') this.#leave()
    else this.#undo()
    return outcome
  }

  /**
   * Resolves to true when all that was sent has succeeded, to false when none of it is left.
   * @throws when the whole transaction is lost
   */
  async settled(): Promise<boolean> {
    const first = await this.#firstError()
    if (!first) return true
    this.#unsure(first)
    this.rollback()
    return false
  }

  /**
   * Resolves when it is on disk. When it rejects with `ConnectionLost`, nobody knows if it is.
   */
  async commit(): Promise<void> {
    if (!this.#begun) return
    const did = await this.#connection.say('commit')
    // A transaction that had failed is rolled back by "commit", and no error tells of it.
    if (did !== 'COMMIT') throw new Refused('storage-failed', `PostgreSQL: commit did ${did}`)
  }

  /** Gives up all of it. */
  rollback(): void {
    if (this.#begun) this.#quiet('rollback')
    this.#begun = false
  }

  #enter(): void {
    // While it holds no other job, the transaction itself is the job's savepoint.
    if (!this.#begun) this.#quiet(this.#begin)
    else if (this.#jobs > 0 && this.#guarded) this.#quiet('savepoint job')
    this.#begun = true
  }

  #leave(): void {
    if (this.#jobs > 0 && this.#guarded) this.#quiet('release savepoint job')
    this.#jobs++
  }

  #undo(): void {
    if (this.#jobs === 0) this.rollback()
    else {
      this.#quiet('rollback to savepoint job')
      this.#quiet('release savepoint job')
    }
  }

  async #hasty(work: Work<unknown>, toCome: boolean): Promise<Hasty> {
    let own: { readonly error: Error } | undefined
    let step: IteratorResult<Statement, unknown> | undefined
    try {
      step = work.next()
      while (!step.done) {
        const rows = await this.#send(step.value)
        if (!rows) break
        step = work.next(rows)
      }
    } catch (error) {
      own = { error: error as Error }
    }
    if (step?.done && !own && toCome) return { is: 'done', result: step.value }
    // Before its own error there may have been one of the database, which it would have met.
    const first = await this.#firstError()
    if (first) return this.#unsure(first)
    return own ? { is: 'failed', ...own } : { is: 'done', result: step?.value }
  }

  /** The rows that the work goes on with; undefined when something has failed. */
  #send(statement: Statement): readonly Row[] | Promise<readonly Row[] | undefined> {
    const { unread, check } = statement
    const answer = this.#connection.ask(statement)
    const sure = check ? answer.then(check) : answer
    // Whoever asks for the first error hears of it.
    sure.catch(() => {})
    this.#pending.push(sure)
    if (unread) return noRows
    return check ? later : answer.catch(() => undefined)
  }

  /** The first error of statements in flight; those after it only say that it failed. */
  async #firstError(): Promise<unknown> {
    const pending = this.#pending
    this.#pending = []
    for (const settled of await Promise.allSettled(pending))
      if (settled.status === 'rejected') return settled.reason
    return undefined
  }

  #unsure(error: unknown): Hasty {
    const kind = failing(error)
    if (kind === 'job') return { is: 'unsure' }
    if (kind === 'again') return { is: 'again', error: judged(error) }
    throw error
  }

  /** One statement at a time, each in a savepoint: the work may catch an error and go on. */
  async #careful(work: Work<unknown>): Promise<Outcome> {
    try {
      let step = work.next()
      while (!step.done) {
        this.#quiet('savepoint step')
        const rows = await this.#connection.ask(step.value).catch(notTheJobs)
        if (rows instanceof Error) this.#quiet('rollback to savepoint step')
        step = rows instanceof Error ? work.throw(rows) : work.next(rows)
        this.#quiet('release savepoint step')
      }
      return { is: 'done', result: step.value }
    } catch (error) {
      if (!(error instanceof NotTheJobs)) return { is: 'failed', error: error as Error }
      if (failing(error.cause) !== 'again') throw error.cause
      return { is: 'again', error: judged(error.cause) }
    }
  }

  /** What fails here makes all that follows fail. */
  #quiet(text: string): void {
    this.#connection.say(text).catch(() => {})
  }
}

const noRows: readonly Row[] = []

/** An error that the work is not to hear of. */
class NotTheJobs extends Error {
  constructor(cause: unknown) {
    super('not the job’s error', { cause })
  }
}

/** The job's own error as it hears it. @throws NotTheJobs for any other */
function notTheJobs(error: unknown): Error {
  if (failing(error) === 'job') return judged(error)
  throw new NotTheJobs(error)
}
