// The file in the data folder that holds what `amplop config set` changed: read, and replaced as a
// whole, so that a crash leaves the old or the new one. Knows no meaning of a setting.
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { parse, stringify, type TomlTable } from 'smol-toml'
import type { Overlay } from './read.ts'

const name = 'settings.toml'
const head = `# Made by "amplop config set", and stronger than the settings file.
# "amplop config list" tells what is in force; "amplop config unset KEY" takes a line out.
`

export function overlayFile(folder: string): string {
  return join(folder, name)
}

/** "" where nothing was ever set. */
export function overlaySource(folder: string): string {
  try {
    return readFileSync(overlayFile(folder), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

export function overlayOf(source: string): Overlay {
  return parse(source) as Overlay
}

/** On disk when it returns. @throws Error of the system; the file is as it was then. */
export function writeOverlay(folder: string, overlay: Overlay): void {
  const file = overlayFile(folder)
  const next = `${file}.new`
  try {
    written(next, `${head}\n${stringify(overlay as TomlTable)}`)
    renameSync(next, file)
  } catch (error) {
    rmSync(next, { force: true, recursive: true })
    throw error
  }
  synced(dirname(file))
}

function written(file: string, text: string): void {
  const handle = openSync(file, 'w', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** The new name is on disk, too. */
function synced(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
