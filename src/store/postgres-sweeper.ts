// Gives back what nobody owns in a PostgreSQL database: at intervals, in small transactions.
// Several processes may do it at the same time.
import type { Log } from '../base/log.ts'
import { dropOrphans, dropReleased, type Place, startOf } from './postgres-blob-rows.ts'
import type { PostgresEngine } from './postgres-engine.ts'
import type { Swept } from './sweeper.ts'

const everyDefaultMs = 3_600_000
/** Bytes that nobody named for so long are nobody's: their message was refused, or never ended. */
const orphanAfterMs = 86_400_000
const releasedAtOnce = 50
const lookedAtOnce = 500

export class PostgresSweeper {
  readonly #engine: PostgresEngine
  readonly #log: Log
  readonly #timer: NodeJS.Timeout | undefined
  #running: Promise<Swept> | undefined
  #closed = false

  /** Every hour, unless told otherwise; 0 is never. */
  constructor(engine: PostgresEngine, log: Log, everyMs = everyDefaultMs) {
    this.#engine = engine
    this.#log = log
    if (everyMs === 0) return
    this.#timer = setInterval(() => void this.sweep().catch(() => {}), everyMs).unref()
  }

  /** One sweep, or the one that is under way. */
  sweep(now = Date.now()): Promise<Swept> {
    this.#running ??= this.#sweep(now).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Ends a sweep that is under way, after its transaction. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#running?.catch(() => {})
  }

  async #sweep(now: number): Promise<Swept> {
    const swept: Swept = { forgotten: 0, packed: 0, removed: 0, freedBytes: 0 }
    try {
      await this.#released(swept)
      await this.#orphans(swept, startOf(now - orphanAfterMs))
    } catch (error) {
      this.#log.warn('sweep broken off', { error })
      throw error
    }
    if (swept.forgotten + swept.removed > 0) this.#log.info('swept', { ...swept })
    return swept
  }

  async #released(swept: Swept): Promise<void> {
    while (!this.#closed) {
      const { count, bytes } = await this.#engine.runBeside(dropReleased, releasedAtOnce)
      swept.forgotten += count
      swept.freedBytes += bytes
      if (count < releasedAtOnce) return
    }
  }

  async #orphans(swept: Swept, before: number): Promise<void> {
    let after: Place | undefined = { segment: 0, start: 0 }
    while (after && !this.#closed) {
      const args = { after, before, limit: lookedAtOnce }
      const found: { count: number; next: Place | undefined } = await this.#engine.runBeside(
        dropOrphans,
        args,
      )
      swept.removed += found.count
      after = found.next
    }
  }
}
