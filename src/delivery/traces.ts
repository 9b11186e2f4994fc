// What became of each message: kept for boards and questions, and told live to who listens.
import type { Feed } from '../base/feed.ts'
import type { Log } from '../base/log.ts'
import { plainText } from '../message/plain-text.ts'
import type { AttemptFacts } from '../queue/row.ts'
import { attemptsOf } from '../queue/settle-jobs.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Engine } from '../store/engine.ts'
import { alone, type Notifier } from '../store/notifier.ts'
import { mayBeTried, withAttempts } from './attempts.ts'
import { LiveTraces } from './live-traces.ts'
import {
  addSteps,
  findByMessageId,
  findTrace,
  listBoard,
  listSince,
  listTraces,
  type StepsOf,
  setSteps,
} from './trace-jobs.ts'
import { bodyOf, type TraceRow, traceOf } from './trace-row.ts'
import type { Step, Trace } from './types.ts'

export interface TracePage {
  /** Only what is on this board. */
  readonly board?: string
  /** Only what is older than the trace of this id. */
  readonly before?: string
  readonly limit: number
}

const pageMax = 1_000
const textMaxBytes = 1024 * 1024
const textMaxLength = 64 * 1024
const saidMaxLength = 200
const addedMax = 16
/** Timings that wait to be kept; they are not worth more memory, and none of them is promised. */
const laterMax = 10_000
const laterBatch = 200
const laterMs = 250

export class Traces {
  /** Each trace once it is on disk, boards in the order of their positions; again when it grew. */
  readonly live: Feed<Trace>
  /** The same, of this process only. */
  readonly own: Feed<Trace>
  readonly #engine: Engine
  readonly #blobs: Blobs
  readonly #log: Log
  readonly #told: LiveTraces
  /** Steps that wait to be kept, and those on their way to the disk, by trace. */
  readonly #later = new Map<string, readonly Step[]>()
  readonly #underWay = new Map<string, readonly Step[]>()
  #timer: NodeJS.Timeout | undefined
  #keeping: Promise<void> = Promise.resolve()

  constructor(engine: Engine, blobs: Blobs, log: Log, notifier: Notifier = alone) {
    this.#engine = engine
    this.#blobs = blobs
    this.#log = log
    const traceOf = (row: TraceRow) => this.#traceOf(row)
    this.#told = new LiveTraces({ engine, notifier, log, traceOf })
    this.live = this.#told.all
    this.own = this.#told.own
  }

  /** Tells of a trace that was just written. */
  tell(trace: Trace): void {
    this.#told.tell(trace)
  }

  /** Newest first, at most `limit` (and 1,000). */
  async list({ board, before, limit }: TracePage): Promise<readonly Trace[]> {
    const rows =
      board === undefined
        ? await this.#engine.run(listTraces, { before, limit: bounded(limit) })
        : await this.#engine.run(listBoard, { board, before, limit: bounded(limit) })
    return await this.#whole(rows)
  }

  /**
   * What came on the same board after the trace of this id, oldest first, for replay; undefined
   * when that trace is on no board or gone, and the listener must begin anew.
   */
  async since(id: string, limit: number): Promise<readonly Trace[] | undefined> {
    const rows = await this.#engine.run(listSince, { id, limit: bounded(limit) })
    return rows && (await this.#whole(rows))
  }

  async get(id: string): Promise<Trace | undefined> {
    const row = await this.#engine.run(findTrace, id)
    return row && (await this.#whole([row]))[0]
  }

  /** The newest 100 with this Message-ID, with or without its angle brackets. */
  async byMessageId(messageId: string): Promise<readonly Trace[]> {
    return await this.#whole(
      await this.#engine.run(findByMessageId, messageId.replace(/^<|>$/g, '')),
    )
  }

  /** Adds what a later hop told; the trace is published again. False when it is gone. */
  async addSteps(id: string, steps: readonly Step[]): Promise<boolean> {
    const short = steps
      .slice(0, addedMax)
      .map((step) => ({ ...step, said: step.said.slice(0, saidMaxLength) }))
    // What is kept later replaces all there is, so it must not come after these.
    await this.settle()
    const row = await this.#engine.run(addSteps, { id, steps: short })
    if (row) this.#told.tellAgain(traceOf(row))
    return row !== undefined
  }

  /** Tells a trace again that has grown by what the queue wrote. Nobody waits for it. */
  grew(id: string): void {
    if (this.live.listeners === 0 && this.own.listeners === 0) this.#told.grew(id)
    else
      void this.get(id)
        .then((trace) => trace && this.#told.tellAgain(trace))
        .catch((error: unknown) => this.#log.warn('trace not told again', { error }))
  }

  /** The message's text as people read it, at most 64 Ki characters, from its first MiB. */
  async text(trace: Trace): Promise<string> {
    if (!trace.blob) {
      const row = await this.#engine.run(findTrace, trace.id)
      return row ? bodyOf(row) : ''
    }
    const { blob } = trace
    if (blob.size <= textMaxBytes) return plainText(await this.#blobs.read(blob), textMaxLength)
    const chunks: Uint8Array[] = []
    for await (const chunk of this.#blobs.stream(blob, 0, textMaxBytes)) chunks.push(chunk)
    return plainText(Buffer.concat(chunks), textMaxLength)
  }

  /** Keeps a trace's steps some time later, with others'. Nobody waits for it. */
  keepSteps(id: string, steps: readonly Step[]): void {
    if (this.#later.size + this.#underWay.size >= laterMax) return
    this.#later.set(id, steps)
    this.#timer ??= setTimeout(() => this.#keep(), laterMs).unref()
  }

  /** Resolves when every step is kept that `keepSteps` was given. Before the store closes. */
  async settle(): Promise<void> {
    this.#keep()
    await this.#keeping
  }

  #keep(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const list: StepsOf[] = []
    for (const [id, steps] of this.#later) list.push({ id, steps })
    this.#later.clear()
    for (const { id, steps } of list) this.#underWay.set(id, steps)
    this.#keeping = this.#keeping
      .then(async () => {
        for (let at = 0; at < list.length; at += laterBatch) {
          await this.#engine.run(setSteps, list.slice(at, at + laterBatch))
        }
        for (const { id } of list) this.#told.grew(id)
      })
      .catch((error: unknown) => this.#log.warn('steps not kept', { error }))
      .then(() => {
        for (const { id } of list) this.#underWay.delete(id)
      })
  }

  /** With what the queue has tried since. */
  async #whole(rows: readonly TraceRow[]): Promise<readonly Trace[]> {
    const traces = rows.map((row) => this.#traceOf(row))
    const ids = traces.filter(mayBeTried).map(({ id }) => id)
    if (ids.length === 0) return traces
    const attempts = Map.groupBy(await this.#engine.run(attemptsOf, ids), ({ message }) => message)
    return traces.map((trace) => {
      const facts = attempts.get(trace.id)?.map((row) => JSON.parse(row.facts) as AttemptFacts)
      return withAttempts(trace, facts ?? [])
    })
  }

  /** With the steps that are not in its row yet. */
  #traceOf(row: TraceRow): Trace {
    const steps = this.#later.get(row.id) ?? this.#underWay.get(row.id)
    return steps ? { ...traceOf(row), steps } : traceOf(row)
  }
}

function bounded(limit: number): number {
  return Math.min(Math.max(limit, 1), pageMax)
}
