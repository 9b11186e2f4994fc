// Making folders on the way to a place.
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder, and those above it, with mode 0700 where they are not there yet. Node's own way
 * (`recursive`) never ends where the system says ENOENT for a parent that exists, as /proc does.
 * @throws the system's error
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}
