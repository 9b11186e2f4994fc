// A bounded memory of answers that may be forgotten at any time. Knows nothing of what they mean.

/** Keeps the newest `max` answers. */
export class Cache<T> {
  readonly #max: number
  readonly #map = new Map<string, T>()
  /**
   * Counts what was forgotten by order. Who asks the database notes it before and hands it to
   * `set`, so that an answer read before a change is not kept after it.
   */
  epoch = 0

  constructor(max: number) {
    this.#max = max
  }

  get(key: string): T | undefined {
    return this.#map.get(key)
  }

  set(key: string, value: T, epoch: number): void {
    if (epoch !== this.epoch) return
    const oldest = this.#map.size >= this.#max ? this.#map.keys().next() : undefined
    if (oldest && !oldest.done) this.#map.delete(oldest.value)
    this.#map.set(key, value)
  }

  /** Whatever was being asked for meanwhile is not kept either. */
  forget(key: string): void {
    this.epoch++
    this.#map.delete(key)
  }

  clear(): void {
    this.epoch++
    this.#map.clear()
  }
}
