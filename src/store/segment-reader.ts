// Reads blobs out of segment files, from where they are named or where the sweep has put them, and
// tells bad bytes from good ones.
import { crc32 } from 'node:zlib'
import type { BlobRef } from './blobs.ts'
import { readAt, readNow, refusedByDisk } from './disk.ts'
import { packedContent } from './packed-record.ts'
import type { PackedPlace } from './packed-rows.ts'
import { checksumIn, DamagedBlob, headerBytes, recordBytes } from './record.ts'
import { SegmentFiles } from './segment-files.ts'
import { YoungGarbage } from './young-garbage.ts'

export const chunkBytes = 64 * 1024
/** Up to this size a range is cut out of the verified whole. */
const wholeMaxBytes = 256 * 1024
/** Up to this size a blob is read at once. */
const fewMaxBytes = 32 * 1024
/** How often the bytes may be moved on while a reader looks for them. */
const searchesMax = 5

/** Where a blob's bytes lie that are no longer where it is named. */
export type Locate = (ref: BlobRef) => Promise<PackedPlace | undefined>

/** A blob's bytes, found and held: the file stays until `leave`. */
interface Held {
  readonly fd: number
  readonly place: BlobRef
  readonly packed: boolean
}

export class SegmentReader {
  readonly #files: SegmentFiles
  readonly #locate: Locate
  /** Segments that are known to have no file. */
  readonly #gone = new Set<number>()

  constructor(folder: string, locate: Locate) {
    this.#files = new SegmentFiles(folder)
    this.#locate = locate
  }

  /** The whole content, its checksum verified. */
  async read(ref: BlobRef): Promise<Buffer> {
    return await this.#with(ref, async ({ fd, place, packed }) => {
      if (!packed) return await readPlain(fd, place)
      const chunks: Buffer[] = []
      for await (const chunk of packedContent(fd, place, 0, place.size)) chunks.push(chunk)
      return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
    })
  }

  /** Whole contents, neighbours in one read; undefined for one that cannot be read. */
  async readMany(refs: readonly BlobRef[]): Promise<(Buffer | undefined)[]> {
    const runs = await Promise.all(neighbours(refs).map((run) => this.#readRun(run)))
    return runs.flat()
  }

  /**
   * The bytes from `start` to `end`. A wrong checksum ends the stream with an error before its last
   * chunk; a part of a blob above 256 KiB is not verified, only that it is there.
   */
  async *stream(ref: BlobRef, start: number, end: number): AsyncGenerator<Uint8Array, void> {
    if (ref.size <= wholeMaxBytes) {
      yield* slices(await this.read(ref), start, end)
      return
    }
    const held = await this.#enter(ref)
    const content = held.packed ? packedContent : plainContent
    const garbage = new YoungGarbage()
    try {
      for await (const chunk of content(held.fd, held.place, start, end)) {
        garbage.passed(chunk.length)
        yield* slices(chunk, 0, chunk.length)
      }
    } catch (error) {
      throw refusedByDisk(error, `segment ${held.place.segment}`)
    } finally {
      this.#files.leave(held.place.segment)
    }
  }

  /** False when the record is not all there; rejects when the disk cannot tell. */
  async whole(ref: BlobRef): Promise<boolean> {
    try {
      for await (const _ of this.stream(ref, 0, ref.size));
      return true
    } catch (error) {
      if (error instanceof DamagedBlob) return false
      throw error
    }
  }

  /** The segment's file is about to go: nobody is to hold it longer than they read. */
  forget(segment: number): void {
    this.#gone.add(segment)
    this.#files.forget(segment)
  }

  close(): Promise<void> {
    return this.#files.close()
  }

  async #readRun(run: readonly BlobRef[]): Promise<(Buffer | undefined)[]> {
    const each = () => Promise.all(run.map((ref) => this.read(ref).catch(() => undefined)))
    const [first] = run
    if (first === undefined || run.length === 1) return each()
    try {
      return await this.#with(first, ({ fd, packed }) => (packed ? each() : readPlainRun(fd, run)))
    } catch {
      return each()
    }
  }

  async #with<R>(ref: BlobRef, use: (held: Held) => Promise<R>): Promise<R> {
    const held = await this.#enter(ref)
    try {
      return await use(held)
    } catch (error) {
      throw refusedByDisk(error, `segment ${held.place.segment}`)
    } finally {
      this.#files.leave(held.place.segment)
    }
  }

  async #enter(ref: BlobRef): Promise<Held> {
    let fd = this.#gone.has(ref.segment) ? undefined : await this.#open(ref.segment)
    if (fd !== undefined) return { fd, place: ref, packed: false }
    for (let search = 0; search < searchesMax; search++) {
      const found = await this.#locate(ref)
      if (!found) break
      fd = await this.#open(found.segment)
      const place = { segment: found.segment, offset: found.start, size: ref.size }
      if (fd !== undefined) return { fd, place, packed: true }
    }
    throw new DamagedBlob(ref, 'the segment is missing')
  }

  /** Enters a segment; undefined when there is no such file. */
  async #open(segment: number): Promise<number | undefined> {
    try {
      return await this.#files.enter(segment)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
        this.#gone.add(segment)
        return undefined
      }
      throw refusedByDisk(error, `segment ${segment}`)
    }
  }
}

