// mbox: messages one behind the other, each after a line "From ". Reads mboxrd and mboxo (quoted
// lines lose one ">"), with the Status fields of mail programs; writes mboxrd. RFC 4155 App. A.
import { createReadStream } from 'node:fs'
import { type FileHandle, open, readdir, rename, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { withCrlf, withLf } from './line-ends.ts'
import type { WrittenMessage } from './maildir.ts'
import type { CarriedMessage, Seen, Skipped, Source } from './source.ts'

const LF = 10
const chunkBytes = 256 * 1024
const fromLine = Buffer.from('From ')
const behindLf = Buffer.from('\nFrom ')

/** A file, or a folder of files, each a mailbox of its name. A lone file is INBOX. */
export async function* mboxSource(path: string, maxBytes: number): Source {
  if (!(await stat(path)).isDirectory()) {
    const messages = (seen: Seen) => messagesIn(path, maxBytes, seen)
    yield { name: 'INBOX', role: '', messages }
    return
  }
  for (const name of (await readdir(path)).sort()) {
    const file = join(path, name)
    if (name.startsWith('.') || !(await stat(file)).isFile() || !(await isMbox(file))) continue
    const messages = (seen: Seen) => messagesIn(file, maxBytes, seen)
    const levels = decodeURIComponent(basename(name, '.mbox').replace(/%(?![0-9A-F]{2})/gi, '%25'))
    yield { name: levels, role: '', messages }
  }
}

/** Whether a file begins as an mbox does; an empty one is one too. */
export async function isMbox(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(5), 0, 5, 0)
    return bytesRead === 0 || buffer.equals(fromLine)
  } finally {
    await file.close()
  }
}

async function* messagesIn(
  path: string,
  maxBytes: number,
  seen: Seen,
): AsyncGenerator<CarriedMessage | Skipped> {
  let number = 0
  for await (const bytes of rawMessages(path, maxBytes)) {
    const where = `${path}, message ${++number}`
    if (bytes === 'too big') yield { where, why: `larger than ${maxBytes} bytes` }
    else if (!bytes.subarray(0, 5).equals(fromLine))
      yield { where, why: 'no line "From " before it: this is no mbox' }
    else {
      const message = messageOf(bytes)
      if (!seen(message.bytes, message.bytes.length)) yield { where, ...message }
    }
  }
}

/** The messages with their From lines. RFC 4155 App. A: each begins after an empty line. */
async function* rawMessages(path: string, maxBytes: number): AsyncGenerator<Buffer | 'too big'> {
  let held: Buffer[] = []
  let heldBytes = 0
  let tooBig = false
  const take = (): Buffer | 'too big' => {
    const all: Buffer | 'too big' = tooBig ? 'too big' : Buffer.concat(held)
    held = []
    heldBytes = 0
    tooBig = false
    return all
  }
  const keep = (part: Buffer) => {
    heldBytes += part.length
    tooBig ||= heldBytes > maxBytes
    if (tooBig) held = []
    else held.push(part)
  }
  let seam = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
    const data: Buffer = Buffer.concat([seam, chunk])
    let from = 0
    for (let at = start(data, 0); at >= 0; at = start(data, at + 1)) {
      keep(data.subarray(from, at + 1))
      yield take()
      from = at + 1
    }
    // What may be the beginning of a separator is looked at again, with what precedes it.
    const rest = Math.max(from, data.length - seamBytes)
    keep(data.subarray(from, rest))
    seam = Buffer.from(data.subarray(rest))
  }
  keep(seam)
  if (heldBytes > 0) yield take()
}

/** As long as what tells a separator: an empty line, "From " and what ends the line before. */
const seamBytes = 12

/** Where the LF before the next "From " line is that follows an empty line; -1 where none is. */
function start(data: Buffer, after: number): number {
  for (let at = data.indexOf(behindLf, after); at >= 0; at = data.indexOf(behindLf, at + 1)) {
    const before = data[at - 1] === 13 ? at - 2 : at - 1
    if (data[before] === LF) return at
  }
  return -1
}

function messageOf(raw: Buffer): Pick<CarriedMessage, 'bytes' | 'flags' | 'receivedAt'> {
  const lineEnd = raw.indexOf(LF)
  const from = raw.toString('latin1', 0, lineEnd < 0 ? raw.length : lineEnd)
  const body = lineEnd < 0 ? Buffer.alloc(0) : raw.subarray(lineEnd + 1)
  const whole = unquoted(withCrlf(withoutLastLine(body)))
  const { bytes, flags } = withoutStatus(whole)
  return { bytes, flags, receivedAt: dateOf(from) }
}

