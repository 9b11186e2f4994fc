// What must be done to mail from time to time: purging what was expunged long ago, and forgetting
// old changes. One account after the other, in small jobs.
import type { Log } from '../base/log.ts'
import { pruneChanges } from './change-log.ts'
import type { MailPorts } from './mailboxes.ts'
import { listMailAccounts } from './read-jobs.ts'
import type { Undelete } from './undelete.ts'

export interface UpkeepOptions {
  readonly everyMs: number
  /** Changes that are told, at least: so old, and so many of each account. */
  readonly changesKeptMs: number
  readonly changesKeptMax: number
}

const accountsPage = 100

export class Upkeep {
  readonly #ports: MailPorts
  readonly #undelete: Undelete
  readonly #log: Log
  readonly #options: UpkeepOptions
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(ports: MailPorts, undelete: Undelete, log: Log, options: UpkeepOptions) {
    this.#ports = ports
    this.#undelete = undelete
    this.#log = log
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.once())
    }, this.#options.everyMs).unref()
  }

  /** Ends after the job in hand. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#running
  }

  /** Goes through all accounts. Never rejects: what fails now is done the next time. */
  async once(): Promise<void> {
    try {
      let after: string | undefined = ''
      while (after !== undefined) after = await this.#page(after)
    } catch (error) {
      this.#log.warn('upkeep of mail failed', { error })
    }
  }

  /** Forgets an account's changes from before a time, and all but the newest `keep`. */
  async forget(account: string, before: number, keep: number): Promise<void> {
    const order = { account, before, keep }
    while ((await this.#ports.engine.run(pruneChanges, order)) > 0 && !this.#stopped);
  }

  /** The next accounts; the last of them, or undefined when there are no more. */
  async #page(after: string): Promise<string | undefined> {
    const page = { after, limit: accountsPage }
    const accounts = await this.#ports.engine.run(listMailAccounts, page)
    for (const { account } of accounts) {
      if (this.#stopped) return undefined
      await this.#keep(account)
    }
    return accounts.length < accountsPage ? undefined : accounts.at(-1)?.account
  }

  async #keep(account: string): Promise<void> {
    const purged = await this.#undelete.purge(account)
    if (purged > 0) this.#log.info('expunged mail purged', { account, messages: purged })
    const { changesKeptMs, changesKeptMax } = this.#options
    await this.forget(account, this.#ports.now() - changesKeptMs, changesKeptMax)
  }
}
