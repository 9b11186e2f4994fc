// A message that a client hands in for a mailbox (APPEND, import): its bytes go to the blob as
// they come, the first of them are also kept to be looked at.
import { Refused } from '../base/refused.ts'
import { digest } from '../message/digest.ts'
import type { BlobWriter, StagedBlob } from '../store/blobs.ts'
import { type Facts, factsOf } from './facts.ts'

export interface SealedLetter extends StagedBlob {
  readonly facts: Facts
}

const headMaxBytes = 1024 * 1024

export class Letter {
  readonly #writer: BlobWriter
  readonly #sizeMaxBytes: number
  #head: Uint8Array[] = []
  #headBytes = 0
  #ended = false

  constructor(writer: BlobWriter, sizeMaxBytes: number) {
    this.#writer = writer
    this.#sizeMaxBytes = sizeMaxBytes
  }

  get size(): number {
    return this.#writer.size
  }

  /**
   * Resolves when more may be written. The buffer must not be changed afterwards.
   * @throws Refused 'too-big', and as the blobs
   */
  write(chunk: Uint8Array): Promise<void> | void {
    if (this.size + chunk.length > this.#sizeMaxBytes) {
      this.abort()
      throw new Refused('too-big', `more than ${this.#sizeMaxBytes} bytes`)
    }
    if (this.#headBytes < headMaxBytes) {
      this.#head.push(chunk)
      this.#headBytes += chunk.length
    }
    return this.#writer.write(chunk)
  }

  /** Ends the letter: it is ready to be appended, once. */
  async seal(): Promise<SealedLetter> {
    const head = Buffer.concat(this.#head).subarray(0, headMaxBytes)
    this.#head = []
    const facts = factsOf(digest(head, this.size), head)
    this.#ended = true
    const { ref, synced } = await this.#writer.finish()
    // Nobody may listen yet when it fails; who appends it does.
    synced.catch(() => {})
    return { ref, synced, facts }
  }

  /** Gives up; nothing is kept. */
  abort(): void {
    this.#head = []
    if (this.#ended) return
    this.#ended = true
    this.#writer.abort()
  }
}
