// The frame of a blob in a segment: header, content, zeros up to a multiple of 8. Pure.
//
//   0  magic "AmB1"    4  kind: 0 plain, 1 packed    8  size of the content, 48 bits   14  zeros
//  16  CRC-32 of the content                   20  CRC-32 of bytes 0 to 19, begun from the place
//
// A packed record has frames in place of the content: packed-record.ts knows them.
import { crc32 } from 'node:zlib'
import { Refused } from '../base/refused.ts'
import type { BlobRef } from './blobs.ts'

export const headerBytes = 24

const magic = 0x31426d41

/** Bytes that a blob takes in its segment. */
export function recordBytes(size: number): number {
  return Math.ceil((headerBytes + size) / 8) * 8
}

export const plain = 0
export const packed = 1

/** The header of a record at `ref` whose content has the CRC-32 `checksum`. */
export function header(ref: BlobRef, checksum: number, kind = plain): Buffer {
  const bytes = Buffer.alloc(headerBytes)
  bytes.writeUInt32LE(magic, 0)
  bytes.writeUInt32LE(kind, 4)
  bytes.writeUIntLE(ref.size, 8, 6)
  bytes.writeUInt32LE(checksum, 16)
  bytes.writeUInt32LE(headerChecksum(bytes, ref), 20)
  return bytes
}

/**
 * The content's CRC-32, from a header read at the blob's place.
 * @throws DamagedBlob when these bytes are not the header of this blob.
 */
export function checksumIn(bytes: Uint8Array, ref: BlobRef, kind = plain): number {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.length < headerBytes) throw new DamagedBlob(ref, 'the segment ends before it')
  if (view.readUInt32LE(0) !== magic) throw new DamagedBlob(ref, 'there is no record')
  if (view.readUInt32LE(20) !== headerChecksum(view, ref))
    throw new DamagedBlob(ref, 'the header checksum is wrong')
  if (view.readUInt32LE(4) !== kind) throw new DamagedBlob(ref, 'the record is of an unknown kind')
  if (view.readUIntLE(8, 6) !== ref.size) throw new DamagedBlob(ref, 'the size is another')
  return view.readUInt32LE(16)
}

/** Names a blob whose bytes are not what they were, and where it lies. */
export class DamagedBlob extends Refused {
  constructor(ref: BlobRef, what: string) {
    const place = `segment ${ref.segment}, offset ${ref.offset}, size ${ref.size}`
    super('storage-failed', `blob at ${place}: ${what}`)
  }
}

// Begun from the place, so that a record found elsewhere, or a message that looks like a record,
// is not taken for this one.
function headerChecksum(bytes: Buffer, ref: BlobRef): number {
  const place = Buffer.alloc(12)
  place.writeUIntLE(ref.segment, 0, 6)
  place.writeUIntLE(ref.offset, 6, 6)
  return crc32(bytes.subarray(0, 20), crc32(place))
}
