// Learns from what people do: what they move to Junk is junk, what they take out of it is not, and
// whom they write to is no stranger. Follows the change log, so it matters not by which protocol.
import type { Log } from '../../base/log.ts'
import { AccountFollower, type AccountState } from '../../mailbox/account-follower.ts'
import type { ChangeFeed } from '../../mailbox/change-feed.ts'
import { beginning } from '../../mailbox/search/haystack.ts'
import { storedEmails } from '../../mailbox/search/search-jobs.ts'
import { mailboxesOf } from '../../message/address-list.ts'
import type { Digest } from '../../message/digest.ts'
import type { BlobRef, Blobs } from '../../store/blobs.ts'
import type { Engine } from '../../store/engine.ts'
import { looksOf } from '../../trust/spam/looks.ts'
import { wordsOf } from '../../trust/spam/words.ts'
import { forgetSpam, learn, learnSent, learntUpTo, lessonsSince, setUpTo } from './spam-jobs.ts'

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
  readonly #follower: AccountFollower

  constructor(ports: TrainerPorts) {
    this.#ports = ports
    this.#follower = new AccountFollower(
      ports,
      {
        behind: (accounts) => this.#behind(accounts),
        step: (account) => this.#step(account),
        failed: 'not learnt',
      },
      { quietMs, longestMs },
    )
  }

  start(): void {
    this.#follower.start()
  }

  stop(): Promise<void> {
    return this.#follower.stop()
  }

  /** Learns all that there is to learn now. */
  settle(): Promise<void> {
    return this.#follower.settle()
  }

  /** Forgets verdicts and sent messages of half a year ago. */
  async forget(): Promise<void> {
    const { engine, now } = this.#ports
    while (!this.#follower.stopped && (await engine.run(forgetSpam, now() - keptMs)));
  }

  async #behind(states: readonly AccountState[]): Promise<readonly string[]> {
    const accounts = states.map(({ account }) => account)
    const known = new Map<string, number>()
    for (const { account, upto } of await this.#ports.engine.run(learntUpTo, accounts))
      known.set(account, upto)
    return states.flatMap(({ account, modseq }) => (known.get(account) === modseq ? [] : account))
  }

  /** Whether there is more to learn. */
  async #step(account: string): Promise<boolean> {
    const { engine } = this.#ports
    const { junk, wanted, sent, from, upTo, more } = await engine.run(lessonsSince, account)
    for (const each of await this.#stored(account, junk)) await this.#learn(account, each, true)
    for (const each of await this.#stored(account, wanted)) await this.#learn(account, each, false)
    for (const each of await this.#stored(account, sent)) await this.#learnSent(account, each)
    if (upTo > from) await engine.run(setUpTo, { account, upTo })
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
