// Follows the changes of all accounts for whoever has to catch up with them: looks through all at
// the start, and whenever changes were missed, then takes those in turn that changed. Knows not
// what is done with them.
import { missed } from '../base/feed.ts'
import type { Log } from '../base/log.ts'
import { Lull } from '../base/lull.ts'
import type { Engine } from '../store/engine.ts'
import type { ChangeFeed } from './change-feed.ts'
import { listMailAccounts } from './read-jobs.ts'

export interface FollowerPorts {
  readonly engine: Engine
  readonly changes: ChangeFeed
  readonly log: Log
  /** An account that is nobody's. */
  readonly without?: string
}

export interface AccountState {
  readonly account: string
  readonly modseq: number
}

/** Who catches up. */
export interface Follows {
  /** Those of them that there is something to do for. */
  behind(accounts: readonly AccountState[]): Promise<readonly string[]>
  /** Does some of it for one; whether there is more to do. */
  step(account: string): Promise<boolean>
  /** All accounts were looked at: these there are. */
  surveyed?(known: ReadonlySet<string>): Promise<void>
  /** What the log says when it fails. */
  readonly failed: string
}

/** Whoever changes much goes first; and more at once costs less each. */
interface Patience {
  readonly quietMs: number
  readonly longestMs: number
}

const pageMax = 100

export class AccountFollower {
  readonly #ports: FollowerPorts
  readonly #follows: Follows
  readonly #waiting = new Set<string>()
  readonly #stop = new AbortController()
  readonly #lull: Lull
  #running: Promise<void> = Promise.resolve()

  constructor(ports: FollowerPorts, follows: Follows, patience: Patience) {
    this.#ports = ports
    this.#follows = follows
    this.#lull = new Lull({ ...patience, act: () => this.#soon(() => this.#work()) })
  }

  /** Whether it is to end. */
  get stopped(): boolean {
    return this.#stop.signal.aborted
  }

  /** Catches up with every account, then follows the changes. */
  start(): void {
    void this.#follow()
    this.#soon(() => this.#survey())
  }

  /** Ends after the step in hand. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#lull.stop()
    await this.#running
  }

  /** Does all that there is to do now. */
  async settle(): Promise<void> {
    this.#soon(() => this.#survey())
    await this.#running
  }

  async #follow(): Promise<void> {
    for await (const change of this.#ports.changes.listen(this.#stop.signal)) {
      if (change === missed) this.#soon(() => this.#survey())
      else if (change.account !== this.#ports.without) this.#waiting.add(change.account)
      else continue
      this.#lull.touch()
    }
  }

  #soon(task: () => Promise<void>): void {
    this.#running = this.#running.then(task).catch((error: unknown) => {
      if (!this.stopped) this.#ports.log.warn(this.#follows.failed, { error })
    })
  }

  async #survey(): Promise<void> {
    const known = new Set<string>()
    for (let after = ''; ; ) {
      const page = await this.#ports.engine.run(listMailAccounts, { after, limit: pageMax })
      const accounts = page.filter(({ account }) => account !== this.#ports.without)
      for (const { account } of accounts) known.add(account)
      if (accounts.length > 0)
        for (const account of await this.#follows.behind(accounts)) this.#waiting.add(account)
      after = page.at(-1)?.account ?? ''
      if (page.length < pageMax || this.stopped) break
    }
    await this.#follows.surveyed?.(known)
    await this.#work()
  }

  async #work(): Promise<void> {
    while (!this.stopped) {
      const [account] = this.#waiting
      if (account === undefined) return
      this.#waiting.delete(account)
      // A step of each account in turn: none waits for another's.
      if (await this.#follows.step(account)) this.#waiting.add(account)
    }
  }
}
