// Opens and closes a store whose rows and bytes are in a PostgreSQL database that several processes
// share. Only what is this process's own stays in its data folder.
import { mkdir } from 'node:fs/promises'
import type { Log } from '../base/log.ts'
import { blobSteps } from './blob-rows.ts'
import { lockFolder } from './folder-lock.ts'
import { claimSegment, postgresBlobSteps } from './postgres-blob-rows.ts'
import { PostgresBlobs } from './postgres-blobs.ts'
import { openPostgres, type PostgresEngine } from './postgres-engine.ts'
import { PostgresNotifier } from './postgres-notifier.ts'
import { PostgresSweeper } from './postgres-sweeper.ts'
import type { Store, StoreOptions } from './store.ts'

/**
 * @throws Error when another process has the folder, the schema is newer than the program, or the
 * database would not be durable: messages for a person, one line each.
 */
export async function openPostgresStore(options: StoreOptions, url: string): Promise<Store> {
  const { folder, log } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const lock = lockFolder(folder)
  try {
    const migrations = [...blobSteps, ...postgresBlobSteps, ...options.migrations]
    const engine = await openPostgres({ url, migrations, log })
    return await opened(engine, { url, log, lock, everyMs: options.sweep?.everyMs })
  } catch (error) {
    lock.close()
    throw error
  }
}

interface Parts {
  readonly url: string
  readonly log: Log
  readonly lock: { close(): void }
  readonly everyMs: number | undefined
}

async function opened(engine: PostgresEngine, parts: Parts): Promise<Store> {
  const { url, log, lock, everyMs } = parts
  let notifier: PostgresNotifier | undefined
  try {
    notifier = await PostgresNotifier.open(url, log)
    const segment = await engine.run(claimSegment, undefined)
    const run: PostgresEngine['run'] = (job, args) =>
      job.writes ? engine.runBeside(job, args) : engine.run(job, args)
    const blobs = new PostgresBlobs({ run, segment })
    const sweeper = new PostgresSweeper(engine, log, everyMs)
    const words = notifier
    return {
      engine,
      blobs,
      notifier,
      // Bytes are committed before any row can name them: there is nothing to find.
      recovery: { lost: [], verified: 0, damaged: [], unowned: [], nextSegment: segment },
      health: () => engine.health(),
      sweep: () => sweeper.sweep(),
      close: async () => {
        await sweeper.close()
        await blobs.close()
        await words.close()
        await engine.close()
        lock.close()
      },
    }
  } catch (error) {
    await notifier?.close()
    await engine.close()
    throw error
  }
}
