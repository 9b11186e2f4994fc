// One message on its way in: its bytes go to the blob, the first of them are also kept to be
// looked at. Knows nothing of mailboxes.
import { Refused } from '../base/refused.ts'
import type { BlobWriter, StagedBlob } from '../store/blobs.ts'
import type { Envelope, Intake, Trace } from './types.ts'

/** A message whose bytes have all come. */
export interface Arrived {
  readonly envelope: Envelope
  /** The first MiB of it. */
  readonly head: Buffer
  readonly size: number
  /** performance.now() when the last byte had come. */
  readonly at: number
  /** Ends the blob. */
  readonly stage: () => Promise<StagedBlob>
}

const headMaxBytes = 1024 * 1024

export class LocalIntake implements Intake {
  readonly #envelope: Envelope
  readonly #writer: BlobWriter
  readonly #sizeMaxBytes: number
  readonly #settle: (arrived: Arrived) => Promise<Trace>
  #head: Uint8Array[] = []
  #headBytes = 0
  #size = 0
  #failure: unknown
  #state: 'open' | 'finished' | 'aborted' = 'open'

  constructor(
    envelope: Envelope,
    writer: BlobWriter,
    sizeMaxBytes: number,
    settle: (arrived: Arrived) => Promise<Trace>,
  ) {
    this.#envelope = envelope
    this.#writer = writer
    this.#sizeMaxBytes = sizeMaxBytes
    this.#settle = settle
  }

  get size(): number {
    return this.#size
  }

  write(chunk: Uint8Array): Promise<void> | void {
    // What comes after a failure is dropped; `finish` tells of the failure again.
    if (this.#failure) return
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

  async finish(): Promise<Trace> {
    const at = performance.now()
    if (this.#failure) throw this.#failure
    if (this.#state !== 'open') throw new Error(`an intake already ${this.#state}`)
    const only = this.#head.length === 1 ? this.#head[0] : undefined
    const whole = only
      ? Buffer.from(only.buffer, only.byteOffset, only.byteLength)
      : Buffer.concat(this.#head)
    this.#head = []
    try {
      return await this.#settle({
        envelope: this.#envelope,
        head: whole.subarray(0, headMaxBytes),
        size: this.#size,
        at,
        stage: () => {
          this.#state = 'finished'
          return this.#writer.finish()
        },
      })
    } catch (error) {
      this.abort()
      throw error
    }
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
