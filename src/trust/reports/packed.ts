// Takes reports out of what they are packed in: gzip, and ZIP with one file. Knows bounds: a small
// file that would become a large one is refused as it grows.
import { promisify } from 'node:util'
import { gunzip, gzip, inflateRaw } from 'node:zlib'

/** A report, unpacked; those of the largest receivers about the largest domains have less. */
export const unpackedMaxBytes = 8 * 1024 * 1024

const options = { maxOutputLength: unpackedMaxBytes }
const gunzipped = promisify<Buffer, typeof options, Buffer>(gunzip)
const inflated = promisify<Buffer, typeof options, Buffer>(inflateRaw)

export const packed: (bytes: Buffer) => Promise<Buffer> = promisify<Buffer, Buffer>(gzip)

/** What is in it, by what it begins with. @throws Error when it is too large, or broken */
export async function unpacked(bytes: Buffer): Promise<Buffer> {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return await gunzipped(bytes, options)
  if (bytes.length > 4 && bytes.readUInt32LE(0) === localHeader) return await unzipped(bytes)
  if (bytes.length > unpackedMaxBytes) throw new Error('a report that is too large')
  return bytes
}

// PKWARE's APPNOTE 4.3.7, 4.3.12 and 4.3.16.
const localHeader = 0x04034b50
const centralHeader = 0x02014b50
const endRecord = Buffer.from('PK\x05\x06', 'latin1')
const endBytes = 22
const centralBytes = 46
const localBytes = 30
const stored = 0
const deflated = 8

/** The first file: sizes stand in the directory at the end, before it they may be left out. */
async function unzipped(bytes: Buffer): Promise<Buffer> {
  const end = bytes.lastIndexOf(endRecord)
  if (end < 0 || end + endBytes > bytes.length) throw new Error('a ZIP without an end')
  const entry = bytes.readUInt32LE(end + 16)
  if (entry + centralBytes > bytes.length || bytes.readUInt32LE(entry) !== centralHeader)
    throw new Error('a ZIP without a directory')
  const flags = bytes.readUInt16LE(entry + 8)
  const method = bytes.readUInt16LE(entry + 10)
  const size = bytes.readUInt32LE(entry + 20)
  const local = bytes.readUInt32LE(entry + 42)
  if ((flags & 1) !== 0) throw new Error('a ZIP that is encrypted')
  if (local + localBytes > bytes.length || bytes.readUInt32LE(local) !== localHeader)
    throw new Error('a ZIP without a file')
  const start = local + localBytes + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
  if (start + size > bytes.length) throw new Error('a ZIP that is cut')
  const content = bytes.subarray(start, start + size)
  if (method === deflated) return await inflated(content, options)
  if (method === stored && size <= unpackedMaxBytes) return content
  throw new Error('a ZIP with another method')
}
