// Reads blobs out of segment files, and tells bad bytes from good ones.
import { crc32 } from 'node:zlib'
import type { BlobRef } from './blobs.ts'
import { readAt, refusedByDisk } from './disk.ts'
import { checksumIn, DamagedBlob, headerBytes } from './record.ts'
import { SegmentFiles } from './segment-files.ts'

const chunkBytes = 64 * 1024
/** Up to this size a range is cut out of the verified whole. */
const wholeMaxBytes = 256 * 1024

export class SegmentReader {
  readonly #files: SegmentFiles

  constructor(folder: string) {
    this.#files = new SegmentFiles(folder)
  }

  /** The whole content, its checksum verified. */
  read(ref: BlobRef): Promise<Buffer> {
    return this.#with(ref, async (fd) => {
      const bytes = Buffer.allocUnsafe(headerBytes + ref.size)
      const read = await readAt(fd, bytes, ref.offset)
      const checksum = checksumIn(bytes.subarray(0, read), ref)
      if (read < bytes.length) throw new DamagedBlob(ref, 'the segment ends within it')
      const content = bytes.subarray(headerBytes)
      if (crc32(content) !== checksum) throw new DamagedBlob(ref, 'the content checksum is wrong')
      return content
    })
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
    const fd = await this.#enter(ref)
    try {
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
    } catch (error) {
      throw refusedByDisk(error, `segment ${ref.segment}`)
    } finally {
      this.#files.leave(ref.segment)
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

  close(): Promise<void> {
    return this.#files.close()
  }

  async #with<R>(ref: BlobRef, use: (fd: number) => Promise<R>): Promise<R> {
    const fd = await this.#enter(ref)
    try {
      return await use(fd)
    } catch (error) {
      throw refusedByDisk(error, `segment ${ref.segment}`)
    } finally {
      this.#files.leave(ref.segment)
    }
  }

  async #enter(ref: BlobRef): Promise<number> {
    try {
      return await this.#files.enter(ref.segment)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
        throw new DamagedBlob(ref, 'the segment is missing')
      throw refusedByDisk(error, `segment ${ref.segment}`)
    }
  }
}

/** `bytes` from `start` to `end`, in chunks of at most 64 KiB. */
export function* slices(bytes: Uint8Array, start: number, end: number): Generator<Uint8Array> {
  for (let at = start; at < end; at += chunkBytes)
    yield bytes.subarray(at, Math.min(at + chunkBytes, end))
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
