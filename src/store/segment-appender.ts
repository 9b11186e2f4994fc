// Appends small blobs to the current segment: all that waits goes out with one write and one sync.
// A blob's place is known before its bytes are anywhere but in memory.
import { rm, truncate } from 'node:fs/promises'
import type { Log } from '../base/log.ts'
import type { Refused } from '../base/refused.ts'
import type { Watermark } from './blob-rows.ts'
import type { BlobRef, StagedBlob } from './blobs.ts'
import {
  closeFile,
  cutFile,
  openFile,
  refusedByDisk,
  syncFile,
  syncFolder,
  writeAt,
} from './disk.ts'
import { header, headerBytes, recordBytes } from './record.ts'
import { segmentPath } from './segment-files.ts'

/** What writers of segments share. */
export interface SegmentPlace {
  readonly folder: string
  readonly segmentMaxBytes: number
  readonly waitingMaxBytes: number
  readonly log: Log
  /** A segment number that no file and no row has. It is busy until `closed` is told. */
  readonly nextSegment: () => number
  /** Told when nothing more is written to a segment. */
  readonly closed: (segment: number) => void
  /** Told that the disk is full. */
  readonly full: () => void
  /** Told after each sync, with the number of bytes that it made durable. */
  readonly synced: (mark: Watermark, bytes: number) => void
}

interface Segment {
  readonly number: number
  /** performance.now() when it was begun. */
  readonly since: number
  /** Where the next record goes; bytes up to here are promised, not yet written. */
  end: number
  /** Bytes up to here are on disk. */
  synced: number
  /** The file reaches to here, with zeros behind what was written. */
  laid: number
  fd: number | undefined
  failed: boolean
}

interface Waiting {
  readonly segment: Segment
  readonly ref: BlobRef
  readonly record: Buffer
  readonly resolve: () => void
  readonly reject: (error: Refused) => void
}

export class SegmentAppender {
  readonly #place: SegmentPlace
  readonly #held = new Map<string, Buffer>()
  #current: Segment | undefined
  #waiting: Waiting[] = []
  #heldBytes = 0
  #working: Promise<void> | undefined
  #room: PromiseWithResolvers<void> | undefined

  constructor(place: SegmentPlace) {
    this.#place = place
  }

