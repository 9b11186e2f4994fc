// Keeps segment files from being removed while another process reads all of them: a copy, a check.
// SQLite holds the lock, as it does for the data folder: it is free when its holder ends.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

const busy = 5
const triesMax = 1_000
const betweenMs = 10

/**
 * Holds every segment file of a data folder until `close()`. Waits for a removal that is under way,
 * without stopping this process meanwhile: the removal may be its own.
 * @throws Error when that does not end
 */
export async function holdSegments(folder: string): Promise<{ close(): void }> {
  for (let tries = 0; ; tries++) {
    const lock = new DatabaseSync(join(folder, 'hold'), { timeout: 0 })
    try {
      // A page must be there to be read, or there is nothing to share.
      if (lock.prepare('pragma user_version').get()?.user_version === 0)
        lock.exec('pragma user_version = 1')
      lock.exec('begin; select count(*) from sqlite_schema')
      return lock
    } catch (error) {
      lock.close()
      if (!isBusy(error) || tries === triesMax) throw error
    }
    await pause(betweenMs)
  }
}

/** Runs `remove` while nobody holds the segments; false, without it, while somebody does. */
export async function unlessHeld(folder: string, remove: () => Promise<void>): Promise<boolean> {
  const lock = new DatabaseSync(join(folder, 'hold'), { timeout: 0 })
  try {
    lock.exec('pragma journal_mode = memory; begin exclusive')
    await remove()
    return true
  } catch (error) {
    if (isBusy(error)) return false
    throw error
  } finally {
    lock.close()
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === busy
}
