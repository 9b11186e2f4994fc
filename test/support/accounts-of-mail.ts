// Load with accounts: every message has an id and a hash, and it is written down which of them were
// acknowledged. Afterwards the mailboxes are held against it.
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import type { Rooms } from '../../src/app/rooms.ts'
import { Player } from '../../src/wire/testing/transcript.ts'
import { lettersDown } from './letters.ts'

export interface Mail {
  readonly id: string
  /** Addresses. */
  readonly to: readonly string[]
  /** Lines with CRLF, none of which begins with a dot. */
  readonly text: string
}

interface Entry {
  readonly to: readonly string[]
  /** Of the text behind the header. */
  readonly hash: string
  readonly bytes: number
  state: 'begun' | 'acknowledged' | 'refused'
}

/** What was sent, and what the server said of it. */
export class Ledger {
  readonly entries = new Map<string, Entry>()
  acknowledged = 0
  /** Acknowledgements that were heard after the server's end, and count for nothing. */
  late = 0
  #ended = false
  #awaited = Number.POSITIVE_INFINITY
  #reached: () => void = () => {}

  begin({ id, to, text }: Mail): void {
    this.entries.set(id, { to, hash: hash(text), bytes: text.length, state: 'begun' })
  }

  end({ id }: Mail, state: 'acknowledged' | 'refused'): void {
    if (this.#ended) {
      this.late++
      return
    }
    const entry = this.entries.get(id)
    if (entry) entry.state = state
    if (state === 'acknowledged' && ++this.acknowledged >= this.#awaited) this.#reached()
  }

  /** From now on, until it begins anew, nothing that is heard counts: nobody would have heard it. */
  over(ended: boolean): void {
    this.#ended = ended
  }

  /** Resolves once `count` messages, in all, are acknowledged. */
  reaches(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited = count
      this.#reached = resolve
      if (this.acknowledged >= count) resolve()
    })
  }
}

/** One SMTP session that sends until it is ended; the last it heard. */
export async function sendBySmtp(
  port: number,
  ledger: Ledger,
  next: () => Mail | undefined,
): Promise<string> {
  const player = new Player(connect(port, '127.0.0.1').setNoDelay(true))
  let heard = await player.line()
  if (heard.startsWith('220')) heard = await player.ask('EHLO load')
  while (heard.startsWith('250')) {
    const mail = next()
    if (!mail) return player.ask('QUIT').finally(() => player.end())
    heard = await sendOne(player, ledger, mail)
  }
  player.end()
  return heard
}

async function sendOne(player: Player, ledger: Ledger, mail: Mail): Promise<string> {
  const commands = ['MAIL FROM:<load@example.org>', ...mail.to.map((to) => `RCPT TO:<${to}>`)]
  await player.write([...commands, 'DATA\r\n'].join('\r\n'))
  let heard = ''
  for (let replies = commands.length + 1; replies > 0; replies--) {
    heard = await player.reply()
    if (!/^[23]5/.test(heard)) return heard
  }
  ledger.begin(mail)
  await player.write(`Subject: ${mail.id}\r\n\r\n${mail.text}.\r\n`)
  heard = await player.reply()
  if (/^\d{3} /.test(heard)) ledger.end(mail, heard.startsWith('250') ? 'acknowledged' : 'refused')
  return heard
}

/** One gateway client that sends line by line until it is ended; the last it heard. */
export async function sendByGateway(
  port: number,
  ledger: Ledger,
  next: () => Mail | undefined,
): Promise<string> {
  const player = new Player(connect(port, '127.0.0.1').setNoDelay(true))
  let heard = ''
  for (let mail = next(); mail; mail = next()) {
    const { id, to, text } = mail
    ledger.begin(mail)
    const object = { sender: 'load@example.org', recipient: to, subject: id, body: text }
    await player.write(`${JSON.stringify(object)}\n`)
    heard = await player.line()
    const code = Number(/^\{"code":(\d+)/.exec(heard)?.[1] ?? 0)
    if (code !== 0) ledger.end(mail, code === 250 ? 'acknowledged' : 'refused')
    if (code !== 250) break
  }
  player.end()
  return heard
}

/** What is wrong with the INBOXes of `addresses`, held against the ledger; nothing, when empty. */
export async function audit(
  rooms: Rooms,
  ledger: Ledger,
  addresses: readonly string[],
): Promise<string[]> {
  const problems: string[] = []
  const copies = new Map<string, number>()
  for (const address of addresses) {
    let [rows, bytes] = [0, 0]
    for await (const { uid, prefix, body } of lettersDown(rooms, address)) {
      rows++
      bytes += Buffer.byteLength(prefix) + body.length
      const id = /^Subject: (\S+)\r$/m.exec(body.toString('latin1', 0, 2000))?.[1] ?? `uid ${uid}`
      const entry = ledger.entries.get(id)
      const key = `${id} ${address}`
      copies.set(key, (copies.get(key) ?? 0) + 1)
      if (!entry?.to.includes(address)) problems.push(`${key}: nobody sent it`)
      else if (hash(behindHeader(body)) !== entry.hash) problems.push(`${key}: other bytes`)
    }
    problems.push(...(await countProblems(rooms, address, rows, bytes)))
  }
  for (const [id, { to, state }] of ledger.entries) {
    const counts = to.map((address) => copies.get(`${id} ${address}`) ?? 0)
    const whole = counts.every((count) => count === counts[0]) && counts[0]! <= 1
    const good = state === 'begun' ? whole : whole && counts[0] === (state === 'refused' ? 0 : 1)
    if (!good) problems.push(`${id}: ${state}, there ${counts.join(' and ')} times`)
  }
  return problems
}

async function countProblems(
  { accounts, mailboxes }: Rooms,
  address: string,
  rows: number,
  bytes: number,
): Promise<string[]> {
  const { id } = await accounts.show(address)
  const usage = await mailboxes.usage(id)
  const list = await mailboxes.list(id)
  const inbox = list.find(({ role }) => role === 'inbox')
  const counted = { messages: inbox?.messages, unseen: inbox?.unseen, bytes: inbox?.bytes }
  const said = [...Object.values(counted), usage.messages, usage.bytes].join()
  const others = list.filter((box) => box !== inbox)
  const all = others.reduce((sum, box) => sum + box.messages, rows)
  const allBytes = others.reduce((sum, box) => sum + box.bytes, bytes)
  const truth = [rows, rows, bytes, all, allBytes].join()
  return said === truth ? [] : [`${address}: counted ${said}, is ${truth}`]
}

function behindHeader(body: Buffer): Buffer {
  return body.subarray(body.indexOf('\r\n\r\n') + 4)
}

function hash(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Numbers from 0 to 1 that follow from a seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const lineBytes = 66
const linesMax = 5000

/** Makes mails of 1 KB to 300 KB, some above 256 KiB, to one of `addresses` or all of them. */
export function mailMaker(
  random: () => number,
  addresses: readonly string[],
): (name: string) => Mail {
  const lines = Array.from({ length: linesMax * 2 }, (_, n) => hash(`${n}`).slice(0, lineBytes - 2))
  const pool = `${lines.join('\r\n')}\r\n`
  let count = 0
  return (name) => {
    const large = random() < 0.1
    const bytes = large ? 262_144 + random() * 40_000 : 1000 * 100 ** random()
    const from = Math.floor(random() * linesMax) * lineBytes
    const text = pool.slice(from, from + Math.ceil(bytes / lineBytes) * lineBytes)
    const one = addresses[Math.floor(random() * (addresses.length + 1))]
    return { id: `${name}-${count++}`, to: one ? [one] : addresses, text }
  }
}
