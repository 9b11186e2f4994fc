// Which accounts have a session that keeps others out, and when each last logged in. Of this
// process: servers that share a database do not know each other's sessions.
import { Cache } from '../../base/cache.ts'

const rememberedMax = 10_000

export class InUse {
  readonly #held = new Set<string>()
  readonly #logins = new Cache<number>(rememberedMax)
  readonly #now: () => number

  /** `now` tells milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** False when another session has the account. */
  enter(account: string): boolean {
    if (this.#held.has(account)) return false
    this.#held.add(account)
    return true
  }

  leave(account: string): void {
    this.#held.delete(account)
  }

  /** RFC 2449 §6.5: whether the last login is long enough ago; if so, this is the last one. */
  mayLogIn(account: string, delayMs: number): boolean {
    if (delayMs === 0) return true
    const now = this.#now()
    const last = this.#logins.get(account)
    if (last !== undefined && now - last < delayMs) return false
    this.#logins.set(account, now, this.#logins.epoch)
    return true
  }
}
