// A blob that streams into a segment of its own, in constant memory. Its header is written last, so
// that until then there is no record.
import { rm } from 'node:fs/promises'
import { Refused } from '../base/refused.ts'
import type { StagedBlob } from './blobs.ts'
import { closeFile, openFile, refusedByDisk, syncFile, syncFolder, writeAt } from './disk.ts'
import { header, headerBytes, recordBytes } from './record.ts'
import type { SegmentPlace } from './segment-appender.ts'
import { segmentPath } from './segment-files.ts'
import { YoungGarbage } from './young-garbage.ts'

const pendingMaxBytes = 1024 * 1024

export class LargeBlob {
  readonly #place: SegmentPlace
  readonly #segment: number
  readonly #path: string
  readonly #garbage = new YoungGarbage()
  #fd: number | undefined
  #position = headerBytes
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  #working: Promise<void> | undefined
  #failure: Refused | undefined

  constructor(place: SegmentPlace) {
    this.#place = place
    this.#segment = place.nextSegment()
    this.#path = segmentPath(place.folder, this.#segment)
  }

  /** Rejects, now or at the next chunk, with what the disk said. */
  write(chunk: Uint8Array): Promise<void> | void {
    if (this.#failure) return Promise.reject(this.#failure)
    this.#pending.push(chunk)
    this.#pendingBytes += chunk.length
    this.#working ??= this.#work()
    if (this.#pendingBytes > pendingMaxBytes) return this.#written()
  }

  /** Ends the blob: its size and the CRC-32 of all that was written. */
  async finish(size: number, checksum: number): Promise<StagedBlob> {
    const ref = { segment: this.#segment, offset: 0, size }
    await this.#written()
    try {
      const padding = recordBytes(size) - headerBytes - size
      if (padding > 0) await writeAt(this.#fd!, [Buffer.alloc(padding)], this.#position)
      await writeAt(this.#fd!, [header(ref, checksum)], 0)
    } catch (error) {
      throw await this.#giveUp(error)
    }
    const synced = this.#sync(recordBytes(size))
    // An owner may look at it only after its commit; until then a rejection is not unhandled.
    synced.catch(() => {})
    return { ref, synced }
  }

  async abort(): Promise<void> {
    this.#failure = new Refused('storage-failed', 'the blob was given up')
    this.#pending = []
    await this.#working
    await this.#remove()
  }

  async #written(): Promise<void> {
    await this.#working
    if (this.#failure) throw this.#failure
  }

  async #work(): Promise<void> {
    try {
      this.#fd ??= await openFile(this.#path, 'wx')
      while (this.#pending.length > 0) {
        const buffers = this.#pending
        const bytes = this.#pendingBytes
        this.#pending = []
        this.#pendingBytes = 0
        await writeAt(this.#fd, buffers, this.#position)
        this.#position += bytes
        this.#garbage.passed(bytes)
      }
    } catch (error) {
      await this.#giveUp(error)
    }
    this.#working = undefined
  }

  async #sync(bytes: number): Promise<void> {
    try {
      await syncFile(this.#fd!)
      await syncFolder(this.#place.folder)
    } catch (error) {
      throw await this.#giveUp(error)
    }
    await closeFile(this.#fd!)
    this.#place.synced({ segment: this.#segment, synced: bytes }, bytes)
    this.#place.closed(this.#segment)
  }

  async #giveUp(error: unknown): Promise<Refused> {
    const refused = refusedByDisk(error, `segment ${this.#segment}`)
    this.#failure = refused
    this.#pending = []
    if (refused.code === 'no-space') this.#place.full()
    this.#place.log.error('segment given up', { segment: this.#segment, error: refused.message })
    await this.#remove()
    return refused
  }

  async #remove(): Promise<void> {
    if (this.#fd !== undefined) await closeFile(this.#fd)
    this.#fd = undefined
    // What could not be removed has no owner, and is swept.
    await rm(this.#path, { force: true }).catch(() => {})
    this.#place.closed(this.#segment)
  }
}
