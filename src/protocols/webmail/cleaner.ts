// Has HTML cleaned on a thread of its own, for a long one holds a processor for seconds: one at a
// time, each within its time. A thread that takes longer is ended; the next text gets a new one.
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Refused } from '../../base/refused.ts'
import type { CleanHtml } from '../../message/html/clean-html.ts'
import type { CleanAnswer, CleanTask } from './cleaning.ts'

interface Job {
  readonly task: CleanTask
  readonly resolve: (clean: CleanHtml) => void
  readonly reject: (error: Error) => void
}

export interface CleanerLimits {
  readonly timeMs: number
  /** Texts that may wait; beyond them 'busy'. */
  readonly waitingMax: number
  readonly memoryMib: number
}

const usual: CleanerLimits = { timeMs: 8_000, waitingMax: 64, memoryMib: 384 }

export class Cleaner {
  readonly #limits: CleanerLimits
  readonly #waiting: Job[] = []
  #worker: Worker | undefined
  #job: Job | undefined
  #timer: NodeJS.Timeout | undefined
  #n = 0
  #closed = false

  constructor(limits: CleanerLimits = usual) {
    this.#limits = limits
  }

  /** @throws Refused 'busy' | 'too-big' (it took too long, or too much memory) | 'unavailable' */
  clean(task: Omit<CleanTask, 'n'>): Promise<CleanHtml> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Refused('unavailable', 'stopping'))
      if (this.#waiting.length >= this.#limits.waitingMax)
        return reject(new Refused('busy', 'too many texts to clean'))
      this.#waiting.push({ task: { ...task, n: ++this.#n }, resolve, reject })
      this.#next()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    const jobs = [this.#job, ...this.#waiting.splice(0)]
    this.#job = undefined
    for (const job of jobs) job?.reject(new Refused('unavailable', 'stopping'))
    await this.#worker?.terminate()
  }

  #next(): void {
    if (this.#job) return
    const job = this.#waiting.shift()
    if (!job) return
    this.#job = job
    this.#worker ??= this.#start()
    this.#timer = setTimeout(() => this.#end('too slow'), this.#limits.timeMs)
    this.#worker.postMessage(job.task)
  }

  #start(): Worker {
    const file = new URL(`./clean-worker${extname(import.meta.url)}`, import.meta.url)
    const worker = new Worker(file, {
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.memoryMib },
    })
    worker.on('message', (answer: CleanAnswer) => this.#answered(answer))
    worker.on('error', () => {
      if (this.#worker === worker) this.#end('failed')
    })
    worker.unref()
    return worker
  }

  #answered({ n, clean, failure }: CleanAnswer): void {
    const job = this.#job
    if (!job || job.task.n !== n) return
    this.#job = undefined
    clearTimeout(this.#timer)
    if (clean) job.resolve(clean)
    else job.reject(new Error(failure))
    this.#next()
  }

  /** With the text that it is at. */
  #end(why: string): void {
    const [job, worker] = [this.#job, this.#worker]
    this.#job = undefined
    this.#worker = undefined
    clearTimeout(this.#timer)
    job?.reject(new Refused('too-big', `HTML not cleaned: ${why}`))
    void worker?.terminate()
    this.#next()
  }
}