/** The empty line before the next message belongs to the format, not to the message. */
function withoutLastLine(body: Buffer): Buffer {
  const text = body.toString('latin1', Math.max(0, body.length - 4))
  if (text.endsWith('\r\n\r\n')) return body.subarray(0, -2)
  return text.endsWith('\n\n') ? body.subarray(0, -1) : body
}

function unquoted(bytes: Buffer): Buffer {
  if (bytes.indexOf('>From ') < 0) return bytes
  return Buffer.from(bytes.toString('latin1').replace(/^>(>*From )/gm, '$1'), 'latin1')
}

function quoted(bytes: Buffer): Buffer {
  if (bytes.indexOf('From ') < 0) return bytes
  return Buffer.from(bytes.toString('latin1').replace(/^(>*From )/gm, '>$1'), 'latin1')
}

/** "From ann@example.org Sat Jan  3 01:05:34 1996", in UTC as RFC 4155 App. A has it. */
function dateOf(line: string): number | undefined {
  const date = /(\w{3} +\w{3} +\d{1,2} \d\d:\d\d(?::\d\d)?)(?: [A-Z+-][\w+-]*)? (\d{4})/.exec(line)
  const at = date ? Date.parse(`${date[1]} ${date[2]} UTC`) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

const statusFlags: readonly (readonly [field: string, letter: string, flag: string])[] = [
  ['status', 'R', '\\Seen'],
  ['x-status', 'A', '\\Answered'],
  ['x-status', 'F', '\\Flagged'],
  ['x-status', 'T', '\\Draft'],
  ['x-status', 'D', '\\Deleted'],
]
const statusFields =
  /^(?:(Status|X-Status|X-Keywords|X-UID|X-IMAP|X-IMAPbase|Content-Length):[^\n]*\n(?:[ \t][^\n]*\n)*)/gim

/** The fields that programs keep state in are not part of the message: out of its header. */
function withoutStatus(bytes: Buffer): { bytes: Buffer; flags: string[] } {
  const end = bytes.indexOf('\r\n\r\n')
  const header = bytes.toString('latin1', 0, end < 0 ? bytes.length : end + 2)
  const values = new Map<string, string>()
  const plain = header.replace(statusFields, (field, name: string) => {
    const key = name.toLowerCase()
    if (!values.has(key)) values.set(key, field.slice(name.length + 1).trim())
    return ''
  })
  if (values.size === 0) return { bytes, flags: [] }
  const flags = statusFlags
    .filter(([field, letter]) => values.get(field)?.includes(letter))
    .map(([, , flag]) => flag)
  flags.push(...(values.get('x-keywords') ?? '').split(/\s+/).filter((word) => word !== ''))
  const rest = bytes.subarray(Buffer.byteLength(header, 'latin1'))
  return { bytes: Buffer.concat([Buffer.from(plain, 'latin1'), rest]), flags }
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** A mailbox that is written as one file, there when it is whole. */
export class MboxFile {
  readonly #path: string
  readonly #file: FileHandle

  private constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  static async open(folder: string, name: string): Promise<MboxFile> {
    const path = join(folder, `${encodeURIComponent(name)}.mbox`)
    return new MboxFile(path, await open(`${path}.part`, 'w', 0o600))
  }

  async add({ flags, receivedAt }: WrittenMessage, bytes: Buffer): Promise<void> {
    const at = new Date(receivedAt)
    const two = (n: number) => String(n).padStart(2, '0')
    const day = `${days[at.getUTCDay()]} ${months[at.getUTCMonth()]} ${at.getUTCDate().toString().padStart(2)}`
    const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':')
    const from = `From MAILER-DAEMON ${day} ${time} ${at.getUTCFullYear()}\n`
    const text = quoted(withLf(bytes))
    const end = text.at(-1) === LF ? '\n' : '\n\n'
    await this.#file.write(
      Buffer.concat([Buffer.from(from + statusOf(flags)), text, Buffer.from(end)]),
    )
  }

  async close(): Promise<void> {
    await this.#file.close()
    await rename(`${this.#path}.part`, this.#path)
  }
}

/** Before the other fields: the first of a name counts. */
function statusOf(flags: readonly string[]): string {
  const letters = (field: string) =>
    statusFlags.filter(([name, , flag]) => name === field && flags.includes(flag)).map(([, l]) => l)
  const keywords = flags.filter((flag) => !flag.startsWith('\\'))
  const more = letters('x-status').join('')
  return [
    `Status: ${letters('status').join('')}O\n`,
    ...(more === '' ? [] : [`X-Status: ${more}\n`]),
    ...(keywords.length === 0 ? [] : [`X-Keywords: ${keywords.join(' ')}\n`]),
  ].join('')
}
