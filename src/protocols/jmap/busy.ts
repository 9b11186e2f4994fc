// What is at work for each account: so many at once, and no more.
export class Busy {
  readonly #max: number
  readonly #counts = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** Counts one more, until what is returned is called; undefined where there are enough. */
  take(key: string): (() => void) | undefined {
    const now = this.#counts.get(key) ?? 0
    if (now >= this.#max) return undefined
    this.#counts.set(key, now + 1)
    return () => {
      const left = (this.#counts.get(key) ?? 1) - 1
      if (left > 0) this.#counts.set(key, left)
      else this.#counts.delete(key)
    }
  }
}
