// The text of one message before it is anybody's: its bytes in a blob, the first of them also in
// memory to be looked at. Knows no envelope.
import { Refused } from '../base/refused.ts'
import type { Blobs, BlobWriter, StagedBlob } from '../store/blobs.ts'

const headMaxBytes = 1024 * 1024
/** A blob that nobody owns is swept a minute after its end, at the earliest. */
const unownedMaxMs = 30_000

/** A text that has wholly come. */
export class Letter {
  /** The first MiB of it. */
  readonly head: Buffer
  readonly size: number
  readonly #blobs: Blobs
  readonly #writer: BlobWriter
  #staged: Promise<StagedBlob> | undefined
  #stagedAt = 0
  #dropped = false

  constructor(blobs: Blobs, writer: BlobWriter, head: Buffer, size: number) {
    this.#blobs = blobs
    this.#writer = writer
    this.head = head
    this.size = size
  }

  /** The text from its beginning, as often as it is asked for. */
  async *text(): AsyncGenerator<Uint8Array, void> {
    if (this.head.length === this.size) {
      if (this.size > 0) yield this.head
      return
    }
    const { ref } = await this.#end()
    yield* this.#blobs.stream(ref)
  }

  /** Its blob, for whoever makes it theirs now. */
  async stage(): Promise<StagedBlob> {
    const staged = await this.#end()
    if (performance.now() - this.#stagedAt < unownedMaxMs) return staged
    const writer = this.#blobs.create()
    try {
      for await (const chunk of this.text()) await writer.write(chunk)
      return await writer.finish()
    } catch (error) {
      writer.abort()
      throw error
    }
  }

  /** It is not wanted: nothing stays of it. */
  drop(): void {
    if (this.#staged || this.#dropped) return
    this.#dropped = true
    this.#writer.abort()
  }

  #end(): Promise<StagedBlob> {
    if (!this.#staged) this.#stagedAt = performance.now()
    this.#staged ??= this.#writer.finish()
    return this.#staged
  }
}

/** Takes a text as it comes. */
export class LetterWriter {
  readonly #blobs: Blobs
  readonly #writer: BlobWriter
  readonly #sizeMaxBytes: number
  #head: Uint8Array[] = []
  #headBytes = 0
  #size = 0
  #failure: unknown
  #state: 'open' | 'ended' | 'aborted' = 'open'

  constructor(blobs: Blobs, sizeMaxBytes: number) {
    this.#blobs = blobs
    this.#writer = blobs.create()
    this.#sizeMaxBytes = sizeMaxBytes
  }

  get size(): number {
    return this.#size
  }

  /** Resolves when more may be written. Rejects with `Refused('too-big' | 'storage-failed' …)`. */
  write(chunk: Uint8Array): Promise<void> | void {
    // What comes after a failure is dropped; `end` tells of the failure again.
    if (this.#failure || chunk.length === 0) return
    this.#size += chunk.length
    if (this.#size > this.#sizeMaxBytes) {
      return this.#fail(new Refused('too-big', `${this.#size} bytes and more`))
    }
    if (this.#headBytes < headMaxBytes) {
      this.#head.push(chunk)
      this.#headBytes += chunk.length
    }
    return this.#writer.write(chunk)?.catch((error: unknown) => this.#fail(error))
  }

  /** The text is whole. Throws what a write was rejected with. */
  end(): Letter {
    if (this.#failure) throw this.#failure
    if (this.#state !== 'open') throw new Error(`a text already ${this.#state}`)
    this.#state = 'ended'
    const only = this.#head.length === 1 ? this.#head[0] : undefined
    const whole = only
      ? Buffer.from(only.buffer, only.byteOffset, only.byteLength)
      : Buffer.concat(this.#head)
    this.#head = []
    return new Letter(this.#blobs, this.#writer, whole.subarray(0, headMaxBytes), this.#size)
  }

  abort(): void {
    this.#head = []
    if (this.#state !== 'open') return
    this.#state = 'aborted'
    this.#writer.abort()
  }

  #fail(error: unknown): Promise<never> {
    this.#failure = error
    this.abort()
    return Promise.reject(error)
  }
}
