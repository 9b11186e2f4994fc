// One process on a data folder. SQLite holds the lock: the system frees it when the process ends,
// however it ends.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Takes the folder, until `close()`.
 * @throws Error when another process has it.
 */
export function lockFolder(folder: string): { close(): void } {
  const lock = new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
  try {
    // A full disk has no room for a journal, and nothing is written.
    lock.exec('pragma journal_mode = memory; begin exclusive')
  } catch (error) {
    lock.close()
    const busy = error instanceof Error && 'errcode' in error && error.errcode === 5
    if (!busy) throw error
    throw new Error(`another Amplop is running on ${folder}: stop it, or give another folder`)
  }
  return lock
}
