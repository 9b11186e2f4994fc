// A maildrop in a session: message numbers, what is marked as deleted, the next body read ahead.
// RFC 1939 §4, §5: numbers stay what they were, whatever other sessions do.
import type { DropBody, Maildrop, Maildrops } from '../../mailbox/maildrop.ts'

/** The bytes of a message, in parts. */
type Parts = readonly Uint8Array[] | AsyncIterable<Uint8Array>

/** What a session may hold of messages that were not asked for yet. */
const aheadMaxBytes = 128 * 1024
const aheadMax = 64

export class OpenDrop {
  readonly account: string
  readonly #maildrops: Maildrops
  readonly #drop: Maildrop
  readonly #release: () => void
  #deleted: Uint8Array | undefined
  #deletedCount = 0
  #deletedBytes = 0
  #lastNumber = 0
  #ahead = new Map<number, DropBody>()
  #removals = 0
  readonly #watching = new AbortController()

  /** `release` lets other sessions in. */
  constructor(maildrops: Maildrops, drop: Maildrop, release: () => void) {
    this.account = drop.account
    this.#maildrops = maildrops
    this.#drop = drop
    this.#release = release
    const removed = () => {
      this.#removals++
      this.#ahead.clear()
    }
    void maildrops.watch(drop, removed, this.#watching.signal)
  }

  get mailbox(): string {
    return this.#drop.mailbox
  }

  /** Messages that are not marked as deleted. */
  get count(): number {
    return this.#drop.uids.length - this.#deletedCount
  }

  get bytes(): number {
    return this.#drop.sizes.reduce((sum, size) => sum + size, 0) - this.#deletedBytes
  }

  /** Of all messages there were, deleted or not. */
  get numberMax(): number {
    return this.#drop.uids.length
  }

  has(number: number): boolean {
    return number >= 1 && number <= this.numberMax
  }

  isDeleted(number: number): boolean {
    return this.#deleted?.[number - 1] === 1
  }

  size(number: number): number {
    return this.#drop.sizes[number - 1] ?? 0
  }

  /** RFC 1939 §7: never given to another message, and the same in every session for ever. */
  uniqueId(number: number): string {
    return `${this.#drop.uidValidity}.${this.#drop.uids[number - 1]}`
  }

  delete(number: number): void {
    this.#deleted ??= new Uint8Array(this.numberMax)
    this.#deleted[number - 1] = 1
    this.#deletedCount++
    this.#deletedBytes += this.size(number)
  }

  reset(): void {
    this.#deleted = undefined
    this.#deletedCount = 0
    this.#deletedBytes = 0
  }

  /** UIDs of what is marked as deleted, ascending. */
  deletedUids(): number[] {
    return [...this.#drop.uids].filter((_, at) => this.#deleted?.[at] === 1)
  }

  /**
   * The bytes of a message; undefined when another session has removed it. Who asks for one after
   * the other finds the next ones read already. @throws Refused 'storage-failed'
   */
  async body(number: number): Promise<Parts | undefined> {
    const uid = this.#drop.uids[number - 1] ?? 0
    const inOrder = number === this.#lastNumber + 1
    this.#lastNumber = number
    let found = this.#ahead.get(uid)
    if (!found) {
      const last = this.#drop.uids[(inOrder ? this.#aheadOf(number) : number) - 1] ?? uid
      const removals = this.#removals
      const bodies = await this.#maildrops.bodies(this.#drop, [uid, last])
      found = bodies.find((body) => body.uid === uid)
      if (removals === this.#removals) this.#ahead = new Map(bodies.map((body) => [body.uid, body]))
    }
    this.#ahead.delete(uid)
    if (!found) return undefined
    return found.bytes ? [found.prefix, found.bytes] : this.#stream(found)
  }

  /** The session is over, or about to be. */
  release(): void {
    this.#watching.abort()
    this.#ahead.clear()
    this.#release()
  }

  /** The last message that is read together with this one. */
  #aheadOf(number: number): number {
    let bytes = this.size(number)
    let last = number
    while (last < Math.min(this.numberMax, number + aheadMax - 1)) {
      bytes += this.size(last + 1)
      if (bytes > aheadMaxBytes) break
      last++
    }
    return last
  }

  async *#stream(found: DropBody): AsyncGenerator<Uint8Array> {
    yield found.prefix
    yield* this.#maildrops.stream(found)
  }
}
