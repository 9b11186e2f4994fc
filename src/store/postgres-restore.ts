// Fills an empty PostgreSQL database from a backup, all of it in one transaction.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../base/log.ts'
import { blobSteps } from './blob-rows.ts'
import { closeFile, openFile, readAt } from './disk.ts'
import type { Migration } from './engine.ts'
import { type FileEntry, readManifest, sizeOf } from './manifest.ts'
import { refuseUnknown } from './migrate.ts'
import { piecesTable, type Table, type Tables, tablesName } from './postgres-backup.ts'
import { postgresBlobSteps } from './postgres-blob-rows.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { openDurable } from './postgres-lane.ts'
import { migratePostgres } from './postgres-migrate.ts'
import { hasStore } from './postgres-snapshot.ts'
import { type RestoreReport, verifyBackup } from './restore.ts'

export interface PostgresRestoreOptions {
  readonly from: string
  readonly url: string
  /** Of all rooms; the store adds its own. */
  readonly migrations: readonly Migration[]
  readonly log: Log
}

/**
 * Everything or nothing: a file that is not what was backed up stops it before it begins.
 * @throws Error in a person's words
 */
export async function restorePostgres(options: PostgresRestoreOptions): Promise<RestoreReport> {
  const { from, url, log } = options
  const files = (await readManifest(from))?.files ?? []
  const described = files.find(({ name }) => name === tablesName)
  if (!described) throw new Error(`${from} holds no backup of a PostgreSQL database`)
  const report = await verifyBackup(from)
  if (report.damaged.length > 0) throw new Error(`cannot restore: ${report.damaged.join('; ')}`)
  const about = JSON.parse(await readFile(join(from, described.file), 'utf8')) as Tables
  const migrations = [...blobSteps, ...postgresBlobSteps, ...options.migrations]
  refuseUnknown(from, migrations, new Set(about.steps))
  const connection = await openDurable({ url, name: 'amplop restore' })
  try {
    if (await hasStore(connection))
      throw new Error('the database is not empty: a backup is restored into an empty one')
    // As it was then: what came since is for the next start.
    const had = migrations.filter(({ name }) => about.steps.includes(name))
    await migratePostgres(url, had, log)
    await fill(connection, about.tables, (table) => filesOf(table, files, from))
  } finally {
    await connection.close()
  }
  return report
}

async function fill(
  connection: PostgresConnection,
  tables: readonly Table[],
  filesOf: (table: Table) => readonly Source[],
): Promise<void> {
  await connection.say('begin')
  // Steps of the schema write rows, too.
  await connection.say(`truncate ${tables.map(({ name }) => `"${name}"`).join(', ')}`)
  for (const table of tables) {
    const text = `copy "${table.name}" (${table.columns}) from stdin (format binary)`
    for (const source of filesOf(table)) await connection.copy(text, contentOf(source))
  }
  await connection.say('commit')
  await connection.say('analyze')
}

interface Source {
  readonly path: string
  readonly size: number
}

function filesOf({ name }: Table, files: readonly FileEntry[], from: string): readonly Source[] {
  const own = name === piecesTable ? `rows/${name}.` : `rows/${name}.copy`
  return files
    .filter((entry) => entry.name.startsWith(own))
    .map((entry) => ({ path: join(from, entry.file), size: sizeOf(entry) }))
}

const blockBytes = 256 * 1024

async function* contentOf({ path, size }: Source): AsyncGenerator<Uint8Array> {
  const fd = await openFile(path, 'r')
  try {
    for (let at = 0; at < size; at += blockBytes) {
      const block = Buffer.allocUnsafe(Math.min(blockBytes, size - at))
      await readAt(fd, block, at)
      yield block
    }
  } finally {
    await closeFile(fd)
  }
}
