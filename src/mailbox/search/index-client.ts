// The near end of the index's thread: questions go there, answers come back.
import { Worker } from 'node:worker_threads'
import { Refused } from '../../base/refused.ts'
import type { Answered, Asked, IndexThreadData, Question, Questions } from './index-questions.ts'

interface Waiting {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
}

export class IndexClient {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #exited: Promise<void>
  #number = 0
  #ended: Refused | undefined

  constructor(data: IndexThreadData) {
    const name = import.meta.url.endsWith('.ts') ? './index-thread.ts' : './index-thread.js'
    this.#worker = new Worker(new URL(name, import.meta.url), { workerData: data })
    this.#worker.on('message', (answered: Answered) => this.#settle(answered))
    this.#worker.on('error', (error) => this.#end(String(error)))
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (status) => {
        this.#end(`the index thread ended with status ${status}`)
        resolve()
      })
    })
    // Only now: each listener for messages holds up the process's end again.
    this.#worker.unref()
  }

  get ended(): boolean {
    return this.#ended !== undefined
  }

  /** A number that no other question has. */
  newNumber(): number {
    return this.#number++
  }

  /** @throws Refused 'storage-failed', 'unavailable' once it is closed */
  ask<Q extends Question>(question: Q, about: Questions[Q][0]): Promise<Questions[Q][1]> {
    if (this.#ended) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      const asked: Asked<Q> = { number: this.newNumber(), question, about }
      if (this.#waiting.size === 0) this.#worker.ref()
      this.#waiting.set(asked.number, { resolve: resolve as (answer: unknown) => void, reject })
      this.#worker.postMessage(asked)
    })
  }

  async close(): Promise<void> {
    if (!this.#ended) {
      this.#ended = new Refused('unavailable', 'the index is closed')
      this.#worker.ref()
      this.#worker.postMessage('stop')
    }
    await this.#exited
  }

  #settle({ number, answer, error }: Answered): void {
    const waiting = this.#waiting.get(number)
    this.#waiting.delete(number)
    if (this.#waiting.size === 0 && !this.#ended) this.#worker.unref()
    if (error === undefined) waiting?.resolve(answer)
    else waiting?.reject(new Refused('storage-failed', `the index: ${error}`))
  }

  #end(why: string): void {
    this.#ended ??= new Refused('storage-failed', why)
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }
}
