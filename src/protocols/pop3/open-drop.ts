// A maildrop in a session: message numbers, what is marked as deleted, the next body read ahead.
// RFC 1939 §4, §5: numbers stay what they were, whatever other sessions do.
import { Refused } from '../../base/refused.ts'
import {
  type DropBody,
  type Maildrop,
  type Maildrops,
  wholeMaxBytes,
} from '../../mailbox/maildrop.ts'

/** The bytes of a message, in parts. */
type Parts = readonly Uint8Array[] | AsyncIterable<Uint8Array>

interface Ahead {
  readonly uid: number
  readonly parts: Promise<Parts | undefined>
}

export class OpenDrop {
  readonly account: string
  readonly #maildrops: Maildrops
  readonly #drop: Maildrop
  readonly #release: () => void
  #deleted: Uint8Array | undefined
  #deletedCount = 0
  #deletedBytes = 0
  #lastNumber = 0
  #ahead: Ahead | undefined

  /** `release` lets other sessions in. */
  constructor(maildrops: Maildrops, drop: Maildrop, release: () => void) {
    this.account = drop.account
    this.#maildrops = maildrops
    this.#drop = drop
    this.#release = release
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
   * the other finds the next one read already. @throws Refused 'storage-failed'
   */
  async body(number: number): Promise<Parts | undefined> {
    const uid = this.#drop.uids[number - 1] ?? 0
    const inOrder = number === this.#lastNumber + 1
    this.#lastNumber = number
    const ahead = this.#ahead?.uid === uid ? this.#ahead : undefined
    this.#ahead = undefined
    const found = await this.#maildrops.find(this.#drop, uid)
    const parts = found && ((await ahead?.parts) ?? (await this.#read(found)))
    if (parts && inOrder && this.has(number + 1)) this.#readAhead(number + 1)
    return parts
  }

  /** The session is over, or about to be. */
  release(): void {
    this.#ahead = undefined
    this.#release()
  }

  async #read(found: DropBody): Promise<Parts> {
    const { prefix, blob } = found
    if (blob.size <= wholeMaxBytes) return [prefix, await this.#maildrops.read(found)]
    return this.#stream(found)
  }

  async *#stream(found: DropBody): AsyncGenerator<Uint8Array> {
    yield found.prefix
    yield* this.#maildrops.stream(found)
  }

  /** Small ones only: what is asked for again anyway may fail here in silence. */
  #readAhead(number: number): void {
    if (this.size(number) > wholeMaxBytes || this.isDeleted(number)) return
    const uid = this.#drop.uids[number - 1] ?? 0
    const parts = this.#maildrops
      .find(this.#drop, uid)
      .then((found) => found && this.#read(found))
      .catch((error: unknown) => {
        if (error instanceof Refused) return undefined
        throw error
      })
    parts.catch(() => {})
    this.#ahead = { uid, parts }
  }
}