  append(content: readonly Uint8Array[], size: number, checksum: number): StagedBlob {
    const bytes = recordBytes(size)
    const segment = this.#segmentFor(bytes)
    const ref: BlobRef = { segment: segment.number, offset: segment.end, size }
    segment.end += bytes
    const record = recordOf(header(ref, checksum), content, bytes)
    const synced = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ segment, ref, record, resolve, reject })
    })
    // An owner may look at it only after its commit; until then a rejection is not unhandled.
    synced.catch(() => {})
    this.#held.set(keyOf(ref), record)
    this.#heldBytes += bytes
    this.#working ??= new Promise((resolve) => {
      setImmediate(() => resolve(this.#work()))
    })
    return { ref, synced }
  }

  /** The content of a blob that is not on disk yet. */
  held(ref: BlobRef): Buffer | undefined {
    const record = this.#held.get(keyOf(ref))
    return record?.subarray(headerBytes, headerBytes + ref.size)
  }

  /** Resolves when few enough bytes wait for the disk; nothing when that is so already. */
  room(): Promise<void> | undefined {
    if (this.#heldBytes <= this.#place.waitingMaxBytes) return undefined
    this.#room ??= Promise.withResolvers<void>()
    return this.#room.promise
  }

  /** Ends the current segment if it was begun so long ago. */
  rotate(olderThanMs: number): void {
    const segment = this.#current
    if (!segment || performance.now() - segment.since < olderThanMs) return
    this.#current = undefined
    void Promise.resolve(this.#working).then(() => this.#end(segment))
  }

  /** Waits for what was appended, then closes the segment. */
  async close(): Promise<void> {
    await this.#working
    const segment = this.#current
    this.#current = undefined
    if (segment) await this.#end(segment)
  }

  #segmentFor(bytes: number): Segment {
    const now = this.#current
    if (now && !now.failed && now.end + bytes <= this.#place.segmentMaxBytes) return now
    const number = this.#place.nextSegment()
    const since = performance.now()
    this.#current = { number, since, end: 0, synced: 0, laid: 0, fd: undefined, failed: false }
    return this.#current
  }

  async #work(): Promise<void> {
    while (this.#waiting[0]) {
      const { segment } = this.#waiting[0]
      const group = this.#takeAll(segment)
      try {
        await this.#write(segment, group)
        for (const { resolve } of group) resolve()
        this.#drop(group)
      } catch (error) {
        await this.#giveUp(segment, group, error)
      }
      const more = this.#waiting.some((each) => each.segment === segment)
      if (segment !== this.#current && !more) await this.#end(segment)
    }
    this.#working = undefined
  }

  #takeAll(segment: Segment): readonly Waiting[] {
    const group = this.#waiting.filter((each) => each.segment === segment)
    this.#waiting = this.#waiting.filter((each) => each.segment !== segment)
    return group
  }

  async #write(segment: Segment, group: readonly Waiting[]): Promise<void> {
    segment.fd ??= await this.#make(segment.number)
    const records = group.map((each) => each.record)
    await writeAt(segment.fd, records, segment.synced)
    const bytes = records.reduce((sum, record) => sum + record.length, 0)
    const end = segment.synced + bytes
    if (end > segment.laid) segment.laid = await layAhead(segment.fd, end)
    await syncFile(segment.fd)
    segment.synced = end
    this.#place.synced({ segment: segment.number, synced: segment.synced }, bytes)
  }

  async #make(number: number): Promise<number> {
    const fd = await openFile(segmentPath(this.#place.folder, number), 'wx')
    try {
      await syncFolder(this.#place.folder)
    } catch (error) {
      await closeFile(fd)
      throw error
    }
    return fd
  }

  /** After an error nothing is appended to the file again, nor is its sync repeated. */
  async #giveUp(segment: Segment, group: readonly Waiting[], error: unknown): Promise<void> {
    segment.failed = true
    const refused = refusedByDisk(error, `segment ${segment.number}`)
    this.#place.log.error('segment given up', { segment: segment.number, error: refused.message })
    if (refused.code === 'no-space') this.#place.full()
    const lost = [...group, ...this.#takeAll(segment)]
    for (const { reject } of lost) reject(refused)
    this.#drop(lost)
    await closeSegment(segment)
    const path = segmentPath(this.#place.folder, segment.number)
    const cut = segment.synced === 0 ? rm(path, { force: true }) : truncate(path, segment.synced)
    // What could not be cut back has no owner, and is swept.
    await cut.catch(() => {})
    this.#place.closed(segment.number)
  }

  async #end(segment: Segment): Promise<void> {
    if (segment.fd !== undefined && !segment.failed) await cutFile(segment.fd, segment.synced)
    await closeSegment(segment)
    this.#place.closed(segment.number)
  }

  #drop(group: readonly Waiting[]): void {
    for (const { ref, record } of group) {
      this.#held.delete(keyOf(ref))
      this.#heldBytes -= record.length
    }
    if (!this.#room || this.#heldBytes > this.#place.waitingMaxBytes) return
    this.#room.resolve()
    this.#room = undefined
  }
}

const aheadMinBytes = 64 * 1024
const aheadMaxBytes = 1024 * 1024
const zeros = Buffer.alloc(aheadMaxBytes)

/**
 * Lays zeros behind `end`, as many as there is, within bounds; how far the file reaches then. A
 * write within a file needs no change of its length, and so half the work of a sync.
 */
async function layAhead(fd: number, end: number): Promise<number> {
  const bytes = Math.min(Math.max(end, aheadMinBytes), aheadMaxBytes)
  try {
    await writeAt(fd, [zeros.subarray(0, bytes)], end)
    return end + bytes
  } catch {
    // No room for what is not needed. The file just grows then.
    return Number.POSITIVE_INFINITY
  }
}

function keyOf(ref: BlobRef): string {
  return `${ref.segment}:${ref.offset}`
}

// One copy: it frees the sender's larger buffers, and makes one piece of each record.
function recordOf(head: Buffer, content: readonly Uint8Array[], bytes: number): Buffer {
  const record = Buffer.allocUnsafe(bytes)
  record.set(head, 0)
  let at = headerBytes
  for (const chunk of content) {
    record.set(chunk, at)
    at += chunk.length
  }
  record.fill(0, at)
  return record
}

async function closeSegment(segment: Segment): Promise<void> {
  if (segment.fd === undefined) return
  const fd = segment.fd
  segment.fd = undefined
  await closeFile(fd)
}
