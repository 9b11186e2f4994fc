// Maildir and Maildir++: one file a message, flags in its name, subfolders that begin with a dot.
// Reads new and cur, writes cur. Knows no mailbox of ours.
import { mkdir, opendir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withCrlf, withLf } from './line-ends.ts'
import type { CarriedMailbox, CarriedMessage, Seen, Skipped, Source } from './source.ts'
import { fromUtf7, toUtf7 } from './utf7.ts'

const flagOf: Readonly<Record<string, string>> = {
  D: '\\Draft',
  F: '\\Flagged',
  P: '$Forwarded',
  R: '\\Answered',
  S: '\\Seen',
  T: '\\Deleted',
}
const letterOf = new Map(Object.entries(flagOf).map(([letter, flag]) => [flag, letter]))

/** `maxBytes`: larger files are skipped. */
export async function* maildirSource(folder: string, maxBytes: number): Source {
  yield mailbox(folder, 'INBOX', maxBytes)
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && /^\.[^.]/.test(entry.name))
    .map(({ name }) => name)
    .sort()
  for (const name of names) {
    const path = fromUtf7(name.slice(1).replaceAll('.', '/'))
    yield mailbox(join(folder, name), path.replace(/^INBOX\//, ''), maxBytes)
  }
}

function mailbox(folder: string, name: string, maxBytes: number): CarriedMailbox {
  return { name, role: '', messages: (seen) => messagesIn(folder, maxBytes, seen) }
}

async function* messagesIn(
  folder: string,
  maxBytes: number,
  seen: Seen,
): AsyncGenerator<CarriedMessage | Skipped> {
  const keywords = await keywordsOf(folder)
  for (const part of ['cur', 'new']) {
    const names = await namesIn(join(folder, part))
    for (const name of names) {
      const message = await messageAt(join(folder, part, name), { keywords, maxBytes })
      if ('why' in message || !seen(message.bytes, message.bytes.length)) yield message
    }
  }
}

/** In the order in which they came, which names begin with. */
async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = []
  try {
    for await (const entry of await opendir(folder))
      if (!entry.name.startsWith('.') && !entry.isDirectory()) names.push(entry.name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  return names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1))
}

interface Reading {
  readonly keywords: readonly string[]
  readonly maxBytes: number
}

async function messageAt(
  path: string,
  { keywords, maxBytes }: Reading,
): Promise<CarriedMessage | Skipped> {
  try {
    const { size, mtimeMs } = await stat(path)
    if (size > maxBytes) return { where: path, why: `larger than ${maxBytes} bytes` }
    const bytes = withCrlf(await readFile(path))
    const letters = /:2,([A-Za-z]*)[^/]*$/.exec(path)?.[1] ?? ''
    const flags = [...letters].flatMap((letter) => flagOf[letter] ?? keywordOf(letter, keywords))
    const seconds = Number(/(?:^|\/)(\d{9,11})\.[^/]*$/.exec(path)?.[1] ?? Number.NaN)
    const receivedAt = Number.isNaN(seconds) ? Math.floor(mtimeMs) : seconds * 1000
    return { where: path, bytes, flags, receivedAt }
  } catch (error) {
    return { where: path, why: (error as Error).message }
  }
}

function keywordOf(letter: string, keywords: readonly string[]): string[] {
  const name = /[a-z]/.test(letter) ? keywords[letter.charCodeAt(0) - 97] : undefined
  return name === undefined ? [] : [name]
}

/** Dovecot keeps the names of keywords a to z in a file: "0 $Label". */
async function keywordsOf(folder: string): Promise<readonly string[]> {
  const keywords: string[] = []
  const text = await readFile(join(folder, 'dovecot-keywords'), 'utf8').catch(() => '')
  for (const [, number = '', name = ''] of text.matchAll(/^(\d+) (\S+)$/gm))
    keywords[Number(number)] = name
  return keywords
}

export interface WrittenMessage {
  readonly uid: number
  readonly flags: readonly string[]
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  readonly size: number
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz'

/** One folder of a Maildir that is written. What it has already is not written again. */
export class MaildirFolder {
  readonly #folder: string
  readonly #uidValidity: number
  readonly #there = new Map<string, string>()
  #keywords: string[] = []

  private constructor(folder: string, uidValidity: number) {
    this.#folder = folder
    this.#uidValidity = uidValidity
  }

  static async open(maildir: string, name: string, uidValidity: number): Promise<MaildirFolder> {
    const sub = name === 'INBOX' ? '' : `.${toUtf7(name).replaceAll('.', '_').replaceAll('/', '.')}`
    const folder = new MaildirFolder(join(maildir, sub), uidValidity)
    for (const part of ['tmp', 'new', 'cur'])
      await mkdir(join(folder.#folder, part), { recursive: true, mode: 0o700 })
    if (sub !== '') await writeFile(join(folder.#folder, 'maildirfolder'), '')
    folder.#keywords = [...(await keywordsOf(folder.#folder))]
    for (const name of await readdir(join(folder.#folder, 'cur')))
      folder.#there.set(name.replace(/:2,.*$/, ''), name)
    return folder
  }

  /** Whether the message is there already; its flags are then made what they are now. */
  async has(message: WrittenMessage): Promise<boolean> {
    const base = this.#base(message)
    const there = this.#there.get(base)
    if (there === undefined) return false
    const name = base + (await this.#info(message))
    if (name !== there) {
      await rename(join(this.#folder, 'cur', there), join(this.#folder, 'cur', name))
      this.#there.set(base, name)
    }
    return true
  }

  /** In cur at once or not at all. */
  async add(message: WrittenMessage, bytes: Buffer): Promise<void> {
    const base = this.#base(message)
    const name = base + (await this.#info(message))
    const written = join(this.#folder, 'tmp', base)
    await writeFile(written, withLf(bytes), { mode: 0o600 })
    await rename(written, join(this.#folder, 'cur', name))
    this.#there.set(base, name)
  }

  #base({ uid, receivedAt, size }: WrittenMessage): string {
    return `${Math.floor(receivedAt / 1000)}.V${this.#uidValidity}U${uid}.amplop,S=${size}`
  }

  async #info({ flags }: WrittenMessage): Promise<string> {
    const letters: string[] = []
    for (const flag of flags) letters.push(letterOf.get(flag) ?? (await this.#keyword(flag)))
    return `:2,${letters.sort().join('')}`
  }

  /** A letter of its own for each of 26 keywords; the others are lost. */
  async #keyword(name: string): Promise<string> {
    let at = this.#keywords.indexOf(name)
    if (at < 0 && this.#keywords.length < alphabet.length) {
      at = this.#keywords.push(name) - 1
      const text = this.#keywords.map((keyword, number) => `${number} ${keyword}\n`).join('')
      await writeFile(join(this.#folder, 'dovecot-keywords'), text)
    }
    return alphabet[at] ?? ''
  }
}
