// The bytes of one message while several parts of it are read: a small one is read once.
import type { BlobRef, Blobs } from '../store/blobs.ts'

/** Up to this size the whole is read at once, and kept. */
const smallMaxBytes = 256 * 1024

export class MessageBytes {
  readonly #blobs: Blobs
  readonly #ref: BlobRef
  readonly #prefix: Uint8Array
  #whole: Promise<Buffer> | undefined
  /** All of it, once it was read. */
  #now: Buffer | undefined

  /** `prefix` is what was put before the received bytes. */
  constructor(blobs: Blobs, ref: BlobRef, prefix: Uint8Array) {
    this.#blobs = blobs
    this.#ref = ref
    this.#prefix = prefix
  }

  get size(): number {
    return this.#prefix.length + this.#ref.size
  }

  get prefixSize(): number {
    return this.#prefix.length
  }

  get small(): boolean {
    return this.size <= smallMaxBytes
  }

  /** All of it where it was read already: whoever has it need not wait. */
  get now(): Buffer | undefined {
    return this.#now
  }

  /** Resolves when what was begun ahead is there, or will not come; nothing where that is so. */
  get began(): Promise<unknown> | undefined {
    return this.#now ? undefined : this.#whole?.catch(() => {})
  }

  /** All of it. @throws Refused 'storage-failed' */
  whole(): Promise<Buffer> {
    this.#whole ??= this.#readAll()
    return this.#whole
  }

  /** Begins to read the small ones of those soon wanted; what lies together is read at once. */
  static ahead(messages: readonly MessageBytes[]): void {
    const small = messages.filter((each) => each.small && !each.#whole)
    const [first] = small
    if (!first) return
    const read = first.#blobs.readMany(small.map((each) => each.#ref))
    for (const [at, each] of small.entries()) {
      each.#whole = read.then((all) => {
        const bytes = all[at]
        return bytes ? each.#withPrefix(bytes) : each.#readAll()
      })
      // Whoever wants it hears of the failure.
      each.#whole.catch(() => {})
    }
  }

  /** From byte `start` up to, not including, `end`. @throws Refused 'storage-failed' */
  async *stream(start: number, end: number): AsyncGenerator<Uint8Array> {
    if (end <= start) return
    if (this.small) {
      yield (await this.whole()).subarray(start, end)
      return
    }
    const before = this.#prefix.length
    if (start < before) yield this.#prefix.subarray(start, end)
    if (end > before)
      yield* this.#blobs.stream(this.#ref, Math.max(0, start - before), end - before)
  }

  /** The same in one piece. */
  async range(start: number, end: number): Promise<Buffer> {
    if (this.small) return (await this.whole()).subarray(start, Math.max(start, end))
    const chunks: Uint8Array[] = []
    for await (const chunk of this.stream(start, end)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  async #readAll(): Promise<Buffer> {
    return this.#withPrefix(await this.#blobs.read(this.#ref))
  }

  #withPrefix(bytes: Buffer): Buffer {
    this.#now = this.#prefix.length === 0 ? bytes : Buffer.concat([this.#prefix, bytes])
    return this.#now
  }
}
