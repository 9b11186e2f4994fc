// After a start: which blobs are not on disk although the database says so. docs/store.md tells why
// that can be, and why none of them was acknowledged.
import type { Log } from '../base/log.ts'
import type { Watermark } from './blob-rows.ts'
import { blobsFrom, forgetBlobs, lastSegment, nextSegment, noteSynced } from './blob-rows.ts'
import type { BlobRef } from './blobs.ts'
import { closeFile, openFile, syncFile, syncFolder } from './disk.ts'
import type { Engine } from './engine.ts'
import { placeOf } from './packed-rows.ts'
import { recordBytes } from './record.ts'
import { segmentPath, segmentSize, segmentsIn } from './segment-files.ts'
import { SegmentReader } from './segment-reader.ts'
import type { Job } from './sql.ts'

export interface Recovery {
  /** Never acknowledged, and dropped: `onLost` had them. */
  readonly lost: readonly BlobRef[]
  /** Blobs beyond their segment's watermark that are whole. */
  readonly verified: number
  /** What is broken and was acknowledged, in words: segment, and what is wrong. */
  readonly damaged: readonly string[]
  /** Segments on disk of which no row has a part. */
  readonly unowned: readonly number[]
  /** The number for the first new segment. */
  readonly nextSegment: number
}

export interface RecoveryOptions {
  readonly engine: Engine
  readonly folder: string
  /** Drops the owners' rows of these blobs. May be given the same blobs twice. */
  readonly onLost: Job<readonly BlobRef[], void>
  readonly log: Log
}

/** To be run before anything is written to the folder. */
export async function recover(options: RecoveryOptions): Promise<Recovery> {
  const { engine, folder, log } = options
  const reader = new SegmentReader(folder, (ref) => engine.run(placeOf, ref))
  const found: Found = { lost: [], verified: 0, damaged: [] }
  const unowned = new Set(await segmentsIn(folder))
  const last = Math.max(0, ...unowned, await engine.run(lastSegment, 0))
  await syncFolder(folder)
  try {
    let mark = await engine.run(nextSegment, 0)
    while (mark) {
      // What is named by a retired one lies elsewhere by now.
      if (mark.retired === 0) {
        unowned.delete(mark.segment)
        await recoverSegment(options, reader, mark, found)
      }
      mark = await engine.run(nextSegment, mark.segment)
    }
  } finally {
    await reader.close()
  }
  for (const what of found.damaged) log.error('blobs damaged', { error: what })
  if (found.lost.length > 0) log.warn('unfinished blobs dropped', { count: found.lost.length })
  return { ...found, unowned: [...unowned], nextSegment: last + 1 }
}

interface Found {
  readonly lost: BlobRef[]
  readonly damaged: string[]
  verified: number
}

async function recoverSegment(
  { engine, folder, onLost }: RecoveryOptions,
  reader: SegmentReader,
  mark: Watermark,
  found: Found,
): Promise<void> {
  const { segment } = mark
  const size = await segmentSize(folder, segment)
  if (size < mark.synced)
    found.damaged.push(`segment ${segment} has ${size} bytes, and had ${mark.synced} or more`)
  try {
    if (size > mark.synced) await sync(segmentPath(folder, segment))
  } catch (error) {
    found.damaged.push(`segment ${segment} cannot be synced: ${error}`)
    return
  }
  let from = mark.synced
  for (;;) {
    const refs = await engine.run(blobsFrom, { segment, synced: from, limit: 1000 })
    const end = refs.at(-1)
    if (!end) break
    const lost = await notWhole(reader, refs, found)
    found.verified += refs.length - lost.length
    found.lost.push(...lost)
    if (lost.length > 0) {
      await engine.run(onLost, lost)
      await engine.run(forgetBlobs, lost)
    }
    from = end.offset + recordBytes(end.size)
  }
  // A watermark above the file would call what is lost damaged.
  const synced = Math.min(from, size)
  if (synced > mark.synced) await engine.run(noteSynced, [{ segment, synced }])
}

// What was verified may stand in memory only, if no power cut was the cause.
async function sync(path: string): Promise<void> {
  const fd = await openFile(path, 'r+')
  try {
    await syncFile(fd)
  } finally {
    await closeFile(fd)
  }
}

async function notWhole(
  reader: SegmentReader,
  refs: readonly BlobRef[],
  found: Found,
): Promise<readonly BlobRef[]> {
  const lost: BlobRef[] = []
  for (const ref of refs) {
    try {
      if (!(await reader.whole(ref))) lost.push(ref)
    } catch (error) {
      // The disk cannot tell: the row stays, and reading it fails.
      found.damaged.push(`segment ${ref.segment}, offset ${ref.offset}: ${error}`)
    }
  }
  return lost
}
