// Learns from what people do: what they move to Junk is junk, what they take out of it is not, and
// whom they write to is no stranger. Follows the change log, so it matters not by which protocol.
import { missed } from '../../base/feed.ts'
import type { Log } from '../../base/log.ts'
import { Lull } from '../../base/lull.ts'
import type { ChangeFeed } from '../../mailbox/change-feed.ts'
import { listMailAccounts } from '../../mailbox/read-jobs.ts'
import { beginning } from '../../mailbox/search/haystack.ts'
import { storedEmails } from '../../mailbox/search/search-jobs.ts'
import { mailboxesOf } from '../../message/address-list.ts'
import type { Digest } from '../../message/digest.ts'
import type { BlobRef, Blobs } from '../../store/blobs.ts'
import type { Engine } from '../../store/engine.ts'
import { looksOf } from '../../trust/spam/looks.ts'
import { wordsOf } from '../../trust/spam/words.ts'
import { forgetSpam, learn, learnSent, lessonsSince, setUpTo } from './spam-jobs.ts'

export interface TrainerPorts {
  readonly engine: Engine
  readonly blobs: Blobs
  readonly changes: ChangeFeed
  readonly log: Log
  readonly now: () => number
  /** An account that is nobody's. */
  readonly without: string
}

/** Whoever appends or moves much goes first. */
const quietMs = 500
const longestMs = 5_000
const pageMax = 100
const lessonMax = 100
const recipientsMax = 100
const keptMs = 180 * 86_400_000

interface Stored {
  readonly email: string
  readonly digest: string
  readonly blob: BlobRef
}

export class Trainer {
  readonly #ports: TrainerPorts
  readonly #waiting = new Set<string>()
  readonly #stop = new AbortController()
  readonly #lull = new Lull({ quietMs, longestMs, act: () => this.#soon(() => this.#work()) })
  #running: Promise<void> = Promise.resolve()

  constructor(ports: TrainerPorts) {
    this.#ports = ports
  }

  start(): void {
    void this.#follow()
    this.#soon(() => this.#survey())
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    this.#lull.stop()
    await this.#running
  }

  /** Learns all that there is to learn now. */
  async settle(): Promise<void> {
    this.#soon(() => this.#survey())
    await this.#running
  }

  /** Forgets verdicts and sent messages of half a year ago. */
  async forget(): Promise<void> {
    const { engine, now } = this.#ports
    while (!this.#stop.signal.aborted && (await engine.run(forgetSpam, now() - keptMs)));
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
      if (!this.#stop.signal.aborted) this.#ports.log.warn('not learnt', { error })
    })
  }

  async #survey(): Promise<void> {
    const { engine, without } = this.#ports
    for (let after = ''; ; ) {
      const accounts = await engine.run(listMailAccounts, { after, limit: pageMax })
      for (const { account } of accounts) if (account !== without) this.#waiting.add(account)
      after = accounts.at(-1)?.account ?? ''
      if (accounts.length < pageMax || this.#stop.signal.aborted) break
    }
    await this.#work()
  }

  async #work(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const [account] = this.#waiting
      if (account === undefined) return
      this.#waiting.delete(account)
      if (await this.#step(account)) this.#waiting.add(account)
    }
  }

  /** Whether there is more to learn. */
  async #step(account: string): Promise<boolean> {
    const { engine } = this.#ports
    const { junk, wanted, sent, upTo, more } = await engine.run(lessonsSince, account)
    for (const each of await this.#stored(account, junk)) await this.#learn(account, each, true)
    for (const each of await this.#stored(account, wanted)) await this.#learn(account, each, false)
    for (const each of await this.#stored(account, sent)) await this.#learnSent(account, each)
    await engine.run(setUpTo, { account, upTo })
    return more
  }

  async #stored(account: string, emails: readonly string[]): Promise<readonly Stored[]> {
    const found: Stored[] = []
    for (let from = 0; from < emails.length; from += lessonMax) {
      const part = emails.slice(from, from + lessonMax)
      found.push(...(await this.#ports.engine.run(storedEmails, { account, emails: part })))
    }
    return found
  }

  async #learn(account: string, { email, digest, blob }: Stored, junk: boolean): Promise<void> {
    const { engine, blobs, now } = this.#ports
    const bytes = await beginning(blobs, blob)
    const { reading, from, fromDomain } = looksOf(bytes, JSON.parse(digest) as Digest, now())
    const senders = from === '' ? [] : [from, `@${fromDomain}`]
    await engine.run(learn, { account, email, junk, words: wordsOf(reading), senders })
  }

  async #learnSent(account: string, { digest }: Stored): Promise<void> {
    const { engine, now } = this.#ports
    const { envelope } = JSON.parse(digest) as Digest
    const to = [...envelope.to, ...envelope.cc, ...envelope.bcc]
    const recipients = mailboxesOf(to)
      .slice(0, recipientsMax)
      .map(({ local, domain }) => `${local}@${domain}`.toLowerCase())
    const { messageId } = envelope
    await engine.run(learnSent, { account, messageId, recipients, at: now() })
  }
}
