// A memory bounded by the size of what it keeps: what was not asked for the longest goes first.
// Knows nothing of what it keeps.

export class SizedCache<T> {
  readonly #max: number
  readonly #sizeOf: (value: T) => number
  readonly #map = new Map<string, T>()
  #size = 0

  /** Keeps up to `max` in all; nothing that is more than an eighth of it. */
  constructor(max: number, sizeOf: (value: T) => number) {
    this.#max = max
    this.#sizeOf = sizeOf
  }

  get size(): number {
    return this.#size
  }

  get(key: string): T | undefined {
    const found = this.#map.get(key)
    if (found === undefined) return undefined
    this.#map.delete(key)
    this.#map.set(key, found)
    return found
  }

  set(key: string, value: T): void {
    this.#drop(key)
    const size = this.#sizeOf(value)
    if (size > this.#max / 8) return
    this.#map.set(key, value)
    this.#size += size
    for (const oldest of this.#map.keys()) {
      if (this.#size <= this.#max) return
      this.#drop(oldest)
    }
  }

  #drop(key: string): void {
    const found = this.#map.get(key)
    if (found === undefined) return
    this.#map.delete(key)
    this.#size -= this.#sizeOf(found)
  }
}