/** `bytes` from `start` to `end`, in chunks of at most 64 KiB. */
export function* slices(bytes: Uint8Array, start: number, end: number): Generator<Uint8Array> {
  for (let at = start; at < end; at += chunkBytes)
    yield bytes.subarray(at, Math.min(at + chunkBytes, end))
}

async function readPlain(fd: number, ref: BlobRef): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(headerBytes + ref.size)
  const few = bytes.length <= fewMaxBytes
  const read = few ? readNow(fd, bytes, ref.offset) : await readAt(fd, bytes, ref.offset)
  const checksum = checksumIn(bytes.subarray(0, read), ref)
  if (read < bytes.length) throw new DamagedBlob(ref, 'the segment ends within it')
  const content = bytes.subarray(headerBytes)
  if (crc32(content) !== checksum) throw new DamagedBlob(ref, 'the content checksum is wrong')
  return content
}

/** Blobs in groups that lie one behind the other in a segment, and are not much together. */
function neighbours(refs: readonly BlobRef[]): BlobRef[][] {
  const runs: BlobRef[][] = []
  for (const ref of refs) {
    const run = runs.at(-1)
    const [first, last] = [run?.[0], run?.at(-1)]
    const follows =
      first?.segment === ref.segment &&
      last !== undefined &&
      last.offset + recordBytes(last.size) === ref.offset &&
      ref.offset + ref.size - first.offset <= wholeMaxBytes
    if (follows) run?.push(ref)
    else runs.push([ref])
  }
  return runs
}

async function readPlainRun(fd: number, run: readonly BlobRef[]): Promise<(Buffer | undefined)[]> {
  const [first, last] = [run[0]!, run.at(-1)!]
  const bytes = Buffer.allocUnsafe(last.offset + headerBytes + last.size - first.offset)
  const read = bytes.subarray(0, await readAt(fd, bytes, first.offset))
  return run.map((ref) => {
    const from = ref.offset - first.offset
    const content = read.subarray(from + headerBytes, from + headerBytes + ref.size)
    try {
      const checksum = checksumIn(read.subarray(from, from + headerBytes), ref)
      return content.length === ref.size && crc32(content) === checksum ? content : undefined
    } catch {
      return undefined
    }
  })
}

async function* plainContent(
  fd: number,
  ref: BlobRef,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void> {
  const expected = await readChecksum(fd, ref)
  const whole = start === 0 && end === ref.size
  let checksum = 0
  for (let at = start; at < end; ) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, end - at))
    await readContent(fd, ref, chunk, at)
    at += chunk.length
    if (whole) checksum = crc32(chunk, checksum)
    if (whole && at === end && checksum !== expected)
      throw new DamagedBlob(ref, 'the content checksum is wrong')
    yield chunk
  }
}

async function readChecksum(fd: number, ref: BlobRef): Promise<number> {
  const bytes = Buffer.alloc(headerBytes)
  const read = await readAt(fd, bytes, ref.offset)
  return checksumIn(bytes.subarray(0, read), ref)
}

async function readContent(fd: number, ref: BlobRef, into: Buffer, at: number): Promise<void> {
  const read = await readAt(fd, into, ref.offset + headerBytes + at)
  if (read < into.length) throw new DamagedBlob(ref, 'the segment ends within it')
}
