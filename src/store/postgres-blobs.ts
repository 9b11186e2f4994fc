// Blobs whose bytes are in PostgreSQL, in pieces of 64 KiB, where every process can read them. They
// are committed before their place is told, so no row ever names bytes that are not there.
import { crc32 } from 'node:zlib'
import { Refused } from '../base/refused.ts'
import type { BlobRef, Blobs, BlobWriter, StagedBlob } from './blobs.ts'
import {
  dropPieces,
  getPieces,
  type Piece,
  pieceBytes,
  putPieces,
  type StoredPiece,
  startOf,
} from './postgres-blob-rows.ts'
import type { Job } from './sql.ts'

export interface PostgresBlobsOptions {
  /** Runs a job; it is committed when the promise resolves. */
  readonly run: <A, R>(job: Job<A, R>, args: A) => Promise<R>
  /** The number that only this process names its blobs by. */
  readonly segment: number
  /** Bytes that may wait for the database before `write()` makes its callers wait. */
  readonly waitingMaxBytes?: number
}

const groupMaxBytes = 512 * 1024
/** Read in one go, while those before are handed out. */
const piecesAhead = 4
const groupsMax = 2

export class PostgresBlobs implements Blobs {
  readonly #options: PostgresBlobsOptions
  readonly #putter: Putter
  #last = 0

  constructor(options: PostgresBlobsOptions) {
    this.#options = options
    this.#putter = new Putter(options)
  }

  create(): BlobWriter {
    this.#last = Math.max(this.#last + 1, startOf(Date.now()))
    const { segment, run } = this.#options
    const place = { segment, start: this.#last }
    const drop = () => void run(dropPieces, place).catch(() => {})
    return new PieceWriter(place, this.#putter, drop)
  }

  async read(ref: BlobRef): Promise<Buffer> {
    const pieces = await this.#pieces(ref, 0, countOf(ref))
    return Buffer.concat(pieces.map(({ bytes }) => bytes))
  }

  readMany(refs: readonly BlobRef[]): Promise<readonly (Buffer | undefined)[]> {
    return Promise.all(refs.map((ref) => this.read(ref).catch(() => undefined)))
  }

  async *stream(ref: BlobRef, start = 0, end = ref.size): AsyncGenerator<Uint8Array, void> {
    const from = Math.max(0, start)
    const to = Math.min(end, ref.size)
    if (from >= to) return
    const stop = Math.ceil(to / pieceBytes)
    let n = Math.floor(from / pieceBytes)
    let next = this.#pieces(ref, n, Math.min(n + piecesAhead, stop))
    while (n < stop) {
      const pieces = await next
      n += pieces.length
      if (n < stop) {
        next = this.#pieces(ref, n, Math.min(n + piecesAhead, stop))
        // Nobody asks for it when the stream is left.
        next.catch(() => {})
      }
      for (const piece of pieces) {
        const first = piece.n * pieceBytes
        yield piece.bytes.subarray(Math.max(0, from - first), to - first)
      }
    }
  }

  async close(): Promise<void> {
    await this.#putter.close()
  }

  /** Whole pieces, each as it was written. */
  async #pieces(ref: BlobRef, from: number, to: number): Promise<readonly StoredPiece[]> {
    const pieces = await this.#options.run(getPieces, { ref, from, to })
    for (let n = from; n < to; n++) {
      const piece = pieces[n - from]
      const bytes = n === countOf(ref) - 1 ? ref.size - n * pieceBytes : pieceBytes
      const whole = piece?.n === n && piece.bytes.length === bytes
      if (whole && crc32(piece.bytes) === piece.crc) continue
      const what = `piece ${n} of the blob at ${ref.segment}, ${ref.offset}`
      throw new Refused('storage-failed', `${what} is ${piece ? 'damaged' : 'missing'}`)
    }
    return pieces
  }
}

function countOf({ size }: BlobRef): number {
  return Math.max(1, Math.ceil(size / pieceBytes))
}

class PieceWriter implements BlobWriter {
  readonly #place: { readonly segment: number; readonly start: number }
  readonly #putter: Putter
  readonly #drop: () => void
  #chunks: Uint8Array[] = []
  #chunkBytes = 0
  #size = 0
  #count = 0
  /** Pieces that are not committed yet, and who waits for the last of them. */
  #open = 0
  #settled: (() => void) | undefined
  #aborted = false
  #failure: { readonly error: unknown } | undefined

