// Copies a PostgreSQL store into files, in one snapshot while servers run on it: each table as the
// server's own binary COPY. Message bytes are kept by day, and only days that changed are copied.

import { createHash } from 'node:crypto'
import { existsSync, writeSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BackupReport } from './backup.ts'
import { closeFile, openFile, syncFile, syncFolder } from './disk.ts'
import { lockFolder } from './folder-lock.ts'
import { type FileEntry, type Manifest, readManifest, sizeOf, writeManifest } from './manifest.ts'
import { startOf } from './postgres-blob-rows.ts'
import { PostgresSnapshot } from './postgres-snapshot.ts'
import { all, reading, sql } from './sql.ts'

export interface PostgresBackupOptions {
  readonly url: string
  /** Made when it is not there. Empty, or with an earlier backup of the same database. */
  readonly to: string
  /** Tables that can be made anew. */
  readonly without: readonly string[]
}

/** What `rows/tables.json` holds, for `restorePostgres`. */
export interface Tables {
  /** The migrations that the database had had. */
  readonly steps: readonly string[]
  readonly tables: readonly Table[]
}

export interface Table {
  readonly name: string
  /** Quoted, with commas between. */
  readonly columns: string
}

/** The table whose rows are kept by day: they are most of it, and never change. */
export const piecesTable = 'blob_pieces'
export const tablesName = 'rows/tables.json'

const dayStarts = startOf(86_400_000)

/**
 * Everything acknowledged before the call is in the backup when it resolves.
 * @throws Error in a person's words; an earlier backup in `to` is as whole as before then.
 */
export async function backupPostgres(options: PostgresBackupOptions): Promise<BackupReport> {
  const { url, to } = options
  const snapshot = await PostgresSnapshot.open(url, 'amplop backup')
  try {
    await mkdir(join(to, 'rows'), { recursive: true, mode: 0o700 })
    const lock = lockFolder(to)
    try {
      return await new PostgresBackup(options, snapshot).run()
    } finally {
      lock.close()
    }
  } finally {
    await snapshot.close()
  }
}

const steps = reading('store.backup-steps', function* () {
  return yield* all<{ name: string; at: number }>(
    sql`select name, at from schema_steps order by at, name`,
  )
})

const tables = reading('store.backup-tables', function* () {
  return yield* all<Table>(sql`
    select c.relname as name,
      string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = (select oid from pg_namespace where nspname = current_schema())
      and c.relkind in ('r', 'p') and not c.relispartition
      and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    group by c.relname order by c.relname`)
})

interface Day {
  readonly segment: number
  readonly day: number
  /** Tells its rows from any other. */
  readonly mark: string
}

const days = reading('store.backup-days', function* () {
  return yield* all<Day>(sql`
    select segment, start / ${dayStarts} as day,
      md5(count(*) || ' ' || sum(start) || ' ' || sum((start % 1048573) * (n + 1))) as mark
    from blob_pieces group by 1, 2 order by 1, 2`)
})

class PostgresBackup {
  readonly #to: string
  readonly #without: readonly string[]
  readonly #snapshot: PostgresSnapshot
  readonly #at = Date.now()
  #copiedBytes = 0

  constructor({ to, without }: PostgresBackupOptions, snapshot: PostgresSnapshot) {
    this.#to = to
    this.#without = without
    this.#snapshot = snapshot
  }

  async run(): Promise<BackupReport> {
    const had = await this.#snapshot.run(steps, undefined)
    // When its schema was made: no two have that in common, unless one is a copy of the other.
    const store = `postgres ${had[0]?.at}`
    const before = await readManifest(this.#to)
    if (before && before.store !== store)
      throw new Error(`${this.#to} holds the backup of another store: give an empty folder`)
    const known = await this.#snapshot.run(tables, undefined)
    const kept = known.filter(({ name }) => !this.#without.includes(name))
    const about: Tables = { steps: had.map(({ name }) => name), tables: kept }
    const files = [await this.#file(tablesName, async (write) => write(jsonOf(about)))]
    for (const { name, columns } of kept)
      if (name !== piecesTable)
        files.push(await this.#copy(`rows/${name}.copy`, `"${name}" (${columns})`))
    const days = await this.#pieces(kept, before)
    files.push(...days)
    await syncFolder(join(this.#to, 'rows'))
    await writeManifest(this.#to, { format: 1, at: this.#at, store, files })
    await this.#removeOthers(files)
    const bytes = files.reduce((sum, entry) => sum + sizeOf(entry), 0)
    return { segments: days.length, bytes, copiedBytes: this.#copiedBytes, damaged: [] }
  }

  async #pieces(kept: readonly Table[], before: Manifest | undefined): Promise<FileEntry[]> {
    const had = new Map(before?.files.map((entry) => [entry.name, entry]))
    const { columns = '' } = kept.find(({ name }) => name === piecesTable) ?? {}
    const files: FileEntry[] = []
    for (const { segment, day, mark } of await this.#snapshot.run(days, undefined)) {
      const name = `rows/${piecesTable}.${segment}.${day}.${mark}.copy`
      const [from, to] = [day * dayStarts, (day + 1) * dayStarts]
      const where = `segment = ${segment} and start >= ${from} and start < ${to}`
      const query = `(select ${columns} from ${piecesTable} where ${where} order by start, n)`
      const old = had.get(name)
      const there = old && existsSync(join(this.#to, old.file))
      files.push(there ? old : await this.#copy(name, query))
    }
    return files
  }

  #copy(name: string, what: string): Promise<FileEntry> {
    const text = `copy ${what} to stdout (format binary)`
    return this.#file(name, (write) => this.#snapshot.connection.copy(text, undefined, write))
  }

  /** Nothing else goes on in this process: it may well wait for the disk with each write. */
  async #file(
    name: string,
    fill: (write: (bytes: Uint8Array) => void) => Promise<void>,
  ): Promise<FileEntry> {
    const file = name.replace(/(\.\w+)$/, `-${this.#at}$1`)
    const fd = await openFile(join(this.#to, file), 'w')
    const hash = createHash('sha256')
    const block = Buffer.allocUnsafe(blockBytes)
    let [filled, end] = [0, 0]
    const flush = () => {
      const full = block.subarray(0, filled)
      hash.update(full)
      for (let at = 0; at < filled; ) at += writeSync(fd, full, at)
      end += filled
      filled = 0
    }
    const write = (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length; ) {
        const part = bytes.subarray(at, at + blockBytes - filled)
        block.set(part, filled)
        filled += part.length
        at += part.length
        if (filled === blockBytes) flush()
      }
    }
    try {
      await fill(write)
      flush()
      await syncFile(fd)
    } finally {
      await closeFile(fd)
    }
    this.#copiedBytes += end
    return { file, name, parts: [{ end, sha256: hash.digest('hex') }] }
  }

  /** What only an earlier backup needed. */
  async #removeOthers(files: readonly FileEntry[]): Promise<void> {
    const kept = new Set(files.map(({ file }) => file))
    for (const name of await readdir(join(this.#to, 'rows'))) {
      const file = `rows/${name}`
      if (ours.test(name) && !kept.has(file)) await rm(join(this.#to, file))
    }
  }
}

const blockBytes = 1024 * 1024
/** What a backup may have made; anything else in the folder is somebody else's. */
const ours = /^\w[\w.]*-\d{13}\.(copy|json)$/

function jsonOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value, undefined, 1))
}
