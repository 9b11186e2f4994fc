// Packed records: the content in frames of 256 KiB, each compressed by itself, so that a range
// costs the frames it touches. Behind the header stands the stored length of every frame, as u32;
// a frame as long as its content is stored as it is.
import { promisify } from 'node:util'
import { constants, crc32, zstdCompress, zstdDecompress } from 'node:zlib'
import type { BlobRef } from './blobs.ts'
import { readAt } from './disk.ts'
import { checksumIn, DamagedBlob, headerBytes, packed } from './record.ts'

export const frameBytes = 256 * 1024

/** Below this there is nothing to gain. */
const compressMinBytes = 128

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
const { ZSTD_c_checksumFlag, ZSTD_c_compressionLevel } = constants
const params = { [ZSTD_c_compressionLevel]: 3, [ZSTD_c_checksumFlag]: 1 }

export function framesOf(size: number): number {
  return Math.ceil(size / frameBytes)
}

/** Bytes of a packed record before its first frame. */
export function packedHeadBytes(size: number): number {
  return headerBytes + 4 * framesOf(size)
}

/** A frame as it is stored, never longer than its content. */
export async function encodeFrame(content: Buffer): Promise<Buffer> {
  if (content.length < compressMinBytes) return content
  const stored = await compress(content, { params, pledgedSrcSize: content.length })
  return stored.length < content.length ? stored : content
}

/**
 * Chunks of the packed record's content, from byte `start` to `end`, at most 256 KiB each. `place`
 * has the size of the content. A wrong checksum of the whole ends with an error before the last.
 * @throws DamagedBlob
 */
export async function* packedContent(
  fd: number,
  place: BlobRef,
  start: number,
  end: number,
): AsyncGenerator<Buffer, void> {
  const { expected, lengths } = await headOf(fd, place)
  const whole = start === 0 && end === place.size
  let position = place.offset + packedHeadBytes(place.size)
  let checksum = 0
  for (const [n, length] of lengths.entries()) {
    const begin = n * frameBytes
    if (begin >= end) return
    const size = Math.min(frameBytes, place.size - begin)
    if (begin + size > start) {
      const content = await frame(fd, place, { position, length, size })
      if (whole) checksum = crc32(content, checksum)
      if (whole && begin + size === end && checksum !== expected)
        throw new DamagedBlob(place, 'the content checksum is wrong')
      yield content.subarray(Math.max(0, start - begin), Math.min(size, end - begin))
    }
    position += length
  }
}

async function headOf(fd: number, place: BlobRef) {
  const bytes = Buffer.alloc(packedHeadBytes(place.size))
  const read = await readAt(fd, bytes, place.offset)
  const expected = checksumIn(bytes.subarray(0, read), place, packed)
  if (read < bytes.length) throw new DamagedBlob(place, 'the segment ends within it')
  const lengths = Array.from({ length: framesOf(place.size) }, (_, n) => {
    const length = bytes.readUInt32LE(headerBytes + 4 * n)
    if (length > frameBytes) throw new DamagedBlob(place, 'the length of a frame is wrong')
    return length
  })
  return { expected, lengths }
}

interface Frame {
  readonly position: number
  readonly length: number
  readonly size: number
}

async function frame(fd: number, place: BlobRef, at: Frame): Promise<Buffer> {
  const stored = Buffer.allocUnsafe(at.length)
  const read = await readAt(fd, stored, at.position)
  if (read < stored.length) throw new DamagedBlob(place, 'the segment ends within it')
  if (at.length === at.size) return stored
  const content = await decompress(stored, { maxOutputLength: at.size }).catch(() => undefined)
  if (content?.length !== at.size) throw new DamagedBlob(place, 'a frame cannot be unpacked')
  return content
}
