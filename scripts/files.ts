// Finds the project's own files. Knows which folders are not ours.
import { readdirSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'

export const root = resolve(import.meta.dirname, '..')

const foreign = new Set(['node_modules', 'dist', '.git'])

/** Paths relative to `from` (which is relative to the root), with "/", sorted. */
export function filesIn(from: string, wanted: (path: string) => boolean): string[] {
  const found: string[] = []
  const walk = (folder: string) => {
    for (const entry of entriesOf(join(root, folder))) {
      const path = folder === '.' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory() && !foreign.has(entry.name)) walk(path)
      else if (entry.isFile() && wanted(path)) found.push(path)
    }
  }
  walk(from.split(sep).join('/'))
  return found.sort()
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
