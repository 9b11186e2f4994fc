// The folder of segment files: their names, and a bounded number of them open for reading.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { closeFile, openFile } from './disk.ts'

export function segmentPath(folder: string, segment: number): string {
  return join(folder, `${String(segment).padStart(10, '0')}.seg`)
}

/** The numbers of the segments in a folder, ascending. */
export async function segmentsIn(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder)
  return names
    .filter((name) => /^\d{10,}\.seg$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b)
}

/** Bytes of a segment's file; 0 when there is none. */
export async function segmentSize(folder: string, segment: number): Promise<number> {
  try {
    return (await stat(segmentPath(folder, segment))).size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0
    throw error
  }
}

interface OpenSegment {
  readonly fd: Promise<number>
  users: number
  /** Its file goes: not to be kept open for later readers. */
  forgotten: boolean
}

/** Segments open for reading, the least recently used closed first. */
export class SegmentFiles {
  readonly #folder: string
  readonly #openMax: number
  readonly #open = new Map<number, OpenSegment>()

  constructor(folder: string, openMax = 64) {
    this.#folder = folder
    this.#openMax = openMax
  }

  /** Lends the segment's descriptor until `leave`. Rejects with the system's error. */
  async enter(segment: number): Promise<number> {
    const known = this.#open.get(segment)
    const path = segmentPath(this.#folder, segment)
    const opened = known ?? { fd: openFile(path, 'r'), users: 0, forgotten: false }
    opened.users++
    this.#open.delete(segment)
    this.#open.set(segment, opened)
    this.#closeOldest()
    try {
      return await opened.fd
    } catch (error) {
      if (this.#open.get(segment) === opened) this.#open.delete(segment)
      throw error
    }
  }

  leave(segment: number): void {
    const opened = this.#open.get(segment)
    if (!opened) return
    opened.users--
    if (opened.forgotten) this.forget(segment)
    this.#closeOldest()
  }

  /** Closes the segment as soon as nobody reads it. */
  forget(segment: number): void {
    const opened = this.#open.get(segment)
    if (!opened) return
    opened.forgotten = true
    if (opened.users > 0) return
    this.#open.delete(segment)
    opened.fd.then(closeFile, () => {})
  }

  async close(): Promise<void> {
    const files = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(files.map(async (file) => closeFile(await file.fd)))
  }

  #closeOldest(): void {
    if (this.#open.size <= this.#openMax) return
    for (const [segment, { fd, users }] of this.#open) {
      if (users > 0) continue
      this.#open.delete(segment)
      fd.then(closeFile, () => {})
      if (this.#open.size <= this.#openMax) return
    }
  }
}
