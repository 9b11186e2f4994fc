// Makes and checks password hashes on threads of its own: argon2id in libuv's pool would make
// every file read wait. Knows no accounts.
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Refused } from '../base/refused.ts'
import type { HashAnswer, HashTask } from './phc.ts'
import { saslPrep } from './sasl-prep.ts'

interface Job {
  readonly task: HashTask
  readonly resolve: (result: string | boolean) => void
  readonly reject: (error: Error) => void
}

interface Thread {
  readonly worker: Worker
  job: Job | undefined
}

export interface PasswordLimits {
  readonly threads: number
  /** Hashes that may wait for a thread; beyond them 'busy'. */
  readonly waitingMax: number
}

/** Longer ones are wrong passwords, not work. */
const passwordMaxBytes = 1024

export class Passwords {
  readonly #limits: PasswordLimits
  #threads: Thread[] = []
  #waiting: Job[] = []
  #n = 0

  constructor(limits: PasswordLimits = { threads: 1, waitingMax: 100 }) {
    this.#limits = limits
  }

  /** A PHC string. @throws Refused 'bad-value' for an empty or overlong password, 'busy' */
  async hash(password: string): Promise<string> {
    const text = password.normalize('NFC')
    if (text === '' || Buffer.byteLength(text) > passwordMaxBytes) {
      throw new Refused('bad-value', 'a password has 1 to 1024 bytes')
    }
    return String(await this.#ask({ n: ++this.#n, password: text }))
  }

  /** Whether it fits. A `phc` of "" takes as long and never fits. @throws Refused 'busy' */
  async verify(password: string, phc: string): Promise<boolean> {
    const text = password.normalize('NFC')
    if (Buffer.byteLength(text) > passwordMaxBytes) return false
    return (await this.#ask({ n: ++this.#n, password: text, phc })) === true
  }

  /** SCRAM keys as text, or "" for a password that SCRAM cannot carry. @throws Refused 'busy' */
  async scramKeys(password: string, salt: Buffer): Promise<string> {
    const text = saslPrep(password)
    if (text === undefined || Buffer.byteLength(text) > passwordMaxBytes) return ''
    const scramSalt = salt.toString('base64')
    return String(await this.#ask({ n: ++this.#n, password: text, scramSalt }))
  }

  async close(): Promise<void> {
    const threads = this.#threads
    const jobs = [...threads.map((thread) => thread.job), ...this.#waiting]
    this.#threads = []
    this.#waiting = []
    for (const job of jobs) job?.reject(new Refused('unavailable', 'stopping'))
    await Promise.all(threads.map((thread) => thread.worker.terminate()))
  }

  #ask(task: HashTask): Promise<string | boolean> {
    return new Promise((resolve, reject) => {
      const job = { task, resolve, reject }
      const thread = this.#free()
      if (thread) give(thread, job)
      else if (this.#waiting.length < this.#limits.waitingMax) this.#waiting.push(job)
      else reject(new Refused('busy', 'too many passwords to check'))
    })
  }

  #free(): Thread | undefined {
    const idle = this.#threads.find((thread) => !thread.job)
    if (idle || this.#threads.length >= this.#limits.threads) return idle
    // Beside this file under the same ending, whether run from source or built.
    const file = new URL(`./hash-worker${extname(import.meta.url)}`, import.meta.url)
    const thread: Thread = { worker: new Worker(file), job: undefined }
    thread.worker.on('message', (answer: HashAnswer) => this.#answered(thread, answer))
    thread.worker.on('error', (error) => this.#died(thread, error))
    thread.worker.unref()
    this.#threads.push(thread)
    return thread
  }

  #answered(thread: Thread, answer: HashAnswer): void {
    const job = thread.job
    thread.job = undefined
    const next = this.#waiting.shift()
    if (next) give(thread, next)
    else thread.worker.unref()
    if ('result' in answer) job?.resolve(answer.result)
    else job?.reject(new Error(answer.failure))
  }

  /** The thread is gone; another takes its place with the next question. */
  #died(thread: Thread, error: unknown): void {
    this.#threads = this.#threads.filter((other) => other !== thread)
    const jobs = [thread.job, ...(this.#threads.length === 0 ? this.#waiting.splice(0) : [])]
    for (const job of jobs) job?.reject(new Error('the hash thread died', { cause: error }))
  }
}

/** The process stays while a thread has work, and only then. */
function give(thread: Thread, job: Job): void {
  thread.job = job
  thread.worker.ref()
  thread.worker.postMessage(job.task)
}
