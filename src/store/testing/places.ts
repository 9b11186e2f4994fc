// Temporary folders, logs that remember, and the engines that the suites run on.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '../../base/log.ts'
import { blobSteps } from '../blob-rows.ts'
import type { Engine, Migration } from '../engine.ts'
import { openStore, type Store } from '../open-store.ts'
import { openSqlite, type SqliteOptions } from '../sqlite-engine.ts'
import { dropNotes, noteSteps } from './jobs.ts'

export const workerUrl = new URL('./writer.ts', import.meta.url)

export interface Cleanup {
  after(undo: () => void): void
}

export function newFolder(test: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-store-'))
  test.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A log that keeps the names of its warnings and errors in `lines`. */
export function keepingLog(lines: string[]): Log {
  const keep = (event: string) => {
    lines.push(event)
  }
  const log: Log = {
    debug: () => {},
    info: () => {},
    warn: keep,
    error: keep,
    with: () => log,
  }
  return log
}

export interface OpenOptions {
  readonly migrations?: readonly Migration[]
  readonly limits?: Pick<SqliteOptions, 'waitingJobsMax' | 'waitingBytesMax'>
  readonly log?: Log
}

/** An engine to run the suites on: `open` twice with one folder is the same database. */
export interface TestEngine {
  readonly name: string
  open(folder: string, options?: OpenOptions): Promise<Engine>
}

export const sqlite: TestEngine = {
  name: 'SQLite',
  open: (folder, { migrations = noteSteps, limits = {}, log = keepingLog([]) } = {}) =>
    openSqlite({
      file: join(folder, 'amplop.db'),
      workerUrl,
      migrations: [...blobSteps, ...migrations],
      log,
      ...limits,
    }),
}

export const engines: readonly TestEngine[] = [sqlite]

export function openTestStore(folder: string, log: Log = keepingLog([])): Promise<Store> {
  return openStore({ folder, workerUrl, migrations: noteSteps, onLost: dropNotes, log })
}
