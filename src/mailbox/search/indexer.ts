// Brings the index up to what was committed, in small batches, and remembers in the index itself
// how far it got. Nobody waits for it: searches look themselves at what is not indexed yet.
import type { Log } from '../../base/log.ts'
import type { BlobRef, Blobs } from '../../store/blobs.ts'
import type { Engine } from '../../store/engine.ts'
import type { Position } from '../../store/text-index.ts'
import { AccountFollower, type AccountState } from '../account-follower.ts'
import type { ChangeFeed } from '../change-feed.ts'
import { beginning } from './haystack.ts'
import type { RawDocument } from './index-questions.ts'
import type { MailIndex } from './mail-index.ts'
import { listEmails, modseqOf, newsSince, type Pair, storedEmails } from './search-jobs.ts'

export interface IndexerPorts {
  readonly engine: Engine
  readonly blobs: Blobs
  readonly index: MailIndex
  readonly changes: ChangeFeed
  readonly log: Log
  /** An account whose mail nobody searches. */
  readonly without?: string
}

/** What is in one batch: so many messages, or so many bytes of them. */
const batchMax = 100
const batchMaxBytes = 8 * 1024 * 1024
/** Messages up to this size are read together with their neighbours. */
const togetherMaxBytes = 256 * 1024
/** Whoever appends much goes first; and larger batches cost less each. */
const quietMs = 250
const longestMs = 3_000
const pageMax = 100

export class Indexer {
  readonly #ports: IndexerPorts
  readonly #follower: AccountFollower

  constructor(ports: IndexerPorts) {
    this.#ports = ports
    this.#follower = new AccountFollower(
      ports,
      {
        behind: (accounts) => this.#behind(accounts),
        step: (account) => this.#step(account),
        surveyed: (known) => this.#drop(known),
        failed: 'indexing failed',
      },
      { quietMs, longestMs },
    )
  }

  /** Catches up with every account, then follows the changes. */
  start(): void {
    this.#follower.start()
  }

  /** Ends after the batch in hand. */
  stop(): Promise<void> {
    return this.#follower.stop()
  }

  /** Indexes all that there is to index now. */
  settle(): Promise<void> {
    return this.#follower.settle()
  }

  async #behind(accounts: readonly AccountState[]): Promise<readonly string[]> {
    const behind: string[] = []
    for (const { account, modseq } of accounts) {
      const position = await this.#ports.index.position(account)
      if (position?.upTo !== modseq || position.cursor !== '') behind.push(account)
    }
    return behind
  }

  /** Of accounts that are gone nothing stays. */
  async #drop(known: ReadonlySet<string>): Promise<void> {
    const { index } = this.#ports
    for (let after = ''; !this.#follower.stopped; ) {
      const positions = await index.positions(after, pageMax)
      for (const { owner } of positions) {
        if (!known.has(owner)) await index.drop(owner)
        after = owner
      }
      if (positions.length < pageMax) break
    }
  }

  /** One batch; whether there is more to do. */
  async #step(account: string): Promise<boolean> {
    const { engine, index } = this.#ports
    const position = (await index.position(account)) ?? { owner: account, upTo: 0, cursor: '' }
    if (position.cursor !== '') return this.#pass(position)
    const news = await engine.run(newsSince, { account, upTo: position.upTo })
    // All is to be looked through again, up to where the account is now.
    if (!news)
      return this.#pass({ ...position, upTo: await engine.run(modseqOf, account), cursor: ' ' })
    if (news.upTo === position.upTo) return false
    const cameAll = await this.#put(position, news.came)
    if (!cameAll) return true
    const upTo = news.upTo
    await index.put({
      position: { owner: account, upTo, cursor: '' },
      added: [],
      removed: news.gone,
    })
    return news.more
  }

  /** A step of the pass over all emails of an account. " " is before every id. */
  async #pass(position: Position): Promise<boolean> {
    const { engine } = this.#ports
    const page = { account: position.owner, after: position.cursor, limit: batchMax }
    const emails = await engine.run(listEmails, page)
    const last = emails.at(-1)
    const done = emails.length < batchMax || last === undefined
    const next = { ...position, cursor: done ? '' : last.email }
    while (!(await this.#put(position, emails)) && !this.#follower.stopped);
    await this.#ports.index.put({ position: next, added: [], removed: [] })
    return true
  }

  /** Puts emails that are not in it into the index; whether these were all of them. */
  async #put(position: Position, pairs: readonly Pair[]): Promise<boolean> {
    const { index } = this.#ports
    for (let from = 0; from < pairs.length; from += batchMax) {
      const part = pairs.slice(from, from + batchMax).map(({ email }) => email)
      const known = await index.known(position.owner, part)
      const fresh = part.filter((email) => !known.has(email))
      if (fresh.length === 0) continue
      const { added, all } = await this.#read(position.owner, fresh)
      if (this.#follower.stopped) return false
      await index.put({ position, added, removed: [] })
      if (!all) return false
    }
    return true
  }

  async #read(account: string, emails: readonly string[]) {
    const stored = await this.#ports.engine.run(storedEmails, { account, emails })
    const taken: typeof stored = []
    let size = 0
    for (const each of stored) {
      if (size >= batchMaxBytes) break
      size += each.blob.size
      taken.push(each)
    }
    const read = await this.#ports.blobs.readMany(
      taken.map(({ blob }) => blob).filter(({ size }) => size <= togetherMaxBytes),
    )
    const together = read.values()
    const added: RawDocument[] = []
    for (const { email, thread, digest, blob } of taken) {
      const found = blob.size <= togetherMaxBytes ? together.next().value : undefined
      const bytes = found ?? (await this.#alone(blob, { account, email }))
      added.push({ email, thread, digest, bytes })
    }
    return { added, all: taken.length === stored.length }
  }

  /** Damaged bytes hold up nobody: what the digest says of it is found all the same. */
  #alone(blob: BlobRef, about: { readonly account: string; readonly email: string }) {
    return beginning(this.#ports.blobs, blob).catch((error: unknown) => {
      this.#ports.log.error('message not readable for the index', { ...about, error })
      return Buffer.alloc(0)
    })
  }
}
