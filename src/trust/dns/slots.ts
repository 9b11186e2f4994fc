// A bound on what goes on at the same time, with a bounded line of those who wait.

export interface Slot {
  free(): void
}

export class Slots {
  readonly #waitingMax: number
  readonly #waiting: (() => void)[] = []
  #left: number

  constructor(max: number, waitingMax: number) {
    this.#left = max
    this.#waitingMax = waitingMax
  }

  /** Waits for a slot; undefined when too many wait already. */
  async take(): Promise<Slot | undefined> {
    if (this.#left > 0) this.#left--
    else if (this.#waiting.length >= this.#waitingMax) return undefined
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return { free: () => this.#free() }
  }

  #free(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#left++
  }
}
