// Temporary folders, logs that remember, and the engines that the suites run on.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '../../base/log.ts'
import { blobSteps } from '../blob-rows.ts'
import type { Engine, Migration } from '../engine.ts'
import { openStore } from '../open-store.ts'
import { openSqlite, type SqliteOptions } from '../sqlite-engine.ts'
import type { Store, StoreOptions } from '../store.ts'
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
  readonly workerUrl?: URL
  readonly migrations?: readonly Migration[]
  readonly limits?: Pick<SqliteOptions, 'waitingJobsMax' | 'waitingBytesMax'>
  readonly log?: Log
}

/** An engine to run the suites on: `open` twice with one folder is the same database. */
export interface TestEngine {
  readonly name: string
  /** Why it is not to be had here, or false. */
  readonly skip: string | false
  /** Whether arguments and results cross to another thread. */
  readonly resultsAreCloned: boolean
  /** What `openStore` is given as `url` for this folder. */
  url(folder: string): Promise<string>
  /** All that it has on disk. */
  stored(folder: string): Promise<Buffer>
  open(folder: string, options?: OpenOptions): Promise<Engine>
}

export const sqlite: TestEngine = {
  name: 'SQLite',
  skip: false,
  resultsAreCloned: true,
  url: async () => '',
  stored: async (folder) => {
    const file = join(folder, 'amplop.db')
    return Buffer.concat([readFileSync(file), readFileSync(`${file}-wal`)])
  },
  open: (folder, options = {}) => {
    const { migrations = noteSteps, limits = {}, log = keepingLog([]) } = options
    return openSqlite({
      file: join(folder, 'amplop.db'),
      workerUrl: options.workerUrl ?? workerUrl,
      migrations: [...blobSteps, ...migrations],
      log,
      ...limits,
    })
  },
}

export function openTestStore(
  folder: string,
  log: Log = keepingLog([]),
  more: Pick<StoreOptions, 'sweep' | 'freeMinBytes' | 'url'> = {},
): Promise<Store> {
  const sweep = { everyMs: 0, restMs: 0, ...more.sweep }
  return openStore({
    folder,
    workerUrl,
    migrations: noteSteps,
    onLost: dropNotes,
    log,
    ...more,
    sweep,
  })
}
