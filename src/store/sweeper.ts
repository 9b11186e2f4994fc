// Gives the disk back what nobody owns, and packs what has grown cold: at intervals, slowly, one
// segment after the other. docs/store.md tells what a crash leaves at each point.
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '../base/log.ts'
import { segmentRow } from './blob-rows.ts'
import type { Engine } from './engine.ts'
import { forgetReleased, kindOf, retire } from './packed-rows.ts'
import { Packer } from './packer.ts'
import { segmentPath, segmentsIn } from './segment-files.ts'
import { unlessHeld } from './segment-hold.ts'
import type { Segments } from './segments.ts'

export interface SweepOptions {
  /** Milliseconds between sweeps; 0 is never. */
  readonly everyMs: number
  /** Read and written at most so fast. */
  readonly bytesPerSecond: number
  /** Segments that nobody wrote to for so long are packed. */
  readonly coldAfterMs: number
  /** Segments that were written to since are let alone: their owners may not have said so yet. */
  readonly restMs: number
  readonly segmentMaxBytes: number
}

export const sweepDefaults: SweepOptions = {
  everyMs: 3_600_000,
  bytesPerSecond: 4 * 1024 * 1024,
  coldAfterMs: 86_400_000,
  restMs: 60_000,
  segmentMaxBytes: 128 * 1024 * 1024,
}

export interface SweeperPorts {
  readonly engine: Engine
  readonly blobs: Segments
  /** The data folder. */
  readonly folder: string
  readonly log: Log
  /** Whether the disk has room for copies. */
  readonly hasRoom: () => boolean
}

export interface Swept {
  /** Rows of blobs without owners. */
  forgotten: number
  /** Segments written anew. */
  packed: number
  removed: number
  freedBytes: number
}

const forgottenAtOnce = 100
/** So many packed segments that are this small a part of a full one are made into one. */
const smallOnesMax = 16

export class Sweeper {
  readonly #ports: SweeperPorts
  readonly #options: SweepOptions
  readonly #segments: string
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<Swept> | undefined
  #owedMs = 0
  #paidAt = 0

  constructor(ports: SweeperPorts, options: SweepOptions) {
    this.#ports = ports
    this.#options = options
    this.#segments = join(ports.folder, 'blobs')
    if (options.everyMs === 0) return
    this.#timer = setInterval(() => void this.sweep().catch(() => {}), options.everyMs)
    this.#timer.unref()
  }

  /** One sweep, or the one that is under way. Rejects with what the disk or the database said. */
  sweep(): Promise<Swept> {
    this.#running ??= this.#sweep().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Ends a sweep that is under way, at the next chunk. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#stop.abort(stopped)
    await this.#running?.catch(() => {})
  }

  async #sweep(): Promise<Swept> {
    const { engine, blobs, log } = this.#ports
    const swept: Swept = { forgotten: 0, packed: 0, removed: 0, freedBytes: 0 }
    const pace = (bytes: number) => this.#pace(bytes)
    const packer = new Packer({ ...this.#ports, ...this.#options, folder: this.#segments, pace })
    try {
      blobs.rotate(this.#options.coldAfterMs)
      for (let count = forgottenAtOnce; count === forgottenAtOnce; swept.forgotten += count) {
        this.#stop.signal.throwIfAborted()
        count = await engine.run(forgetReleased, forgottenAtOnce)
      }
      await this.#segmentsOf(packer, swept)
    } catch (error) {
      if (error !== stopped) log.warn('sweep broken off', { error })
      if (error !== stopped) throw error
    } finally {
      await packer.close()
    }
    if (swept.forgotten + swept.packed + swept.removed > 0) log.info('swept', { ...swept })
    return swept
  }

  async #segmentsOf(packer: Packer, swept: Swept): Promise<void> {
    const small: number[] = []
    for (const segment of await segmentsIn(this.#segments)) {
      this.#stop.signal.throwIfAborted()
      const file = await this.#settled(segment)
      if (!file) continue
      const due = await this.#due(segment, file)
      if (due === 'merge') small.push(segment)
      else if (due !== 'nothing') await this.#clear(segment, { ...file, due, packer, swept })
    }
    if (small.length < smallOnesMax) return
    for (const segment of small) {
      const file = await this.#settled(segment)
      if (file) await this.#clear(segment, { ...file, due: 'packed', packer, swept })
    }
  }

  /** Size and age of a segment that nobody writes to any more. */
  async #settled(segment: number): Promise<SegmentFile | undefined> {
    if (this.#ports.blobs.isBusy(segment)) return undefined
    const file = await stat(segmentPath(this.#segments, segment)).catch(ifGone)
    if (!file) return undefined
    const { size, mtimeMs } = file
    const restedMs = Date.now() - mtimeMs
    return restedMs < this.#options.restMs ? undefined : { size, restedMs }
  }

  async #due(segment: number, { size, restedMs }: SegmentFile): Promise<Due> {
    const { engine, hasRoom } = this.#ports
    const row = await engine.run(segmentRow, segment)
    if (row.retired === 1) return 'removal'
    const kind = await engine.run(kindOf, segment)
    if (kind === 'neither') return 'removal'
    if (!hasRoom()) return 'nothing'
    const wasteful = row.garbage * 2 > size
    if (kind === 'plain')
      return wasteful || restedMs >= this.#options.coldAfterMs ? 'plain' : 'nothing'
    if (wasteful) return 'packed'
    return size * smallOnesMax < this.#options.segmentMaxBytes ? 'merge' : 'nothing'
  }

  async #clear(segment: number, { size, due, packer, swept }: Clearing): Promise<void> {
    if (due === 'plain') await packer.plain(segment)
    if (due === 'packed') await packer.packed(segment)
    if (due !== 'removal') swept.packed++
    if (!(await this.#ports.engine.run(retire, segment))) return
    this.#ports.blobs.forget(segment)
    const remove = () => rm(segmentPath(this.#segments, segment), { force: true })
    if (!(await unlessHeld(this.#ports.folder, remove))) return
    swept.removed++
    swept.freedBytes += size
  }

  /** Keeps to the speed, and lets everything else go first. */
  async #pace(bytes: number): Promise<void> {
    const now = performance.now()
    this.#owedMs = Math.max(0, this.#owedMs - (now - this.#paidAt))
    this.#owedMs += (bytes * 1_000) / this.#options.bytesPerSecond
    this.#paidAt = now
    this.#stop.signal.throwIfAborted()
    if (this.#owedMs < restFromMs) return
    await pause(this.#owedMs, undefined, { signal: this.#stop.signal }).catch(() => {
      throw stopped
    })
  }
}

/** Shorter rests cost more than they give. */
const restFromMs = 20
const stopped = new Error('the store closes')

/** One that was given up meanwhile. */
function ifGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

interface SegmentFile {
  readonly size: number
  readonly restedMs: number
}

type Due = 'nothing' | 'merge' | 'removal' | 'plain' | 'packed'

interface Clearing extends SegmentFile {
  readonly due: Due
  readonly packer: Packer
  readonly swept: Swept
}
