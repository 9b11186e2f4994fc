// A bounded one-to-many feed: lower rooms publish, higher rooms listen; nobody is called upward.

/** What a listener that fell behind is given instead of the values it missed. */
export const missed = Symbol('missed')

export class Feed<T> {
  readonly #listeners = new Set<Listener<T>>()

  get listeners(): number {
    return this.#listeners.size
  }

  publish(value: T): void {
    for (const listener of this.#listeners) listener.push(value)
  }

  /** Tells every listener that there were values which nobody has. */
  miss(): void {
    for (const listener of this.#listeners) listener.miss()
  }

  /**
   * Listens until the loop is left or `signal` aborts. At most `limit` values wait for a slow
   * listener; beyond that they are dropped and it receives `missed` once, in their place.
   */
  listen(signal?: AbortSignal, limit = 1024): AsyncIterableIterator<T | typeof missed> {
    const listener = new Listener<T>(limit, () => this.#listeners.delete(listener))
    this.#listeners.add(listener)
    if (signal?.aborted) listener.stop()
    else signal?.addEventListener('abort', () => listener.stop(), { once: true })
    return listener
  }
}

class Listener<T> implements AsyncIterableIterator<T | typeof missed> {
  readonly #limit: number
  readonly #leave: () => void
  #waiting: (T | typeof missed)[] = []
  #wake: ((result: IteratorResult<T | typeof missed>) => void) | undefined
  #stopped = false

  constructor(limit: number, leave: () => void) {
    this.#limit = limit
    this.#leave = leave
  }

  miss(): void {
    if (this.#waiting.at(-1) !== missed) this.push(missed)
  }

  push(value: T | typeof missed): void {
    if (this.#wake) {
      const wake = this.#wake
      this.#wake = undefined
      wake({ value, done: false })
    } else if (this.#waiting.length < this.#limit) this.#waiting.push(value)
    else this.#waiting = [missed]
  }

  stop(): void {
    this.#stopped = true
    this.#leave()
    this.#wake?.({ value: undefined, done: true })
    this.#wake = undefined
  }

  next(): Promise<IteratorResult<T | typeof missed>> {
    const value = this.#waiting.shift()
    if (value !== undefined) return Promise.resolve({ value, done: false })
    if (this.#stopped) return Promise.resolve({ value: undefined, done: true })
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  return(): Promise<IteratorResult<T | typeof missed>> {
    this.stop()
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
