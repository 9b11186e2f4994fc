// How long something took, counted into fixed buckets: an increment each; whoever reads adds up.

/** Upper bounds in milliseconds; what took longer is counted in all only. */
const boundsMs: readonly number[] = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000],
]

export interface HistogramCounts {
  /** Each upper bound with how many took at most so long. */
  readonly buckets: readonly { readonly upToMs: number; readonly count: number }[]
  readonly count: number
  readonly sumMs: number
}

export class Histogram {
  readonly #counts = new Array<number>(boundsMs.length + 1).fill(0)
  #sumMs = 0

  observe(ms: number): void {
    let at = 0
    while (at < boundsMs.length && ms > boundsMs[at]!) at++
    this.#counts[at]!++
    this.#sumMs += ms
  }

  read(): HistogramCounts {
    let count = 0
    const buckets = boundsMs.map((upToMs, at) => {
      count += this.#counts[at]!
      return { upToMs, count }
    })
    return { buckets, count: count + this.#counts[boundsMs.length]!, sumMs: this.#sumMs }
  }
}

/** What `share` of them took at most, in milliseconds: a bucket's bound; 0 where there was none. */
export function quantileMs({ buckets, count }: HistogramCounts, share: number): number {
  if (count === 0) return 0
  const wanted = Math.ceil(count * share)
  return buckets.find((bucket) => bucket.count >= wanted)?.upToMs ?? Number.POSITIVE_INFINITY
}
