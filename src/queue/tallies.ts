// What the queue has done since the start, in numbers.
import type { Said } from './row.ts'

/** Reasons that are counted by name; all others are one. */
const reasonsMax = 50

export class QueueTallies {
  delivered = 0
  failed = 0
  /** Attempts that are to be made again, by what was said: "451 4.7.1", "no reply", "not tried". */
  readonly deferred = new Map<string, number>()

  count(said: readonly Said[], putOff: boolean): void {
    for (const { code, status, became } of said) {
      if (became === 'delivered') this.delivered++
      else if (became === 'failed') this.failed++
      else this.#defer(putOff ? 'not tried' : reasonOf(code, status))
    }
  }

  #defer(reason: string): void {
    const known = this.deferred.has(reason) || this.deferred.size < reasonsMax
    const name = known ? reason : 'other'
    this.deferred.set(name, (this.deferred.get(name) ?? 0) + 1)
  }
}

function reasonOf(code: number, status: string): string {
  if (code === 0) return 'no reply'
  return status === '' ? String(code) : `${code} ${status}`
}
