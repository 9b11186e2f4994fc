// Structures of messages whose digest was made of their beginning only: read again from the whole
// when somebody asks, one at a time, and the last few remembered.
import { Cache } from '../base/cache.ts'
import type { Digest } from '../message/digest.ts'
import { scanHeader } from '../message/header-fields.ts'
import { type Part, readStructure } from '../message/structure.ts'
import { structureText } from '../message/structure-text.ts'
import type { MessageBytes } from './message-bytes.ts'

const rememberedMax = 8

export interface WholeStructure {
  /** Its offsets are into the received bytes, without the prefix. */
  readonly structure: Part
  /** IMAP's BODYSTRUCTURE. */
  readonly text: string
}

export class WholeStructures {
  readonly #known = new Cache<WholeStructure>(rememberedMax)
  #last: Promise<unknown> = Promise.resolve()

  /** The structure of an email of that id. @throws Refused 'storage-failed' */
  async structure(id: string, digest: Digest, bytes: MessageBytes): Promise<Part> {
    return digest.truncated ? (await this.read(id, bytes)).structure : digest.structure
  }

  /** Reads all of the message. @throws Refused 'storage-failed' */
  read(id: string, bytes: MessageBytes): Promise<WholeStructure> {
    return this.#oneByOne(async () => {
      const known = this.#known.get(id)
      if (known) return known
      const read = await bytes.range(bytes.prefixSize, bytes.size)
      const structure = readStructure(read, scanHeader(read))
      const whole = { structure, text: structureText(read, structure) }
      this.#known.set(id, whole, this.#known.epoch)
      return whole
    })
  }

  /** Work that takes a large message into memory waits for other such work. */
  alone<T>(bytes: MessageBytes, work: () => Promise<T>): Promise<T> {
    return bytes.small ? work() : this.#oneByOne(work)
  }

  #oneByOne<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => {})
    return done
  }
}
