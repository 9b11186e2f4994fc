// How often somebody may do something: a token bucket for each name, as many as memory allows.

interface Bucket {
  left: number
  /** performance.now() when `left` was true. */
  at: number
}

const bucketsMax = 10_000
const minuteMs = 60_000

export class Rate {
  /** Least recently used first. */
  readonly #buckets = new Map<string, Bucket>()

  /** Takes one of `perMinute` for `name`; false when there is none left. 0 is unlimited. */
  take(name: string, perMinute: number, now = performance.now()): boolean {
    if (perMinute === 0) return true
    const bucket = this.#buckets.get(name) ?? { left: perMinute, at: now }
    const earned = ((now - bucket.at) * perMinute) / minuteMs
    bucket.left = Math.min(perMinute, bucket.left + earned)
    bucket.at = now
    this.#buckets.delete(name)
    this.#buckets.set(name, bucket)
    if (this.#buckets.size > bucketsMax) this.#buckets.delete(this.#buckets.keys().next().value!)
    if (bucket.left < 1) return false
    bucket.left -= 1
    return true
  }
}
