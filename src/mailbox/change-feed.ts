// Word of changes after their commit, in order, to whoever listens: to all, or to one account.
import { Feed, type missed } from '../base/feed.ts'
import { alone, type Notifier } from '../store/notifier.ts'
import type { Change, ChangeKind } from './change.ts'

export class ChangeFeed {
  readonly #all = new Feed<Change>()
  readonly #accounts = new Map<string, Feed<Change>>()

  readonly #notifier: Notifier
  readonly #countedMax: number
  /** Changes told so far, and the last one of each account. */
  #told = 0
  readonly #last = new Map<string, number>()
  /** Of accounts that are not among these. */
  #before = 0

  /** What other processes commit is told here, too. */
  constructor(notifier: Notifier = alone, countedMax = 100_000) {
    this.#notifier = notifier
    this.#countedMax = countedMax
    notifier.listen(channel, (word) => (word === undefined ? this.#miss() : this.#tell(of(word))))
  }

  publish(change: Change): void {
    const { account, modseq, mailbox, kind } = change
    this.#notifier.publish(channel, `${account} ${modseq} ${mailbox} ${kind}`)
    this.#tell(change)
  }

  #miss(): void {
    this.#all.miss()
    for (const feed of this.#accounts.values()) feed.miss()
  }

  /**
   * A number that is another one after each change of the account, and perhaps more often;
   * undefined where other processes change it as well.
   */
  lastOf(account: string): number | undefined {
    return this.#notifier.others ? undefined : (this.#last.get(account) ?? this.#before)
  }

  #tell(change: Change): void {
    this.#count(change.account)
    this.#all.publish(change)
    const feed = this.#accounts.get(change.account)
    feed?.publish(change)
    if (feed?.listeners === 0) this.#accounts.delete(change.account)
  }

  /** Every change of every account; see `Feed.listen`. */
  listen(signal?: AbortSignal, limit?: number): AsyncIterableIterator<Change | typeof missed> {
    return this.#all.listen(signal, limit)
  }

  /**
   * The changes of one account. One that came too late to be told is told as `missed`: the change
   * log knows. Few wait, for each of them only says that there is something to ask.
   */
  listenTo(account: string, signal?: AbortSignal): AsyncIterableIterator<Change | typeof missed> {
    let feed = this.#accounts.get(account)
    if (!feed) {
      this.#forgetSilent()
      feed = new Feed<Change>()
      this.#accounts.set(account, feed)
    }
    return feed.listen(signal, waitingMax)
  }

  /** Feeds that nobody listens to any more go when others come. */
  #forgetSilent(): void {
    if (this.#accounts.size < this.#forgetAt) return
    for (const [account, feed] of this.#accounts)
      if (feed.listeners === 0) this.#accounts.delete(account)
    this.#forgetAt = Math.max(firstForgetAt, 2 * this.#accounts.size)
  }

  #forgetAt = firstForgetAt

  #count(account: string): void {
    if (this.#last.size >= this.#countedMax) {
      this.#last.clear()
      this.#before = this.#told
    }
    this.#last.set(account, ++this.#told)
  }
}

const channel = 'changes'

function of(word: string): Change {
  const [account = '', modseq = '', mailbox = '', kind = ''] = word.split(' ')
  return { account, modseq: Number(modseq), mailbox, kind: kind as ChangeKind }
}

const waitingMax = 64
const firstForgetAt = 64
