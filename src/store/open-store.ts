// Opens and closes the whole store of a data folder in the one right order.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../base/log.ts'
import { blobSteps, noteSynced } from './blob-rows.ts'
import type { BlobRef, Blobs } from './blobs.ts'
import type { Engine, Migration } from './engine.ts'
import { lockFolder } from './folder-lock.ts'
import { type Recovery, recover } from './recover.ts'
import { Segments } from './segments.ts'
import type { Job } from './sql.ts'
import { openSqlite, type SqliteEngine } from './sqlite-engine.ts'

export interface StoreOptions {
  /** The data folder; made, with mode 0700, when it is not there. */
  readonly folder: string
  /** The module that calls `serveWriter(jobs)`, with `onLost` among the jobs. */
  readonly workerUrl: URL
  /** Of all rooms; the store adds its own. */
  readonly migrations: readonly Migration[]
  /** Drops the owners' rows of blobs whose bytes never arrived. May be given them twice. */
  readonly onLost: Job<readonly BlobRef[], void>
  readonly log: Log
}

export interface Store {
  readonly engine: Engine
  readonly blobs: Blobs
  /** What the start found. */
  readonly recovery: Recovery
  /** Finishes what waits. To be called when nobody asks any more. */
  close(): Promise<void>
}

/**
 * @throws Error when another process has the folder, the schema is newer than the program, or the
 * database would not be durable: messages for a person, one line each.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { folder, log } = options
  const blobsFolder = join(folder, 'blobs')
  await mkdir(blobsFolder, { recursive: true, mode: 0o700 })
  const lock = lockFolder(folder)
  let engine: SqliteEngine | undefined
  try {
    engine = await openSqlite({
      file: join(folder, 'amplop.db'),
      workerUrl: options.workerUrl,
      migrations: [...blobSteps, ...options.migrations],
      log,
    })
    const recovery = await recover({ engine, folder: blobsFolder, onLost: options.onLost, log })
    const { nextSegment } = recovery
    const blobs = new Segments({ folder: blobsFolder, nextSegment, log })
    return opened(engine, blobs, recovery, lock)
  } catch (error) {
    await engine?.close()
    lock.close()
    throw error
  }
}

function opened(
  engine: SqliteEngine,
  blobs: Segments,
  recovery: Recovery,
  lock: { close(): void },
): Store {
  const note = async (all: boolean) => {
    const marks = blobs.marks(all)
    if (marks.length > 0) await engine.run(noteSynced, marks)
  }
  // A watermark that stays behind costs time at the next start, and nothing else.
  engine.beforeWrites(() => void note(false).catch(() => {}))
  const close = async () => {
    await blobs.close()
    await note(true).catch(() => {})
    await engine.close()
    lock.close()
  }
  return { engine, blobs, recovery, close }
}
