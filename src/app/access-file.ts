// The access log's file: lines are held and written in batches, the file is turned over by size and
// age, old ones go. A disk that is full or gone loses lines, says so, and never holds up mail.
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { makeFolder } from '../base/folder.ts'
import type { Log } from '../base/log.ts'

export interface AccessFileSettings {
  /** Absolute. */
  readonly file: string
  /** 0: by age only. */
  readonly rotateBytes: number
  /** 0: by size only. */
  readonly rotateHours: number
  /** How many that were turned over stay; 0: all. */
  readonly keepFiles: number
  /** For how long they stay; 0: for ever. */
  readonly keepDays: number
}

const flushMs = 200
const retryMs = 1_000
const tendMs = 3_600_000
/** Characters that may wait for the disk. */
const heldMax = 8 * 1024 * 1024
const dayMs = 86_400_000
const newline = Buffer.from('\n')

interface Opened {
  readonly handle: FileHandle
  readonly path: string
  readonly inode: number
  readonly sinceMs: number
  size: number
}

export class AccessFile {
  readonly #settings: () => AccessFileSettings
  readonly #log: Log
  #lines: string[] = []
  #held = 0
  #lost = 0
  #rest: Buffer | undefined
  #opened: Opened | undefined
  #timer: NodeJS.Timeout | undefined
  #busy: Promise<void> = Promise.resolve()
  #failing = false
  readonly #tending: NodeJS.Timeout

  /** `settings` are asked for before each batch. */
  constructor(settings: () => AccessFileSettings, log: Log) {
    this.#settings = settings
    this.#log = log
    this.#tending = setInterval(() => this.#soon(0), tendMs).unref()
    this.#soon(0)
  }

  /** Keeps a line, without its end, until the next batch. Never throws. */
  write(line: string): void {
    if (this.#held + line.length > heldMax) {
      this.#lost++
      return
    }
    this.#held += line.length
    this.#lines.push(line)
    this.#soon(flushMs)
  }

  /** Resolves when all lines are written, or cannot be. */
  async close(): Promise<void> {
    clearInterval(this.#tending)
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#busy
    // The rest of what failed before, and what came since.
    await this.#flush()
    await this.#flush()
    clearTimeout(this.#timer)
    await this.#opened?.handle.close()
  }

  #soon(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#busy = this.#busy.then(() => this.#flush())
    }, ms).unref()
  }

  async #flush(): Promise<void> {
    try {
      await this.#ready()
      await this.#drain()
      if (this.#failing) this.#log.info('access log written again', {})
      this.#failing = false
    } catch (error) {
      if (!this.#failing) this.#log.warn('access log not written', { error })
      this.#failing = true
      this.#soon(retryMs)
    }
  }

  /** Writes what waits now; what comes meanwhile has its own turn. */
  async #drain(): Promise<void> {
    if (!this.#rest && this.#lines.length === 0 && this.#lost === 0) return
    this.#rest ??= this.#batch()
    const at = this.#opened!
    while (this.#rest.length > 0) {
      const { bytesWritten } = await at.handle.write(this.#rest)
      at.size += bytesWritten
      this.#rest = this.#rest.subarray(bytesWritten)
    }
    this.#rest = undefined
    if (this.#due(at)) await this.#turnOver(at)
    if (this.#lines.length > 0) this.#soon(flushMs)
  }

  #batch(): Buffer {
    const lines = this.#lines
    if (this.#lost > 0) {
      const lost = { at: new Date().toISOString(), kind: 'lost', count: this.#lost }
      lines.push(JSON.stringify(lost))
      this.#log.warn('access log lines lost', { count: this.#lost })
    }
    this.#lines = []
    this.#held = 0
    this.#lost = 0
    return Buffer.from(`${lines.join('\n')}\n`)
  }

  /** The file is open, is the one of that name, and is not due to be turned over. */
  async #ready(): Promise<void> {
    const { file } = this.#settings()
    const now = await stat(file).catch(() => undefined)
    const before = this.#opened
    if (before && (before.path !== file || now?.ino !== before.inode)) {
      this.#opened = undefined
      await before.handle.close()
    }
    this.#opened ??= await opened(file)
    if (this.#due(this.#opened)) await this.#turnOver(this.#opened)
    else if (!before) await this.#prune(file)
  }

  #due({ size, sinceMs }: Opened): boolean {
    const { rotateBytes, rotateHours } = this.#settings()
    if (size === 0) return false
    const old = rotateHours > 0 && Date.now() - sinceMs >= rotateHours * 3_600_000
    return old || (rotateBytes > 0 && size >= rotateBytes)
  }

  async #turnOver({ handle, path }: Opened): Promise<void> {
    const to = `${path}.${new Date().toISOString().replaceAll(':', '-')}`
    // Two in a millisecond: the second waits for the next batch.
    if (await stat(to).catch(() => undefined)) return
    await rename(path, to)
    this.#opened = undefined
    await handle.close()
    this.#opened = await opened(path)
    await this.#prune(path)
  }

  async #prune(file: string): Promise<void> {
    const { keepFiles, keepDays } = this.#settings()
    const old = await turnedOver(file)
    const many = keepFiles > 0 ? old.slice(0, Math.max(0, old.length - keepFiles)) : []
    const before = keepDays > 0 ? Date.now() - keepDays * dayMs : Number.NEGATIVE_INFINITY
    const gone = new Set([...many, ...old.filter(({ endedAt }) => endedAt < before)])
    for (const { path } of gone) await rm(path, { force: true })
  }
}

async function opened(path: string): Promise<Opened> {
  makeFolder(dirname(path))
  const handle = await open(path, 'a+', 0o600)
  try {
    const { ino, size, birthtimeMs } = await handle.stat()
    const at = { handle, path, inode: ino, size, sinceMs: birthtimeMs || Date.now() }
    if (size === 0) return at
    // A line that a crash or a full disk cut short stands alone.
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
    if (buffer[0] !== 10) at.size += (await handle.write(newline)).bytesWritten
    return at
  } catch (error) {
    await handle.close()
    throw error
  }
}

export interface TurnedOver {
  readonly path: string
  /** Milliseconds since 1970: nothing in it is younger. */
  readonly endedAt: number
}

/** The files that `file` was turned over to, oldest first. */
export async function turnedOver(file: string): Promise<readonly TurnedOver[]> {
  const folder = dirname(file)
  const names = await readdir(folder).catch(() => [])
  const start = `${basename(file)}.`
  return names
    .filter((name) => name.startsWith(start))
    .map((name) => ({ path: join(folder, name), endedAt: timeIn(name.slice(start.length)) }))
    .filter(({ endedAt }) => !Number.isNaN(endedAt))
    .sort((one, other) => one.endedAt - other.endedAt)
}

/** "2026-01-31T12-00-00.000Z" */
function timeIn(text: string): number {
  const form = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d\.\d{3}Z)$/
  return form.test(text) ? Date.parse(text.replace(form, '$1:$2:$3')) : Number.NaN
}
