// What one service counts while it serves: how long its answers took, and why it refused. Only
// increments; who reads asks for it.
import { Histogram } from './histogram.ts'

/** Reasons are words of ours, and few; should they ever be more, the rest is one. */
const reasonsMax = 64

export class Tally {
  readonly commandMs = new Histogram()
  readonly #refusals = new Map<string, number>()

  /** @param reason one of a closed list: "unknown-user", "bad-syntax" */
  refused(reason: string): void {
    const known = this.#refusals.has(reason) || this.#refusals.size < reasonsMax
    const name = known ? reason : 'other'
    this.#refusals.set(name, (this.#refusals.get(name) ?? 0) + 1)
  }

  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals
  }
}
