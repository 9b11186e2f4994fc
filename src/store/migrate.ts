// Brings a database's schema up to this program's, step by step. Knows no tables but its own.
import { existsSync, statSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import type { Log } from '../base/log.ts'
import { syncFolder } from './disk.ts'
import type { Migration } from './engine.ts'
import { sqliteTypes } from './sqlite-connection.ts'

/** A statement of a migration with an engine's names for {id}, {bytes} and {int}. */
export function withTypes(statement: string, types: Readonly<Record<string, string>>): string {
  return statement.replace(/\{(\w+)\}/g, (whole, type: string) => types[type] ?? whole)
}

/**
 * Runs the steps that the database has not had, in order of their names, each in a transaction.
 * A database in use is copied first, to `FILE.before-STEP`.
 * @throws Error when it has had a step this program does not know.
 */
export async function migrateSqlite(
  file: string,
  migrations: readonly Migration[],
  log: Log,
): Promise<void> {
  const steps = inOrder(migrations)
  // SQLite makes files as the umask says; mail is nobody else's.
  if (!existsSync(file)) await (await open(file, 'a', 0o600)).close()
  const database = new DatabaseSync(file, { timeout: 5_000 })
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = full')
    const had = stepsHad(database)
    refuseUnknown(file, steps, had)
    const missing = steps.filter((step) => !had.has(step.name))
    if (missing[0] && had.size > 0) await copyBefore(database, file, missing[0].name)
    for (const step of missing) {
      apply(database, step)
      log.info('schema step', { step: step.name })
    }
  } finally {
    database.close()
  }
}

export function inOrder(migrations: readonly Migration[]): readonly Migration[] {
  const steps = migrations.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  steps.forEach((step, n) => {
    if (!/^\d{4}-[a-z-]+$/.test(step.name)) throw new Error(`"${step.name}" names no schema step`)
    if (steps[n + 1]?.name === step.name) throw new Error(`two schema steps are "${step.name}"`)
  })
  return steps
}

function stepsHad(database: DatabaseSync): ReadonlySet<string> {
  database.exec(
    'create table if not exists schema_steps (name text primary key, at integer not null)',
  )
  const rows = database.prepare('select name from schema_steps').all()
  return new Set(rows.map((row) => String(row.name)))
}

export function refuseUnknown(
  file: string,
  steps: readonly Migration[],
  had: ReadonlySet<string>,
): void {
  const known = new Set(steps.map((step) => step.name))
  const unknown = [...had].filter((name) => !known.has(name)).sort()
  if (unknown.length === 0) return
  throw new Error(
    `${file} was made by a newer version: it has the schema step ${unknown.join(', ')}, ` +
      'which this version does not know. Run that version, or restore a copy from before it.',
  )
}

function apply(database: DatabaseSync, step: Migration): void {
  database.exec('begin immediate')
  try {
    for (const statement of step.statements) database.exec(withTypes(statement, sqliteTypes))
    database.prepare('insert into schema_steps values (?, ?)').run(step.name, Date.now())
    database.exec('commit')
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    throw new Error(`schema step ${step.name} failed: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

async function copyBefore(database: DatabaseSync, file: string, step: string): Promise<void> {
  const copy = `${file}.before-${step}`
  await rm(`${copy}.part`, { force: true })
  await backup(database, `${copy}.part`)
  const part = await open(`${copy}.part`, 'r+')
  try {
    await part.chmod(statSync(file).mode & 0o777)
    await part.sync()
  } finally {
    await part.close()
  }
  await rename(`${copy}.part`, copy)
  await syncFolder(dirname(copy))
}