  constructor(
    place: { readonly segment: number; readonly start: number },
    putter: Putter,
    drop: () => void,
  ) {
    this.#place = place
    this.#putter = putter
    this.#drop = drop
  }

  get size(): number {
    return this.#size
  }

  write(chunk: Uint8Array): Promise<void> | void {
    if (this.#failure) return Promise.reject(this.#failure.error)
    this.#size += chunk.length
    this.#chunks.push(chunk)
    this.#chunkBytes += chunk.length
    if (this.#chunkBytes < pieceBytes) return
    while (this.#chunkBytes >= pieceBytes) this.#send(this.#take(pieceBytes))
    return this.#putter.room()
  }

  async finish(): Promise<StagedBlob> {
    if (this.#chunkBytes > 0 || this.#count === 0) this.#send(this.#take(this.#chunkBytes))
    const { segment, start: offset } = this.#place
    await this.#committed()
    if (this.#failure) throw this.#failure.error
    return { ref: { segment, offset, size: this.#size }, synced: Promise.resolve() }
  }

  abort(): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#take(this.#chunkBytes)
    // What a crash leaves instead is swept.
    if (this.#count > 0) void this.#committed().then(this.#drop)
  }

  #send(bytes: Uint8Array): void {
    this.#open++
    const settled = (failure?: { readonly error: unknown }) => {
      this.#failure ??= failure
      if (--this.#open === 0) this.#settled?.()
    }
    this.#putter.put({ ...this.#place, n: this.#count++, bytes }).then(
      () => settled(),
      (error: unknown) => settled({ error }),
    )
  }

  /** Resolves when every piece is committed, or has failed. */
  #committed(): Promise<void> {
    if (this.#open === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#settled = resolve
    })
  }

  /** The first bytes of what waits; copied only where they are of several chunks. */
  #take(size: number): Uint8Array {
    const parts: Uint8Array[] = []
    for (let missing = size; missing > 0; ) {
      const chunk = this.#chunks[0] as Uint8Array
      const part = chunk.subarray(0, missing)
      if (part.length === chunk.length) this.#chunks.shift()
      else this.#chunks[0] = chunk.subarray(part.length)
      parts.push(part)
      missing -= part.length
    }
    this.#chunkBytes -= size
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
  }
}

interface Waiting {
  readonly piece: Piece
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Writes pieces, all that wait in one job. */
class Putter {
  readonly #run: PostgresBlobsOptions['run']
  readonly #maxBytes: number
  #waiting: Waiting[] = []
  #waitingBytes = 0
  readonly #working = new Set<Promise<void>>()
  #room: (() => void)[] = []

  constructor({ run, waitingMaxBytes = 1024 * 1024 }: PostgresBlobsOptions) {
    this.#run = run
    this.#maxBytes = waitingMaxBytes
  }

  /** Resolves when the piece is committed. */
  put(piece: Piece): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ piece, resolve, reject })
      this.#waitingBytes += piece.bytes.length
      // One group is committed while the next is sent.
      if (this.#working.size < groupsMax) this.#begin()
    })
  }

  /** Resolves when more may be written. */
  room(): Promise<void> | void {
    if (this.#waitingBytes <= this.#maxBytes) return
    return new Promise((resolve) => this.#room.push(resolve))
  }

  async close(): Promise<void> {
    await Promise.all(this.#working)
  }

  #begin(): void {
    const working = this.#work().finally(() => this.#working.delete(working))
    this.#working.add(working)
  }

  async #work(): Promise<void> {
    // What comes in the same tick goes along.
    await new Promise(setImmediate)
    while (this.#waiting.length > 0) {
      const group = this.#group()
      const pieces = group.map(({ piece }) => piece)
      try {
        await this.#run(putPieces, pieces)
        for (const { resolve } of group) resolve()
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
      for (const { bytes } of pieces) this.#waitingBytes -= bytes.length
      if (this.#waitingBytes <= this.#maxBytes) for (const go of this.#room.splice(0)) go()
    }
  }

  #group(): readonly Waiting[] {
    let bytes = 0
    let count = 0
    for (const { piece } of this.#waiting) {
      bytes += piece.bytes.length
      if (count > 0 && bytes > groupMaxBytes) break
      count++
    }
    return this.#waiting.splice(0, count)
  }
}
