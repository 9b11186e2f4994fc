// Writes what came of attempts: those that end together in one go, those of which a sender is told
// with the report that tells it. Gives nothing up while the store has trouble.
import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '../base/log.ts'
import { Refused } from '../base/refused.ts'
import type { Engine } from '../store/engine.ts'
import type { Told } from './judge.ts'
import type { QueuedRow } from './row.ts'
import { type Settled, settle } from './settle-jobs.ts'

export interface Report {
  readonly row: QueuedRow
  readonly told: readonly Told[]
  readonly settled: Settled
}

/** Who tells senders. Delivery implements it: a report is mail like any other. */
export interface Reporter {
  /**
   * Writes `settled`, and files the report where there is somebody to tell, in one transaction.
   * @throws Refused 'not-found' when the lease was lost: nothing was written
   */
  report(report: Report): Promise<void>
  /** The message's trace has grown. */
  grew(message: string): void
}

interface Ports {
  readonly engine: Engine
  readonly reporter: Reporter
  readonly log: Log
}

interface Waiting {
  readonly settled: Settled
  readonly done: () => void
}

const batchMax = 200
const againMs = 1_000

export class Conclusions {
  readonly #ports: Ports
  readonly #closing: AbortSignal
  #waiting: Waiting[] = []
  #writing = false

  constructor(ports: Ports, closing: AbortSignal) {
    this.#ports = ports
    this.#closing = closing
  }

  /** Resolves when it is on disk, or was given up since everything ends. Never rejects. */
  async conclude(settled: Settled, told: readonly Told[]): Promise<void> {
    const { row } = settled
    if (told.length === 0)
      await new Promise<void>((done) => {
        this.#waiting.push({ settled, done })
        if (!this.#writing) void this.#write()
      })
    else await this.#insist(() => this.#report({ row, told, settled }))
    this.#ports.reporter.grew(row.message)
  }

  async #report(report: Report): Promise<void> {
    try {
      await this.#ports.reporter.report(report)
    } catch (error) {
      if (!(error instanceof Refused && error.code === 'not-found')) throw error
      this.#lost(report.row)
    }
  }

  async #write(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchMax)
      const list = batch.map(({ settled }) => settled)
      await this.#insist(async () => {
        const lost = new Set(await this.#ports.engine.run(settle, list))
        for (const { row } of list) if (lost.has(row.id)) this.#lost(row)
      })
      for (const { done } of batch) done()
    }
    this.#writing = false
  }

  #lost({ id, message }: QueuedRow): void {
    this.#ports.log.warn('lease lost', { message, row: id })
  }

  /** What a hop has taken must not be sent again because the disk was full for a minute. */
  async #insist(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await write()
      } catch (error) {
        this.#ports.log.error('attempt not written', { error })
      }
      await pause(againMs, undefined, { signal: this.#closing, ref: false }).catch(() => {})
      if (this.#closing.aborted) return
    }
  }
}
