// Waits for a lull: what nobody waits for is done once nothing has happened for a while, and after
// some time in any case. Knows nothing of what happens, nor of what is done.

export interface LullOptions {
  /** So long nothing has happened. */
  readonly quietMs: number
  /** Since the first of what happened, at the most. */
  readonly longestMs: number
  readonly act: () => void
}

export class Lull {
  readonly #options: LullOptions
  #timer: NodeJS.Timeout | undefined
  #first = 0
  #last = 0

  constructor(options: LullOptions) {
    this.#options = options
  }

  /** Something has happened. */
  touch(): void {
    this.#last = performance.now()
    if (this.#timer) return
    this.#first = this.#last
    this.#wait(this.#options.quietMs)
  }

  /** Whether it is still awaited. */
  get awaited(): boolean {
    return this.#timer !== undefined
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  // One timer, however much happens.
  #wait(ms: number): void {
    this.#timer = setTimeout(() => {
      const { quietMs, longestMs, act } = this.#options
      const due = Math.min(this.#last + quietMs, this.#first + longestMs)
      const left = due - performance.now()
      if (left > 0) return this.#wait(left)
      this.#timer = undefined
      act()
    }, ms).unref()
  }
}
