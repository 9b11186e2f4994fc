// Reads the access log back: the files it was turned over to and the one in use, oldest first, a
// line at a time, whatever their size. Knows no command line.
import { createReadStream } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import type { Networks } from '../base/networks.ts'
import type { MessageLine, SessionLine } from './access-book.ts'
import { turnedOver } from './access-file.ts'

export type AccessLine = MessageLine | SessionLine

/** What a line must have; what is not given does not matter. */
export interface Wanted {
  /** Part of an address, letters' case aside. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly account?: string | undefined
  /** The whole Message-ID or the queue's id, with or without angle brackets. */
  readonly id?: string | undefined
  readonly networks?: Networks | undefined
  readonly result?: string | undefined
  /** Milliseconds since 1970. */
  readonly since?: number | undefined
  readonly until?: number | undefined
}

/** A line as it is in the file, and what it says. */
export interface Found {
  readonly source: string
  readonly line: AccessLine
}

/** Every line that is wanted, oldest first. */
export async function* readAccess(file: string, wanted: Wanted): AsyncGenerator<Found> {
  const { since = Number.NEGATIVE_INFINITY } = wanted
  const old = await turnedOver(file)
  for (const { path, endedAt } of old) if (endedAt >= since) yield* readFile(path, wanted)
  yield* readFile(file, wanted)
}

async function* readFile(path: string, wanted: Wanted): AsyncGenerator<Found> {
  const input = createReadStream(path)
  try {
    for await (const source of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const found = foundIn(source, wanted)
      if (found) yield found
    }
  } catch (error) {
    // It was pruned meanwhile, or nothing was ever written.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  } finally {
    input.destroy()
  }
}

const lookMs = 250

/** What is written from now on, until the signal aborts; follows the name to the next file. */
export async function* followAccess(
  file: string,
  wanted: Wanted,
  signal: AbortSignal,
): AsyncGenerator<Found> {
  const tail = new Tail(file)
  await tail.toEnd()
  try {
    while (!signal.aborted) {
      yield* (await tail.more()).flatMap((source) => foundIn(source, wanted) ?? [])
      await wait(lookMs, undefined, { signal }).catch(() => {})
    }
  } finally {
    await tail.close()
  }
}

class Tail {
  readonly #file: string
  #handle: FileHandle | undefined
  #inode = 0
  #at = 0
  #rest = ''

  constructor(file: string) {
    this.#file = file
  }

  async toEnd(): Promise<void> {
    await this.#open()
    this.#at = (await this.#handle?.stat())?.size ?? 0
  }

  /** The lines that came since. */
  async more(): Promise<string[]> {
    const lines = await this.#read()
    const now = await stat(this.#file).catch(() => undefined)
    if (!now || now.ino === this.#inode) return lines
    // What came between the last look and the turning over.
    lines.push(...(await this.#read()))
    await this.close()
    await this.#open()
    return [...lines, ...(await this.#read())]
  }

  async close(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
  }

  async #open(): Promise<void> {
    this.#handle = await open(this.#file, 'r').catch(() => undefined)
    this.#inode = (await this.#handle?.stat())?.ino ?? 0
    this.#at = 0
    this.#rest = ''
  }

  async #read(): Promise<string[]> {
    if (!this.#handle) return []
    const lines: string[] = []
    const buffer = Buffer.alloc(65_536)
    for (;;) {
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#at)
      if (bytesRead === 0) return lines
      this.#at += bytesRead
      // Lines are ASCII where they are cut: what JSON may hold besides comes whole in later lines.
      const parts = (this.#rest + buffer.toString('latin1', 0, bytesRead)).split('\n')
      this.#rest = parts.pop() ?? ''
      lines.push(...parts.map((part) => Buffer.from(part, 'latin1').toString('utf8')))
    }
  }
}

/** undefined where it is not wanted, or no line of ours: one cut short by a crash. */
function foundIn(source: string, wanted: Wanted): Found | undefined {
  let line: AccessLine
  try {
    line = JSON.parse(source) as AccessLine
  } catch {
    return undefined
  }
  if (line.kind !== 'message' && line.kind !== 'session') return undefined
  return fits(line, wanted) ? { source, line } : undefined
}

function fits(line: AccessLine, wanted: Wanted): boolean {
  const at = Date.parse(line.at)
  if (at < (wanted.since ?? at) || at > (wanted.until ?? at)) return false
  if (wanted.networks && !wanted.networks.has(line.ip)) return false
  if (!has(line.account, wanted.account)) return false
  return line.kind === 'message' ? fitsMessage(line, wanted) : fitsSession(line, wanted)
}

function fitsMessage(line: MessageLine, wanted: Wanted): boolean {
  const { result, id } = wanted
  if (!has(line.from, wanted.from)) return false
  if (wanted.to !== undefined && !line.to.some(({ address }) => has(address, wanted.to)))
    return false
  if (result !== undefined && line.result !== result) return false
  return id === undefined || [line.id, line.messageId].includes(id.replace(/^<|>$/g, ''))
}

/** A session has none of these. */
function fitsSession({ session }: SessionLine, { from, to, result, id }: Wanted): boolean {
  return [from, to, result].every((one) => one === undefined) && (id ?? session) === session
}

function has(text: string, part: string | undefined): boolean {
  return part === undefined || text.toLowerCase().includes(part.toLowerCase())
}
