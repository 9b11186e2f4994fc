// Counts that fade: how much of something each name has done lately. Bounded, whatever the names.
// Knows nothing of what is counted.

export interface ScoresOptions {
  /** So much fades in an hour. */
  readonly perHour: number
  /** Names that are remembered; beyond them who has the least is forgotten. */
  readonly namesMax: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

interface Score {
  value: number
  at: number
}

/** Among so many of the longest untouched the least is looked for. */
const lookedAt = 8
const hourMs = 3_600_000

export class Scores {
  readonly #options: ScoresOptions
  /** Longest untouched first. */
  readonly #scores = new Map<string, Score>()

  constructor(options: ScoresOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#scores.size
  }

  of(name: string): number {
    const score = this.#scores.get(name)
    return score ? this.#faded(score) : 0
  }

  /** Adds to a score, or takes from it; returns what it is now. */
  add(name: string, amount: number): number {
    const before = this.of(name)
    const value = Math.max(0, before + amount)
    this.#scores.delete(name)
    if (value === 0) return 0
    if (this.#scores.size >= this.#options.namesMax) this.#forgetOne()
    this.#scores.set(name, { value, at: this.#options.now() })
    return value
  }

  #faded({ value, at }: Score): number {
    // A clock that goes back makes nobody's score grow.
    const passedMs = Math.max(0, this.#options.now() - at)
    return Math.max(0, value - (passedMs * this.#options.perHour) / hourMs)
  }

  #forgetOne(): void {
    let least: { name: string; value: number } | undefined
    let looked = 0
    for (const [name, score] of this.#scores) {
      const value = this.#faded(score)
      if (!least || value < least.value) least = { name, value }
      if (++looked === lookedAt) break
    }
    if (least) this.#scores.delete(least.name)
  }
}
