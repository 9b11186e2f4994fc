// Makes a data folder from a backup, and holds a backup against its manifest.
import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { closeFile, openFile, syncFile, syncFolder } from './disk.ts'
import { digested, type FileEntry, type Manifest, readManifest } from './manifest.ts'

export interface RestoreReport {
  /** When the backup was begun: milliseconds since 1970. */
  readonly at: number
  readonly files: number
  readonly bytes: number
  /** Files that are not what was backed up; copied all the same, except the database. */
  readonly damaged: readonly string[]
}

/**
 * Restores into a folder that is empty or not there. A damaged segment is restored with its damage:
 * each message in it has a checksum of its own.
 * @throws Error in a person's words, when there is no backup, no empty folder, or no good database
 */
export async function restore(from: string, folder: string): Promise<RestoreReport> {
  const manifest = await manifestIn(from)
  if (!manifest.files.some(({ name }) => name === 'amplop.db'))
    throw new Error(
      `${from} is the backup of a PostgreSQL database: name its settings with -c FILE`,
    )
  await mkdir(join(folder, 'blobs'), { recursive: true, mode: 0o700 })
  const there = await readdir(folder, { recursive: true })
  if (there.some((name) => name !== 'blobs'))
    throw new Error(`${folder} is not empty: a backup is restored into an empty folder`)
  const report = await walk(manifest, from, (entry) => join(folder, entry.name))
  await syncFolder(join(folder, 'blobs'))
  await syncFolder(folder)
  await syncFolder(dirname(folder))
  return report
}

/** Reads a whole backup. @throws Error when there is none */
export async function verifyBackup(from: string): Promise<RestoreReport> {
  return await walk(await manifestIn(from), from, () => undefined)
}

async function manifestIn(from: string): Promise<Manifest> {
  const manifest = await readManifest(from)
  if (!manifest) throw new Error(`${from} holds no backup: it has no manifest.json`)
  return manifest
}

async function walk(
  { at, files }: Manifest,
  from: string,
  target: (entry: FileEntry) => string | undefined,
): Promise<RestoreReport> {
  const damaged: string[] = []
  let bytes = 0
  // The database last: without it the folder is none that a server would run on.
  for (const entry of files.toReversed()) {
    const wrong = await wrongIn(entry, join(from, entry.file), target(entry))
    bytes += entry.parts.at(-1)?.end ?? 0
    if (wrong === undefined) continue
    const what = `${join(from, entry.file)}: ${wrong}`
    if (entry.name === 'amplop.db' && target(entry)) throw new Error(`cannot restore: ${what}`)
    damaged.push(what)
  }
  return { at, files: files.length, bytes, damaged }
}

/** Reads a file of a backup, and copies it where there is a target; what is wrong with it. */
async function wrongIn(
  { parts }: FileEntry,
  path: string,
  target: string | undefined,
): Promise<string | undefined> {
  let from: number
  try {
    from = await openFile(path, 'r')
  } catch (error) {
    return (error as Error).message
  }
  const to = target === undefined ? undefined : await openFile(target, 'wx')
  try {
    let [start, wrong]: [number, string | undefined] = [0, undefined]
    for (const { end, sha256 } of parts) {
      const found = await digested({ from, start, end, ...(to !== undefined && { to }) })
      if (found !== sha256) wrong ??= `other bytes than were backed up, from ${start} to ${end}`
      start = end
    }
    if (to !== undefined) await syncFile(to)
    return wrong
  } catch (error) {
    return (error as Error).message
  } finally {
    await closeFile(from)
    if (to !== undefined) await closeFile(to)
  }
}
