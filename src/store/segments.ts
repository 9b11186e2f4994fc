// Blobs in segment files. Small ones share a segment and a sync, large ones stream into their own.
// Which blobs have owners is not known here. docs/store.md tells what a crash leaves.
import { crc32 } from 'node:zlib'
import type { Log } from '../base/log.ts'
import type { Refused } from '../base/refused.ts'
import type { Watermark } from './blob-rows.ts'
import type { BlobRef, Blobs, BlobWriter, StagedBlob } from './blobs.ts'
import { LargeBlob } from './large-blob.ts'
import { SegmentAppender, type SegmentPlace } from './segment-appender.ts'
import { type Locate, SegmentReader, slices } from './segment-reader.ts'

export interface SegmentsOptions {
  /** An existing folder, which no other process writes to. */
  readonly folder: string
  /** The number of the first new segment, above all that files and rows have. */
  readonly nextSegment: number
  readonly log: Log
  /** Finds what is no longer where it is named. */
  readonly locate: Locate
  /** Why nothing new is taken just now. */
  readonly refusal?: () => Refused | undefined
  /** Told that the disk is full. */
  readonly full?: () => void
  readonly segmentMaxBytes?: number
  /** Bytes that may wait for the disk before `write()` makes its callers wait. */
  readonly waitingMaxBytes?: number
  /** Bytes of unfinished blobs in memory; above it, also small ones stream to disk. */
  readonly bufferedMaxBytes?: number
}

const smallMaxBytes = 256 * 1024
const markEveryBytes = 4 * 1024 * 1024

export class Segments implements Blobs {
  readonly #place: SegmentPlace
  readonly #appender: SegmentAppender
  readonly #reader: SegmentReader
  readonly #refusal: () => Refused | undefined
  readonly #bufferedMaxBytes: number
  readonly #busy = new Set<number>()
  readonly #marks = new Map<number, number>()
  #nextSegment: number
  #bufferedBytes = 0
  #unmarkedBytes = 0

  constructor(options: SegmentsOptions) {
    this.#nextSegment = options.nextSegment
    this.#refusal = options.refusal ?? (() => undefined)
    this.#bufferedMaxBytes = options.bufferedMaxBytes ?? 32 * 1024 * 1024
    this.#place = {
      folder: options.folder,
      log: options.log,
      segmentMaxBytes: options.segmentMaxBytes ?? 128 * 1024 * 1024,
      waitingMaxBytes: options.waitingMaxBytes ?? 32 * 1024 * 1024,
      nextSegment: () => this.begin(),
      closed: (segment) => this.end(segment),
      full: options.full ?? (() => {}),
      synced: (mark, bytes) => this.#mark(mark, bytes),
    }
    this.#appender = new SegmentAppender(this.#place)
    this.#reader = new SegmentReader(options.folder, options.locate)
  }

  refusal(): Refused | undefined {
    return this.#refusal()
  }

  create(): BlobWriter {
    const refusal = this.#refusal()
    if (refusal) return refusing(refusal)
    return new SegmentWriter(this.#place, this.#appender, (bytes) => {
      this.#bufferedBytes += bytes
      return this.#bufferedBytes <= this.#bufferedMaxBytes
    })
  }

  /** The number of a new segment, busy until its `end`. */
  begin(): number {
    const segment = this.#nextSegment++
    this.#busy.add(segment)
    return segment
  }

  end(segment: number): void {
    this.#busy.delete(segment)
  }

  /** Whether this process is still writing the segment. */
  isBusy(segment: number): boolean {
    return this.#busy.has(segment)
  }

  /** Ends the segment that small blobs are appended to, if it was begun so long ago. */
  rotate(olderThanMs: number): void {
    this.#appender.rotate(olderThanMs)
  }

  /** The segment's file is about to go. */
  forget(segment: number): void {
    this.#reader.forget(segment)
    this.#marks.delete(segment)
  }

  async read(ref: BlobRef): Promise<Buffer> {
    return this.#appender.held(ref) ?? this.#reader.read(ref)
  }

  async readMany(refs: readonly BlobRef[]): Promise<readonly (Buffer | undefined)[]> {
    const found = refs.map((ref) => this.#appender.held(ref))
    const elsewhere = refs.filter((_, at) => found[at] === undefined)
    const read = (await this.#reader.readMany(elsewhere)).values()
    return found.map((held) => held ?? read.next().value)
  }

  async *stream(ref: BlobRef, start = 0, end = ref.size): AsyncGenerator<Uint8Array, void> {
    const from = Math.max(0, start)
    const to = Math.min(end, ref.size)
    const held = this.#appender.held(ref)
    if (held) yield* slices(held, from, to)
    else yield* this.#reader.stream(ref, from, to)
  }

  /** Watermarks that moved, once they moved far enough to be worth a row; else nothing. */
  marks(all = false): readonly Watermark[] {
    if (!all && this.#unmarkedBytes < markEveryBytes) return []
    const marks = [...this.#marks].map(([segment, synced]) => ({ segment, synced }))
    this.#marks.clear()
    this.#unmarkedBytes = 0
    return marks
  }

  /** Waits for small blobs that were finished. Who has a large one waits for it himself. */
  async close(): Promise<void> {
    await this.#appender.close()
    await this.#reader.close()
  }

  #mark({ segment, synced }: Watermark, bytes: number): void {
    this.#unmarkedBytes += bytes
    this.#marks.set(segment, synced)
  }
}

/** A writer that takes nothing. */
function refusing(refusal: Refused): BlobWriter {
  return {
    size: 0,
    write: () => Promise.reject(refusal),
    finish: () => Promise.reject(refusal),
    abort: () => {},
  }
}

/** Tells that so many more (or fewer) bytes are in memory; false when that is too much. */
type Buffered = (bytes: number) => boolean

class SegmentWriter implements BlobWriter {
  readonly #place: SegmentPlace
  readonly #appender: SegmentAppender
  readonly #buffered: Buffered
  #chunks: Uint8Array[] = []
  #chunkBytes = 0
  #checksum = 0
  #size = 0
  #large: LargeBlob | undefined

  constructor(place: SegmentPlace, appender: SegmentAppender, buffered: Buffered) {
    this.#place = place
    this.#appender = appender
    this.#buffered = buffered
  }

  get size(): number {
    return this.#size
  }

  write(chunk: Uint8Array): Promise<void> | void {
    this.#size += chunk.length
    this.#checksum = crc32(chunk, this.#checksum)
    if (this.#large) return this.#large.write(chunk)
    this.#chunks.push(chunk)
    this.#chunkBytes += chunk.length
    const fits = this.#buffered(chunk.length)
    if (!fits || this.#size > smallMaxBytes) return this.#spill()
    return this.#appender.room()
  }

  async finish(): Promise<StagedBlob> {
    if (this.#large) return this.#large.finish(this.#size, this.#checksum)
    return this.#appender.append(this.#takeChunks(), this.#size, this.#checksum)
  }

  abort(): void {
    this.#takeChunks()
    this.#large?.abort()
  }

  #spill(): Promise<void> | void {
    this.#large = new LargeBlob(this.#place)
    return this.#large.write(Buffer.concat(this.#takeChunks()))
  }

  #takeChunks(): readonly Uint8Array[] {
    const chunks = this.#chunks
    this.#buffered(-this.#chunkBytes)
    this.#chunks = []
    this.#chunkBytes = 0
    return chunks
  }
}
