// Copies a data folder while a server runs on it, or none: a snapshot of the database and the
// segments it names. Segments only grow: the next copy into the same folder takes what is new.
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { backup as copyDatabase, DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import type { BlobRef } from './blobs.ts'
import { closeFile, openFile, syncFile, syncFolder } from './disk.ts'
import { lockFolder } from './folder-lock.ts'
import {
  digested,
  type FileEntry,
  type Manifest,
  type Part,
  readManifest,
  sizeOf,
  writeManifest,
} from './manifest.ts'
import { recordBytes } from './record.ts'
import { segmentPath, segmentSize } from './segment-files.ts'
import { holdSegments } from './segment-hold.ts'
import { SegmentReader } from './segment-reader.ts'

export interface BackupOptions {
  /** The data folder. */
  readonly folder: string
  /** Made when it is not there. Empty, or with an earlier backup of the same data folder. */
  readonly to: string
  /** Further files of the data folder to take along, where they are there. */
  readonly files: readonly string[]
}

export interface BackupReport {
  readonly segments: number
  /** Of the whole backup. */
  readonly bytes: number
  /** That were not there from an earlier one. */
  readonly copiedBytes: number
  /** What the data folder itself lacks; the rest is in the backup. */
  readonly damaged: readonly string[]
}

/**
 * Everything acknowledged before the call is in the backup when it resolves.
 * @throws Error in a person's words; an earlier backup in `to` is as whole as before then.
 */
export async function backup(options: BackupOptions): Promise<BackupReport> {
  const { folder, to } = options
  const database = join(folder, 'amplop.db')
  if (!existsSync(database))
    throw new Error(
      `${folder} is no data folder: it has no amplop.db (mail in PostgreSQL: say -c FILE)`,
    )
  await mkdir(join(to, 'blobs'), { recursive: true, mode: 0o700 })
  using locks = new DisposableStack()
  locks.adopt(lockFolder(to), (lock) => lock.close())
  locks.adopt(await holdSegments(folder), (hold) => hold.close())
  const source = new DatabaseSync(database, { timeout: 10_000 })
  locks.defer(() => source.close())
  return await new Backup(options, source).run()
}

class Backup {
  readonly #options: BackupOptions
  readonly #source: DatabaseSync
  readonly #at = Date.now()
  readonly #damaged: string[] = []
  #copiedBytes = 0

  constructor(options: BackupOptions, source: DatabaseSync) {
    this.#options = options
    this.#source = source
  }

  async run(): Promise<BackupReport> {
    const { to } = this.#options
    const before = await readManifest(to)
    const store = this.#store()
    if (before && before.store !== store)
      throw new Error(`${to} holds the backup of another data folder: give an empty one`)
    // One snapshot for the copy of the database and for what is asked of it here.
    this.#source.exec('begin; select count(*) from schema_steps')
    const files = [await this.#database()]
    const ends = await this.#ends()
    this.#source.exec('commit')
    const had = new Map(before?.files.map((entry) => [entry.name, entry]))
    for (const [segment, end] of ends) {
      const file = await this.#segment(segment, end, had)
      if (file) files.push(file)
    }
    for (const name of this.#options.files)
      if (existsSync(join(this.#options.folder, name))) files.push(await this.#plain(name))
    await syncFolder(join(to, 'blobs'))
    const manifest: Manifest = { format: 1, at: this.#at, store, files }
    await writeManifest(to, manifest)
    await this.#removeOthers(manifest)
    const bytes = files.reduce((sum, entry) => sum + sizeOf(entry), 0)
    const [copiedBytes, damaged] = [this.#copiedBytes, this.#damaged]
    return { segments: ends.size, bytes, copiedBytes, damaged }
  }

  /** When its schema was made: no two have that in common, unless one is a copy of the other. */
  #store(): string {
    const row = this.#source.prepare('select min(at) as at from schema_steps').get()
    return String(row?.at)
  }

  async #database(): Promise<FileEntry> {
    const file = `amplop-${this.#at}.db`
    const path = join(this.#options.to, file)
    await rm(`${path}.part`, { force: true })
    // SQLite makes files as the umask says; mail is nobody else's.
    await closeFile(await openFile(`${path}.part`, 'wx'))
    await copyDatabase(this.#source, `${path}.part`, { rate: 2 ** 30 })
    const parts = [await this.#synced(`${path}.part`)]
    await rename(`${path}.part`, path)
    return { file, name: 'amplop.db', parts }
  }

  /** How much of each segment the snapshot's blobs need. */
  async #ends(): Promise<ReadonlyMap<number, number>> {
    const rows = this.#source
      .prepare(
        `select segment, max(start) as start from blobs where refs > 0 and not exists (
          select 1 from moved where moved.segment = blobs.segment and moved.start = blobs.start)
         group by segment`,
      )
      .all() as { segment: number; start: number }[]
    const ends = new Map<number, number>()
    const reader = new SegmentReader(join(this.#options.folder, 'blobs'), async () => undefined)
    try {
      for (const { segment, start } of rows) {
        const end = await this.#wholeUpTo(reader, segment, start)
        if (end > 0) ends.set(segment, end)
      }
    } finally {
      await reader.close()
    }
    const packed = this.#source
      .prepare('select segment, max(start + bytes) as end from packed group by segment')
      .all() as { segment: number; end: number }[]
    for (const { segment, end } of packed) ends.set(segment, end)
    return ends
  }

  /**
   * The end of the last blob whose bytes have come. Rows may be ahead of their bytes for a moment,
   * and only those that were not acknowledged when the snapshot was taken.
   */
  async #wholeUpTo(reader: SegmentReader, segment: number, last: number): Promise<number> {
    const mark = this.#source.prepare('select synced from segments where segment = ?').get(segment)
    const synced = Number(mark?.synced ?? 0)
    if (last < synced) return synced
    const refs = this.#source
      .prepare(
        `select segment, start as "offset", size from blobs
         where segment = ? and start >= ? and refs > 0 order by start desc`,
      )
      .all(segment, synced) as unknown as BlobRef[]
    for (let tries = 0; tries < 3; tries++) {
      for (const ref of refs) if (await reader.whole(ref)) return ref.offset + recordBytes(ref.size)
      await pause(100)
    }
    return synced
  }

  async #segment(
    segment: number,
    wanted: number,
    had: ReadonlyMap<string, FileEntry>,
  ): Promise<FileEntry | undefined> {
    const { folder, to } = this.#options
    const path = segmentPath('blobs', segment)
    const before = had.get(path)
    const size = await segmentSize(join(folder, 'blobs'), segment)
    const end = Math.min(wanted, size)
    if (size < wanted) this.#damaged.push(`segment ${segment} ends at ${size}, before ${wanted}`)
    if (size === 0) return undefined
    const from = await openFile(join(folder, path), 'r')
    try {
      if (before && (await sameTail(from, before, to))) {
        if (sizeOf(before) >= end) return before
        const added = await this.#append(from, before.file, sizeOf(before), end)
        return { ...before, parts: [...before.parts, added] }
      }
      // Cut back after an error of the disk, and grown since: the old copy stays until the end.
      const file = before ? `${path}.${this.#at}` : path
      return { file, name: path, parts: [await this.#append(from, file, 0, end)] }
    } finally {
      await closeFile(from)
    }
  }

  async #append(from: number, file: string, start: number, end: number): Promise<Part> {
    const path = join(this.#options.to, file)
    const to = await openFile(path, existsSync(path) ? 'r+' : 'w')
    try {
      const sha256 = await digested({ from, to, start, end })
      await syncFile(to)
      this.#copiedBytes += end - start
      return { end, sha256 }
    } finally {
      await closeFile(to)
    }
  }

  async #plain(name: string): Promise<FileEntry> {
    const { folder } = this.#options
    const from = await openFile(join(folder, name), 'r')
    try {
      const { size } = await stat(join(folder, name))
      const file = `${this.#at}-${name}`
      return { file, name, parts: [await this.#append(from, file, 0, size)] }
    } finally {
      await closeFile(from)
    }
  }

  async #synced(path: string): Promise<Part> {
    const fd = await openFile(path, 'r+')
    try {
      await syncFile(fd)
      const end = (await stat(path)).size
      this.#copiedBytes += end
      return { end, sha256: await digested({ from: fd, start: 0, end }) }
    } finally {
      await closeFile(fd)
    }
  }

  /** What only an earlier backup needed. */
  async #removeOthers({ files }: Manifest): Promise<void> {
    const { to } = this.#options
    const kept = new Set([...files.map(({ file }) => file), 'manifest.json', 'lock'])
    for (const entry of await readdir(to, { withFileTypes: true, recursive: true })) {
      const path = join(entry.parentPath, entry.name)
      const file = path.slice(join(to, '/').length)
      if (entry.isFile() && ours.test(file) && !kept.has(file)) await rm(path)
    }
  }
}

/** What a backup may have made; anything else in the folder is somebody else's. */
const ours = /^(amplop-\d+\.db(\.part)?|\d{13}-[\w.-]+|blobs\/\d{10,}\.seg(\.\d+)?)$/

const tailBytes = 64 * 1024

/** Whether the end of what was copied before is still there in the source. */
async function sameTail(from: number, before: FileEntry, to: string): Promise<boolean> {
  const end = sizeOf(before)
  const start = Math.max(0, end - tailBytes)
  const copied = await openFile(join(to, before.file), 'r')
  try {
    const [one, other] = await Promise.all([
      digested({ from, start, end }),
      digested({ from: copied, start, end }),
    ])
    return one === other
  } catch {
    return false
  } finally {
    await closeFile(copied)
  }
}
