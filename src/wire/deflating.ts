// Both directions of a connection through DEFLATE (RFC 4978). Knows no protocol.
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib'
import type { Source } from './inbox.ts'

/** Half of the memory that zlib takes otherwise, several times over, for little less. */
const windowBits = 12
const memLevel = 5

export interface Sides {
  /** What came from the client, inflated; the client's fault when it is no DEFLATE. */
  readonly took: (chunk: Buffer) => void
  readonly failed: () => void
  /** What goes to the client; false when it has enough for now. */
  readonly send: (chunk: Buffer) => boolean
  /** Compressed bytes come no faster than they are inflated. */
  readonly source: Source
}

export class Deflating implements Source {
  readonly #sides: Sides
  readonly #out = createDeflateRaw({ windowBits, memLevel })
  readonly #in = createInflateRaw()
  #ready = true
  /** Whoever waits for a flush. */
  readonly #waiting = new Set<() => void>()

  constructor(sides: Sides) {
    this.#sides = sides
    this.#in.on('data', sides.took)
    this.#in.on('drain', () => sides.source.resume())
    this.#in.on('error', sides.failed)
    this.#out.on('data', (chunk: Buffer) => {
      if (!sides.send(chunk)) this.#ready = false
    })
    this.#out.on('error', sides.failed)
  }

  /** Compressed bytes have come. */
  push(chunk: Buffer): void {
    if (!this.#in.write(chunk)) this.#sides.source.pause()
  }

  pause(): void {
    this.#in.pause()
  }

  resume(): void {
    this.#in.resume()
  }

  /** No more will come from the client; `done` once all that came was taken. */
  end(done: () => void): void {
    this.#in.flush(constants.Z_SYNC_FLUSH, done)
  }

  /** Sends it at once; false when the client has enough for now. */
  async write(bytes: string | Uint8Array): Promise<boolean> {
    this.#ready = true
    this.#out.write(bytes)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.add(resolve)
    this.#out.flush(constants.Z_SYNC_FLUSH, resolve)
    await promise
    this.#waiting.delete(resolve)
    return this.#ready
  }

  close(): void {
    this.#in.destroy()
    this.#out.destroy()
    for (const resolve of this.#waiting) resolve()
  }
}
