// Keeps segment files from being removed while another process reads all of them: a copy, a check.
// SQLite holds the lock, as it does for the data folder: it is free when its holder ends.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const busy = 5

/** Holds every segment file of a data folder until `close()`. */
export function holdSegments(folder: string): { close(): void } {
  const lock = new DatabaseSync(join(folder, 'hold'), { timeout: 10_000 })
  try {
    // A page must be there to be read, or there is nothing to share.
    if (lock.prepare('pragma user_version').get()?.user_version === 0)
      lock.exec('pragma user_version = 1')
    lock.exec('begin; select count(*) from sqlite_schema')
  } catch (error) {
    lock.close()
    throw error
  }
  return lock
}

/** Runs `remove` while nobody holds the segments; false, without it, while somebody does. */
export async function unlessHeld(folder: string, remove: () => Promise<void>): Promise<boolean> {
  const lock = new DatabaseSync(join(folder, 'hold'), { timeout: 0 })
  try {
    lock.exec('pragma journal_mode = memory; begin exclusive')
    await remove()
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return false
    throw error
  } finally {
    lock.close()
  }
}
