// What one process knows of a destination: what waits in memory, what is under way, when its lanes
// have to be looked at, and whether it is to be left alone. Knows no database and no network.
import type { QueuedRow } from './row.ts'
import { delayAfter, type Schedule, suspendedMaxMs } from './schedule.ts'

export interface DestinationLimits {
  /** Attempts at the same time. */
  readonly concurrencyMax: number
  /** Attempts a minute; 0 is without limit. */
  readonly perMinuteMax: number
}

/** Attempts in a row that reach nobody, of a destination that was reached before. */
const doubtedMax = 3

export class Destination {
  readonly name: string
  /** Claimed or just filed, and not begun. Those of the first rank are first. */
  readonly waiting: QueuedRow[] = []
  /** When each lane is due next, as far as is known. */
  readonly lanes = new Map<string, number>()
  claiming = false
  underWay = 0
  /** Attempts in a row that reached nobody. */
  failures = 0
  suspendedUntil = 0
  /** What was said when it was suspended. */
  why = ''
  /** It was reached since it was suspended last. */
  #known = false
  #allowance = 1
  #allowedAt = 0

  constructor(name: string) {
    this.name = name
  }

  /** Nothing is known of it that would be missed. */
  get idle(): boolean {
    return (
      this.waiting.length === 0 && this.underWay === 0 && !this.claiming && this.lanes.size === 0
    )
  }

  suspended(now: number): boolean {
    return this.suspendedUntil > now
  }

  /** Whether one more attempt may begin; who was not reached is tried by one alone. */
  mayBegin(limits: DestinationLimits, now: number): boolean {
    const most = this.failures > 0 ? 1 : limits.concurrencyMax
    return this.underWay < most && this.#allowed(limits.perMinuteMax, now)
  }

  begin(): QueuedRow | undefined {
    const row = this.waiting.shift()
    if (!row) return undefined
    this.underWay++
    this.#allowance--
    return row
  }

  reached(): void {
    this.#known = true
    this.failures = 0
    this.suspendedUntil = 0
  }

  notReached(schedule: Schedule, why: string, at: { now: number; random: number }): void {
    this.failures++
    this.why = why
    // One that took mail a moment ago, and lost a connection, is not down.
    if (this.#known && this.failures < doubtedMax) return
    this.#known = false
    const delay = Math.min(delayAfter(schedule, this.failures, at.random), suspendedMaxMs)
    this.suspendedUntil = at.now + delay
  }

  /** The lane to look at first, or undefined while none is due. */
  dueLane(now: number): string | undefined {
    let found: string | undefined
    for (const [lane, due] of this.lanes)
      if (due <= now && (found === undefined || lane.length < found.length || lane < found))
        found = lane
    return found
  }

  #allowed(perMinuteMax: number, now: number): boolean {
    if (perMinuteMax === 0) return true
    const more = (Math.max(now - this.#allowedAt, 0) * perMinuteMax) / 60_000
    const most = Math.max(1, perMinuteMax / 60)
    this.#allowance = Math.min(Math.max(this.#allowance, 0) + more, most)
    this.#allowedAt = now
    return this.#allowance >= 1
  }
}
