// How late the event loop comes to what is due: ten looks a second.
import { Histogram } from './histogram.ts'

const everyMs = 100

export class LoopDelay {
  readonly delayMs = new Histogram()
  readonly #timer: NodeJS.Timeout
  #due = performance.now() + everyMs

  constructor() {
    this.#timer = setInterval(() => {
      const now = performance.now()
      this.delayMs.observe(Math.max(0, now - this.#due))
      this.#due = now + everyMs
    }, everyMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
