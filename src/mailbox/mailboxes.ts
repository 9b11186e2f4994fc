// Mail as its owner reads it: mailboxes, messages, their bytes, and word of every change.
import { Cache } from '../base/cache.ts'
import { Feed } from '../base/feed.ts'
import { Refused } from '../base/refused.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Engine } from '../store/engine.ts'
import { type Quota, setQuota } from './account-work.ts'
import type { Change } from './append.ts'
import { type Message, messageOf, refOf } from './message-row.ts'
import { findMessage, findUsage, listMailboxes, listMessages } from './read-jobs.ts'

export interface Mailbox {
  readonly id: string
  readonly name: string
  /** "inbox", "sent" … (RFC 8621 §2), or "". */
  readonly role: string
  readonly board: boolean
  readonly uidValidity: number
  readonly uidNext: number
  readonly modseq: number
  readonly messages: number
  readonly unseen: number
  readonly bytes: number
}

export interface Usage extends Quota {
  readonly messages: number
  readonly bytes: number
}

/** A message with its bytes, as a client is given them. */
export interface OpenMessage {
  readonly message: Message
  /** The trace fields put before the received bytes. */
  readonly prefix: Uint8Array
  /** From byte `start` up to, not including, `end`, counted over prefix and received bytes. */
  stream(start?: number, end?: number): AsyncIterable<Uint8Array>
}

const pageMax = 1_000

export class Mailboxes {
  /** What was committed, in order for each account. Who files mail publishes here. */
  readonly changes = new Feed<Change>()
  readonly #engine: Engine
  readonly #blobs: Blobs
  /** Accounts known to have no quota: most, and asked for with every recipient. */
  readonly #unlimited = new Cache<true>(10_000)

  constructor(engine: Engine, blobs: Blobs) {
    this.#engine = engine
    this.#blobs = blobs
  }

  async list(account: string): Promise<readonly Mailbox[]> {
    const rows = await this.#engine.run(listMailboxes, account)
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      role: row.role,
      board: row.board !== 0,
      uidValidity: row.uid_validity,
      uidNext: row.uid_next,
      modseq: row.modseq,
      messages: row.messages,
      unseen: row.unseen,
      bytes: row.bytes,
    }))
  }

  /** Newest first, at most `limit` (and 1,000), only UIDs below `before` where it is given. */
  async messages(
    account: string,
    mailbox: string,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<readonly Message[]> {
    const before = page.before ?? Number.MAX_SAFE_INTEGER
    const limit = Math.min(Math.max(page.limit, 1), pageMax)
    const rows = await this.#engine.run(listMessages, { account, mailbox, before, limit })
    return rows.map(messageOf)
  }

  /** undefined when it is not there. */
  async open(account: string, mailbox: string, uid: number): Promise<OpenMessage | undefined> {
    const row = await this.#engine.run(findMessage, { account, mailbox, uid })
    if (!row) return undefined
    const { prefix } = row
    const blobs = this.#blobs
    return {
      message: messageOf(row),
      prefix,
      async *stream(start = 0, end = row.size) {
        if (start < prefix.length) yield prefix.subarray(start, end)
        if (end <= prefix.length) return
        const from = Math.max(0, start - prefix.length)
        yield* blobs.stream(refOf(row), from, end - prefix.length)
      },
    }
  }

  /** @throws Refused 'not-found' */
  async usage(account: string): Promise<Usage> {
    const row = await this.#engine.run(findUsage, account)
    if (!row) throw new Refused('not-found', `account ${account}`)
    return {
      messages: row.messages,
      bytes: row.bytes,
      quotaMessages: row.quota_messages,
      quotaBytes: row.quota_bytes,
    }
  }

  /** Whether not even an empty message would fit. */
  async isFull(account: string): Promise<boolean> {
    if (this.#unlimited.get(account)) return false
    const { epoch } = this.#unlimited
    const { messages, bytes, quotaMessages, quotaBytes } = await this.usage(account)
    if (quotaMessages === 0 && quotaBytes === 0) this.#unlimited.set(account, true, epoch)
    return (
      (quotaMessages > 0 && messages >= quotaMessages) || (quotaBytes > 0 && bytes >= quotaBytes)
    )
  }

  /** @throws Refused 'not-found' */
  async setQuota(account: string, quota: Quota): Promise<void> {
    const there = await this.#engine.run(setQuota, { account, ...quota })
    this.#unlimited.clear()
    if (!there) throw new Refused('not-found', `account ${account}`)
  }
}
