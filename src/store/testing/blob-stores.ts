// The blob stores that the suite runs on, and what it writes into them.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BlobRef, Blobs, StagedBlob } from '../blobs.ts'
import { Segments, type SegmentsOptions } from '../segments.ts'
import { keepingLog } from './places.ts'

export function openSegments(folder: string, options: Partial<SegmentsOptions> = {}): Segments {
  const place = join(folder, 'blobs')
  mkdirSync(place, { recursive: true })
  const locate = async () => undefined
  return new Segments({ folder: place, nextSegment: 1, log: keepingLog([]), locate, ...options })
}

/** Bytes that differ everywhere and by `seed`. */
export function bytesOf(size: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  let state = (seed * 2654435761 + size) >>> 0
  for (let n = 0; n < size; n++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[n] = state >>> 24
  }
  return bytes
}

/** Writes content in chunks of `chunkBytes`, waiting where told to. */
export async function stage(
  blobs: Blobs,
  content: Uint8Array,
  chunkBytes = 64 * 1024,
): Promise<StagedBlob> {
  const writer = blobs.create()
  for (let at = 0; at < content.length; at += chunkBytes)
    await writer.write(content.subarray(at, at + chunkBytes))
  return writer.finish()
}

export async function put(blobs: Blobs, content: Uint8Array): Promise<BlobRef> {
  const { ref, synced } = await stage(blobs, content)
  await synced
  return ref
}

export async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}
