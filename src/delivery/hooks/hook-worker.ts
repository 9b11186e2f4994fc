// Runs hooks on a thread that may hang, crash or fill its memory without harm to anybody: it is
// ended then, and begun anew with the next question, but not over and over.
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Log } from '../../base/log.ts'
import type { HookCall, HookReport, HookWord } from './calls.ts'
import type { HookStage } from './types.ts'

export interface HookWorkerOptions {
  /** Paths of their files, in the order in which they are asked. */
  readonly files: readonly string[]
  /** For one question; asked for each. */
  readonly timeoutMs: () => number
  readonly log: Log
}

/** No answer: in time, in form, or at all. */
export class HookFailed extends Error {}

interface Waiting {
  readonly resolve: (words: readonly HookWord[]) => void
  readonly reject: (error: HookFailed) => void
  readonly timer: NodeJS.Timeout
}

/** Questions that wait for an answer; beyond them none is taken. */
const waitingMax = 1_000
const loadMs = 30_000
const memoryMaxMb = 256
/** So many beginnings in a minute, then a minute's rest. */
const beginningsMax = 6
const minuteMs = 60_000
const outputMaxChars = 1_000

export class HookWorker {
  readonly #options: HookWorkerOptions
  readonly #waiting = new Map<number, Waiting>()
  #thread: Promise<Worker> | undefined
  #worker: Worker | undefined
  #stages: ReadonlySet<HookStage> = new Set()
  #beginnings: number[] = []
  #n = 0
  #closed = false

  private constructor(options: HookWorkerOptions) {
    this.#options = options
  }

  /** @throws Error in a person's words when a file cannot be loaded. */
  static async open(options: HookWorkerOptions): Promise<HookWorker> {
    const hooks = new HookWorker(options)
    await hooks.#begun()
    return hooks
  }

  /** Whether a file has a hook for it. */
  has(stage: HookStage): boolean {
    return this.#stages.has(stage)
  }

  /** What the files answered, in their order. @throws HookFailed */
  async ask(stage: HookStage, event: object): Promise<readonly HookWord[]> {
    if (this.#waiting.size >= waitingMax) throw new HookFailed('too many questions wait')
    const worker = await this.#begun().catch((error: unknown) => {
      throw error instanceof HookFailed ? error : new HookFailed(String(error))
    })
    const n = ++this.#n
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#late(n, worker), this.#options.timeoutMs())
      this.#waiting.set(n, { resolve, reject, timer })
      const call: HookCall = { n, stage, event }
      worker.postMessage(call)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#worker) this.#end(this.#worker, 'stopping')
    await this.#thread?.then((worker) => worker.terminate()).catch(() => {})
  }

  #begun(): Promise<Worker> {
    if (this.#closed) return Promise.reject(new HookFailed('stopping'))
    if (this.#thread) return this.#thread
    const now = performance.now()
    this.#beginnings = this.#beginnings.filter((at) => now - at < minuteMs)
    if (this.#beginnings.length >= beginningsMax)
      return Promise.reject(new HookFailed('they fail too often, and rest for a minute'))
    this.#beginnings.push(now)
    this.#thread = this.#begin()
    this.#thread.catch(() => {
      this.#thread = undefined
    })
    return this.#thread
  }

  async #begin(): Promise<Worker> {
    const { files, log } = this.#options
    // Beside this file under the same ending, whether run from source or built.
    const url = new URL(`./hook-thread${extname(import.meta.url)}`, import.meta.url)
    const worker = new Worker(url, {
      workerData: { files },
      env: {},
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: memoryMaxMb },
    })
    worker.unref()
    for (const stream of [worker.stdout, worker.stderr])
      stream.on('data', (chunk: Buffer) =>
        log.info('hooks said', { text: `${chunk}`.slice(0, outputMaxChars) }),
      )
    const { promise, resolve, reject } = Promise.withResolvers<readonly HookStage[]>()
    const timer = setTimeout(() => reject(new Error('hooks take too long to load')), loadMs)
    worker.on('message', (said: HookReport) => {
      if ('ready' in said) resolve(said.ready)
      else if ('unfit' in said) reject(new Error(`hook ${said.unfit}`))
      else this.#answered(said)
    })
    worker.on('error', (error) => this.#end(worker, String(error)))
    worker.on('exit', () => {
      reject(new Error('hooks ended while they were loaded'))
      this.#end(worker, 'the thread ended')
    })
    try {
      this.#stages = new Set(await promise)
    } catch (error) {
      await worker.terminate()
      throw error
    } finally {
      clearTimeout(timer)
    }
    this.#worker = worker
    return worker
  }

  #answered(said: Extract<HookReport, { n: number }>): void {
    const waiting = this.#waiting.get(said.n)
    this.#waiting.delete(said.n)
    clearTimeout(waiting?.timer)
    if ('words' in said) waiting?.resolve(said.words)
    else waiting?.reject(new HookFailed(said.failure))
  }

  /** Whether it loops or only waits cannot be told from here: all of it ends. */
  #late(n: number, worker: Worker): void {
    this.#waiting.get(n)?.reject(new HookFailed('no answer in time'))
    this.#waiting.delete(n)
    this.#end(worker, 'another hook gave no answer in time')
  }

  /** Whoever waits for this thread has no answer. */
  #end(worker: Worker, why: string): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#thread = undefined
    void worker.terminate()
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(new HookFailed(why))
    }
    this.#waiting.clear()
  }
}
