// What a backup holds, in `manifest.json`: every file with its checksums. The manifest names the
// files, so a backup that is broken off leaves the one before it whole.
import { createHash } from 'node:crypto'
import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { closeFile, openFile, readAt, syncFile, syncFolder, writeAt } from './disk.ts'

export interface FileEntry {
  /** In the backup, with its folder. */
  readonly file: string
  /** In a data folder. */
  readonly name: string
  /** What each backup added, by where it ends. */
  readonly parts: readonly Part[]
}

export interface Part {
  readonly end: number
  readonly sha256: string
}

export interface Manifest {
  readonly format: 1
  /** Milliseconds since 1970. */
  readonly at: number
  /** Tells the data folder that was copied from every other. */
  readonly store: string
  readonly files: readonly FileEntry[]
}

const fileName = 'manifest.json'

/** The manifest in a folder; undefined when there is none. @throws Error when it is damaged */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  let text: string
  try {
    text = await readFile(join(folder, fileName), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const [head = '', body = ''] = splitOnce(text, '\n')
  if (head !== sha256Of(body)) throw new Error(`${join(folder, fileName)} is damaged`)
  const manifest = JSON.parse(body) as Manifest
  if (manifest.format !== 1) throw new Error(`${folder} was made by a newer version`)
  return manifest
}

/** From now on the folder holds this backup. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const body = JSON.stringify(manifest, undefined, 1)
  const part = join(folder, `${fileName}.part`)
  const fd = await openFile(part, 'w')
  try {
    await writeAt(fd, [Buffer.from(`${sha256Of(body)}\n${body}`)], 0)
    await syncFile(fd)
  } finally {
    await closeFile(fd)
  }
  await rename(part, join(folder, fileName))
  await syncFolder(folder)
}

export function sizeOf({ parts }: Pick<FileEntry, 'parts'>): number {
  return parts.at(-1)?.end ?? 0
}

/** A stretch of a file, from byte `start` to `end`, and where else it is to be written. */
export interface Stretch {
  readonly from: number
  readonly to?: number
  readonly start: number
  readonly end: number
}

const chunkBytes = 1024 * 1024

/** Copies a stretch, or only reads it; its SHA-256. @throws Error when the file is shorter. */
export async function digested({ from, to, start, end }: Stretch): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(chunkBytes)
  for (let at = start; at < end; at += chunkBytes) {
    const chunk = buffer.subarray(0, Math.min(chunkBytes, end - at))
    const read = await readAt(from, chunk, at)
    if (read < chunk.length) throw new Error(`the file ends at byte ${at + read}, before ${end}`)
    hash.update(chunk)
    if (to !== undefined) await writeAt(to, [chunk], at)
  }
  return hash.digest('hex')
}

function splitOnce(text: string, at: string): [string, string] {
  const where = text.indexOf(at)
  return where < 0 ? [text, ''] : [text.slice(0, where), text.slice(where + at.length)]
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
