// Writes what is owned in a segment once more, each content once and compressed, so that the
// segment can go. The order that makes it safe: bytes, sync, rows; the old file goes last.
import { createHash, hash as digest } from 'node:crypto'
import type { Log } from '../base/log.ts'
import type { Watermark } from './blob-rows.ts'
import type { BlobRef } from './blobs.ts'
import { closeFile, openFile } from './disk.ts'
import type { Engine } from './engine.ts'
import { frameBytes } from './packed-record.ts'
import {
  type Move,
  move,
  movedTo,
  namedFrom,
  type PackedPlace,
  packedFrom,
  placeOfContent,
  type Transfer,
  transfer,
} from './packed-rows.ts'
import { PackedSegment } from './packed-segment.ts'
import { DamagedBlob } from './record.ts'
import { segmentPath } from './segment-files.ts'
import type { Segments } from './segments.ts'

export interface PackerPorts {
  readonly engine: Engine
  readonly blobs: Segments
  /** Of the segments. */
  readonly folder: string
  readonly segmentMaxBytes: number
  readonly log: Log
  /** Waits as long as so many bytes may take; throws when it is time to stop. */
  readonly pace: (bytes: number) => Promise<void>
}

/** Blobs that become durable, and are moved, together. */
const pageRows = 100
const pageBytes = 4 * 1024 * 1024
/** What a blob costs beside its bytes, as so many bytes. */
const perBlobBytes = 8 * 1024

export class Packer {
  readonly #ports: PackerPorts
  #open: PackedSegment | undefined

  constructor(ports: PackerPorts) {
    this.#ports = ports
  }

  /** Moves every owned blob that is named by the segment out of it; damaged ones stay. */
  async plain(segment: number): Promise<void> {
    let next: number | undefined = 0
    while (next !== undefined) next = await this.#plainPage(segment, next)
  }

  /** Moves every record of a packed segment that is owned. */
  async packed(segment: number): Promise<void> {
    const fd = await openFile(segmentPath(this.#ports.folder, segment), 'r')
    try {
      let next: number | undefined = 0
      while (next !== undefined) next = await this.#packedPage(fd, segment, next)
    } finally {
      await closeFile(fd)
    }
  }

  /** Where the next page starts, if there is one. */
  async #plainPage(segment: number, start: number): Promise<number | undefined> {
    const { engine } = this.#ports
    const rows = await engine.run(namedFrom, { segment, start, limit: pageRows })
    await this.#endIfFull()
    const moves = new Moves()
    let last: number | undefined
    for (const ref of rows) {
      last = ref.offset
      if (ref.moved === null) await this.#unlessDamaged(ref, () => this.#move(ref, moves))
      if (moves.bytes >= pageBytes) break
    }
    const { list } = moves
    if (list.length > 0) await engine.run(move, { moves: list, mark: await this.#synced() })
    return last === undefined ? undefined : last + 1
  }

  async #packedPage(fd: number, segment: number, start: number): Promise<number | undefined> {
    const { engine } = this.#ports
    const rows = await engine.run(packedFrom, { segment, start, limit: pageRows })
    await this.#endIfFull()
    const transfers: Transfer[] = []
    let bytes = 0
    let last: number | undefined
    for (const from of rows) {
      last = from.start
      const to = await this.#copy(fd, from)
      if (to) transfers.push({ from, to })
      bytes += from.bytes
      if (bytes >= pageBytes) break
    }
    if (transfers.length > 0) await engine.run(transfer, { transfers, mark: await this.#synced() })
    return last === undefined ? undefined : last + 1
  }

  /** Ends the segment written to. */
  async close(): Promise<void> {
    const out = this.#open
    this.#open = undefined
    if (!out) return
    await out.close()
    this.#ports.blobs.end(out.number)
  }

  async #move(ref: BlobRef, moves: Moves): Promise<void> {
    const { blobs, engine, pace } = this.#ports
    const content = ref.size <= frameBytes ? await blobs.read(ref) : undefined
    await pace(perBlobBytes + (content?.length ?? 0))
    const hash = content ? sha256(content) : await this.#hash(ref)
    const known = moves.known(hash) ?? (await engine.run(placeOfContent, hash))
    const chunks = content ? [content] : this.#paced(ref)
    const to = known ?? (await (await this.#out()).add(ref.size, chunks))
    moves.add({ ref, to, hash, fresh: known === undefined })
  }

  async #copy(fd: number, from: PackedPlace) {
    const ref = await this.#ports.engine.run(movedTo, from)
    if (!ref) return undefined
    return await this.#unlessDamaged(ref, async () => {
      await this.#hash(ref)
      return await (await this.#out()).copy(fd, from, ref.size)
    })
  }

  /** What is damaged stays where it is, for whoever can still make sense of it. */
  async #unlessDamaged<R>(ref: BlobRef, work: () => Promise<R>): Promise<R | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof DamagedBlob)) throw error
      this.#ports.log.error('blob damaged', { error: error.message, segment: ref.segment })
      return undefined
    }
  }

  async #hash(ref: BlobRef): Promise<Buffer> {
    const hash = createHash('sha256')
    for await (const chunk of this.#paced(ref)) hash.update(chunk)
    return hash.digest()
  }

  async *#paced(ref: BlobRef): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of this.#ports.blobs.stream(ref)) {
      await this.#ports.pace(chunk.length)
      yield chunk
    }
  }

  /** The segment to write to. */
  async #out(): Promise<PackedSegment> {
    if (this.#open) return this.#open
    const { blobs, folder } = this.#ports
    const number = blobs.begin()
    try {
      this.#open = await PackedSegment.make(folder, number)
    } catch (error) {
      blobs.end(number)
      throw error
    }
    return this.#open
  }

  /** Nothing where every content of the page was known before. */
  async #synced(): Promise<Watermark | undefined> {
    return await this.#open?.sync()
  }

  /** Between pages, since a page becomes durable with one segment. */
  async #endIfFull(): Promise<void> {
    if (this.#open && this.#open.end >= this.#ports.segmentMaxBytes) await this.close()
  }
}

function sha256(content: Buffer): Buffer {
  return digest('sha256', content, 'buffer')
}

/** What becomes of the blobs of a page. */
class Moves {
  readonly list: Move[] = []
  readonly #places = new Map<string, PackedPlace>()
  bytes = 0

  known(hash: Buffer): PackedPlace | undefined {
    return this.#places.get(hash.toString('latin1'))
  }

  add(move: Move): void {
    this.list.push(move)
    this.bytes += move.ref.size
    this.#places.set(Buffer.from(move.hash).toString('latin1'), move.to)
  }
}
