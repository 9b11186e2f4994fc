// The writer thread: the only one that writes to the database. It takes all that waits, runs each
// job in one transaction, and answers after the commit. Knows jobs by name, and nothing of mail.
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { drive } from './drive.ts'
import { storeJobs } from './packed-rows.ts'
import type { AnyJob, Row, Statement } from './sql.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import {
  type Answer,
  type FromWriter,
  failureOf,
  type Order,
  ordersMax,
  type ToWriter,
  type WriterData,
} from './writer-messages.ts'

/**
 * Serves the engine that started this thread, until it says stop. To be called once, by the
 * module that is the thread's entry, with every writing job of the program.
 */
export function serveWriter(jobs: readonly AnyJob[]): void {
  const port = parentPort
  if (!port) throw new Error('serveWriter() belongs in a worker thread')
  const say = (message: FromWriter) => port.postMessage(message)
  let writer: Writer
  try {
    const connection = SqliteConnection.writer((workerData as WriterData).file)
    writer = new Writer(connection, [...storeJobs, ...jobs])
  } catch (error) {
    say(failureOf(error))
    return
  }
  port.on('message', (message: ToWriter) => {
    if (message !== 'stop')
      return answer(
        port,
        writer.group(message, () => waiting(port)),
      )
    writer.close()
    port.close()
  })
  say('ready')
}

function waiting(port: MessagePort): readonly Order[] | undefined {
  const received = receiveMessageOnPort(port)
  // The engine says 'stop' only when it has every answer, so it cannot stand here.
  return received?.message as readonly Order[] | undefined
}

function answer(port: MessagePort, answers: readonly Answer[]): void {
  try {
    port.postMessage(answers)
  } catch {
    for (const each of answers) answerAlone(port, each)
  }
}

/** A result that cannot be cloned is its job's fault, and fails that job only (it is committed). */
function answerAlone(port: MessagePort, answer: Answer): void {
  try {
    port.postMessage([answer])
  } catch (error) {
    port.postMessage([[answer[0], undefined, failureOf(error)]])
  }
}

/** For how many groups after a failing job each job has a savepoint. */
const carefulGroups = 100

/**
 * Runs groups of jobs, each group in one transaction. A savepoint for each job costs a copy of
 * every page that it touches, and jobs hardly ever fail once they have written: so there are none
 * until one does. Then the group is rolled back and run again with them, as are those that follow.
 */
class Writer {
  readonly #connection: SqliteConnection
  readonly #jobs: ReadonlyMap<string, AnyJob>
  /** Groups that are still to have savepoints. */
  #careful = 0
  /** An earlier job of this group has written: a failing one must be undone alone. */
  #groupWrote = false
  #jobWrote = false

  constructor(connection: SqliteConnection, jobs: readonly AnyJob[]) {
    this.#connection = connection
    this.#jobs = new Map(jobs.map((job) => [job.name, job]))
    if (this.#jobs.size < jobs.length) throw new Error('two jobs have the same name')
  }

  /** Runs orders, and those that `more` gives meanwhile; the answers hold once this returns. */
  group(first: readonly Order[], more: () => readonly Order[] | undefined): readonly Answer[] {
    const answers: Answer[] = []
    const taken: Order[] = []
    try {
      this.#begin()
      let orders: readonly Order[] | undefined = first
      while (orders) {
        taken.push(...orders)
        this.#run(taken, answers)
        orders = taken.length < ordersMax ? more() : undefined
      }
      this.#statement('commit')
      if (this.#careful > 0) this.#careful--
      return answers
    } catch (error) {
      return this.#rejected(taken.length === 0 ? first : taken, error)
    }
  }

  close(): void {
    this.#connection.close()
  }

  #begin(): void {
    this.#connection.failure = undefined
    this.#groupWrote = false
    this.#statement('begin immediate')
  }

  /** Answers what of `taken` has no answer yet; all anew when a job has to be undone alone. */
  #run(taken: readonly Order[], answers: Answer[]): void {
    while (answers.length < taken.length) {
      const answer = this.#answer(taken[answers.length]!)
      if (answer) {
        answers.push(answer)
        continue
      }
      this.#careful = carefulGroups
      this.#statement('rollback')
      this.#begin()
      answers.length = 0
    }
  }

  /** One job's answer; undefined when it cannot be undone. Throws only when all is lost. */
  #answer([number, name, args]: Order): Answer | undefined {
    this.#jobWrote = false
    let answer: Answer
    try {
      const job = this.#jobs.get(name)
      if (!job) throw new Error(`the writer knows no job "${name}"`)
      answer = [number, drive(job.work(args), this.#ask)]
    } catch (error) {
      answer = [number, undefined, failureOf(error)]
    }
    if (this.#connection.failure) throw this.#connection.failure
    if (!this.#jobWrote) return answer
    const well = answer[2] === undefined
    if (!well && this.#groupWrote && this.#careful === 0) return undefined
    this.#settle(well)
    return answer
  }

  readonly #ask = (statement: Statement): readonly Row[] => {
    if (!this.#jobWrote && this.#connection.prepare(statement.text).writes) {
      // While nothing else was written, the transaction itself is the job's savepoint.
      if (this.#groupWrote && this.#careful > 0) this.#statement('savepoint job')
      this.#jobWrote = true
    }
    return this.#connection.ask(statement)
  }

  #settle(well: boolean): void {
    if (!this.#groupWrote) {
      if (well) this.#groupWrote = true
      else {
        this.#statement('rollback')
        this.#statement('begin immediate')
      }
      return
    }
    if (this.#careful === 0) return
    if (!well) this.#statement('rollback to job')
    this.#statement('release job')
  }

  #statement(text: string): void {
    this.#connection.ask({ text, values: [] })
  }

  #rejected(orders: readonly Order[], error: unknown): readonly Answer[] {
    const failure = failureOf(error)
    try {
      if (this.#connection.database.isTransaction) this.#statement('rollback')
    } catch {
      // SQLite rolled back by itself, or will when the next transaction begins.
    }
    return orders.map(([number]) => [number, undefined, failure])
  }
}
