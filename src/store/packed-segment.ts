// A segment that the sweep writes: packed records, one behind the other. Nobody reads it before it
// is synced and the rows that name its records are committed.
import { crc32 } from 'node:zlib'
import type { Watermark } from './blob-rows.ts'
import { closeFile, openFile, readAt, syncFile, syncFolder, writeAt } from './disk.ts'
import { encodeFrame, frameBytes, packedHeadBytes } from './packed-record.ts'
import type { PackedPlace } from './packed-rows.ts'
import { checksumIn, header, headerBytes, packed } from './record.ts'
import { segmentPath } from './segment-files.ts'

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export class PackedSegment {
  readonly number: number
  readonly #folder: string
  readonly #fd: number
  #end = 0
  #named = false

  private constructor(folder: string, number: number, fd: number) {
    this.#folder = folder
    this.number = number
    this.#fd = fd
  }

  static async make(folder: string, number: number): Promise<PackedSegment> {
    return new PackedSegment(folder, number, await openFile(segmentPath(folder, number), 'wx'))
  }

  /** Bytes written. */
  get end(): number {
    return this.#end
  }

  /** Writes content of `size` bytes as a packed record. */
  async add(size: number, chunks: Chunks): Promise<PackedPlace> {
    const start = this.#end
    const head = Buffer.alloc(packedHeadBytes(size))
    let at = start + head.length
    let checksum = 0
    let n = 0
    let last: Buffer = Buffer.alloc(0)
    for await (const content of framesOf(chunks, size)) {
      if (last.length > 0) await writeAt(this.#fd, [last], at)
      at += last.length
      checksum = crc32(content, checksum)
      last = await encodeFrame(content)
      head.writeUInt32LE(last.length, headerBytes + 4 * n++)
    }
    head.set(header({ segment: this.number, offset: start, size }, checksum, packed))
    const end = Math.ceil((at + last.length) / 8) * 8
    const rest = [last, Buffer.alloc(end - at - last.length)]
    // Most records have one frame: they go out in one piece.
    if (n <= 1) await writeAt(this.#fd, [head, ...rest], start)
    else {
      await writeAt(this.#fd, rest, at)
      await writeAt(this.#fd, [head], start)
    }
    this.#end = end
    return { segment: this.number, start, bytes: end - start }
  }

  /** Writes a record of another segment once more; `size` is that of its content. */
  async copy(fd: number, from: PackedPlace, size: number): Promise<PackedPlace> {
    const start = this.#end
    const head = Buffer.alloc(headerBytes)
    const place = { segment: from.segment, offset: from.start, size }
    const read = await readAt(fd, head, from.start)
    const checksum = checksumIn(head.subarray(0, read), place, packed)
    for (let at = headerBytes; at < from.bytes; at += frameBytes) {
      const bytes = Buffer.allocUnsafe(Math.min(frameBytes, from.bytes - at))
      const got = await readAt(fd, bytes, from.start + at)
      await writeAt(this.#fd, [bytes.subarray(0, got)], start + at)
    }
    const renamed = { segment: this.number, offset: start, size }
    await writeAt(this.#fd, [header(renamed, checksum, packed)], start)
    this.#end = start + from.bytes
    return { segment: this.number, start, bytes: from.bytes }
  }

  /** Makes all of it durable. */
  async sync(): Promise<Watermark> {
    await syncFile(this.#fd)
    if (!this.#named) await syncFolder(this.#folder)
    this.#named = true
    return { segment: this.number, synced: this.#end }
  }

  close(): Promise<void> {
    return closeFile(this.#fd)
  }
}

async function* framesOf(chunks: Chunks, size: number): AsyncGenerator<Buffer, void> {
  let left = size
  let frame = Buffer.allocUnsafe(Math.min(frameBytes, left))
  let filled = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + frame.length - filled)
      frame.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < frame.length) continue
      yield frame
      left -= filled
      frame = Buffer.allocUnsafe(Math.min(frameBytes, left))
      filled = 0
    }
  }
}
