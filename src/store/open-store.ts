// Opens and closes the whole store of a data folder in the one right order.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { blobSteps, noteSynced } from './blob-rows.ts'
import { lockFolder } from './folder-lock.ts'
import { alone } from './notifier.ts'
import { openPostgresStore } from './open-postgres-store.ts'
import { placeOf } from './packed-rows.ts'
import { type Recovery, recover } from './recover.ts'
import { Segments } from './segments.ts'
import { Space } from './space.ts'
import { openSqlite, type SqliteEngine } from './sqlite-engine.ts'
import type { Store, StoreOptions } from './store.ts'
import { Sweeper, sweepDefaults } from './sweeper.ts'

/**
 * @throws Error when another process has the folder, the schema is newer than the program, or the
 * database would not be durable: messages for a person, one line each.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { folder, log, freeMinBytes = 0, url = '' } = options
  if (url !== '') return openPostgresStore(options, url)
  const blobsFolder = join(folder, 'blobs')
  await mkdir(blobsFolder, { recursive: true, mode: 0o700 })
  const lock = lockFolder(folder)
  const space = await Space.watch({ folder, freeMinBytes, log })
  const full = () => space.full()
  let engine: SqliteEngine | undefined
  try {
    engine = await openSqlite({
      file: join(folder, 'amplop.db'),
      workerUrl: options.workerUrl,
      migrations: [...blobSteps, ...options.migrations],
      log,
      full,
    })
    const recovery = await recover({ engine, folder: blobsFolder, onLost: options.onLost, log })
    const { nextSegment } = recovery
    const database = engine
    const blobs = new Segments({
      folder: blobsFolder,
      nextSegment,
      log,
      locate: (ref) => database.run(placeOf, ref),
      refusal: () => space.refusal(),
      full,
    })
    return opened({ engine, blobs, space, lock, recovery }, options)
  } catch (error) {
    await engine?.close()
    await space.close()
    lock.close()
    throw error
  }
}

interface Parts {
  readonly engine: SqliteEngine
  readonly blobs: Segments
  readonly space: Space
  readonly lock: { close(): void }
  readonly recovery: Recovery
}

function opened(parts: Parts, { folder, log, sweep }: StoreOptions): Store {
  const { engine, blobs, space, lock, recovery } = parts
  const hasRoom = () => space.refusal() === undefined
  const sweeper = new Sweeper(
    { engine, blobs, folder, log, hasRoom },
    { ...sweepDefaults, ...sweep },
  )
  const note = async (all: boolean) => {
    const marks = blobs.marks(all)
    if (marks.length > 0) await engine.run(noteSynced, marks)
  }
  // A watermark that stays behind costs time at the next start, and nothing else.
  engine.beforeWrites(() => void note(false).catch(() => {}))
  const close = async () => {
    await sweeper.close()
    await blobs.close()
    await note(true).catch(() => {})
    await engine.close()
    await space.close()
    lock.close()
  }
  let closing: Promise<void> | undefined
  return {
    engine,
    blobs,
    notifier: alone,
    recovery,
    health: () => (!engine.healthy ? 'failed' : hasRoom() ? 'ok' : 'no-space'),
    sweep: () => sweeper.sweep(),
    close: () => {
      closing ??= close()
      return closing
    },
  }
}
