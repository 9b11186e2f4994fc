// Forgets, from time to time, what scripts remember past its time. Knows nothing of marks but that.
import type { Log } from '../base/log.ts'
import type { Engine } from '../store/engine.ts'
import { forgetMarks } from './mark-jobs.ts'

interface Ports {
  readonly engine: Engine
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const everyMs = 3_600_000

export class Marks {
  readonly #ports: Ports
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(ports: Ports) {
    this.#ports = ports
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.forget())
    }, everyMs).unref()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#running
  }

  /** Never rejects: what fails now is done the next time. */
  async forget(): Promise<void> {
    const { engine, log, now } = this.#ports
    try {
      while ((await engine.run(forgetMarks, now())) && !this.#stopped);
    } catch (error) {
      log.warn('marks not forgotten', { error })
    }
  }
}
