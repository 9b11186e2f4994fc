// When a row is tried again, when its sender is told, when it is given up. Pure.

export interface Schedule {
  /** After the first attempt, the second …; the last one for ever. */
  readonly delaysMs: readonly number[]
  /** So long waited, it goes back. */
  readonly lifetimeMs: number
  /** So long waited, its sender is told; 0 is never. */
  readonly warnAfterMs: number
}

const minute = 60_000
const hour = 60 * minute

/** RFC 5321 §4.5.4.1 asks for half an hour between attempts at least, and for 4 to 5 days. */
export const usualSchedule: Schedule = {
  delaysMs: [minute, 5 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 4 * hour],
  lifetimeMs: 5 * 24 * hour,
  warnAfterMs: 4 * hour,
}

/** A destination that cannot be reached is left alone no longer than this. */
export const suspendedMaxMs = hour

const jitter = 0.1

/** After so many attempts. `random` is from 0 to 1. */
export function delayAfter({ delaysMs }: Schedule, attempts: number, random: number): number {
  const delay = delaysMs[Math.min(Math.max(attempts, 1), delaysMs.length) - 1] ?? hour
  return Math.round(delay * (1 - jitter + 2 * jitter * random))
}

/** The longest that any row waits for its next attempt. */
export function longestDelay({ delaysMs }: Schedule): number {
  return Math.round(Math.max(...delaysMs, suspendedMaxMs) * (1 + jitter)) + suspendedMaxMs
}

/**
 * What to add to the time a row has waited when its attempt number `attempts` ends. A clock that
 * jumped, or a server that was off, adds no more than the row was meant to wait.
 */
export function waitedSince(
  schedule: Schedule,
  { attempts, tried, now }: { attempts: number; tried: number; now: number },
): number {
  const meant = attempts < 2 ? 0 : delayAfter(schedule, attempts - 1, 1)
  return Math.min(Math.max(now - tried, 0), meant + suspendedMaxMs)
}
