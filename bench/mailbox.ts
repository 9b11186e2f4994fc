// The mailbox engine without a protocol: a mailbox of 20,000 messages read, changed and searched,
// and the same small verbs in a database a hundred times as large. Also its own writer thread.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { Ids } from '../src/base/ids.ts'
import { silentLog } from '../src/base/log.ts'
import { openMailAccount } from '../src/mailbox/account-work.ts'
import { jobs } from '../src/mailbox/jobs.ts'
import { Mailboxes } from '../src/mailbox/mailboxes.ts'
import { Messages, type Place } from '../src/mailbox/messages.ts'
import { FileIndex } from '../src/mailbox/search/file-index.ts'
import { Indexer } from '../src/mailbox/search/indexer.ts'
import { Search } from '../src/mailbox/search/search.ts'
import { migrations } from '../src/mailbox/tables.ts'
import { allUids } from '../src/mailbox/uid-set.ts'
import { openStore } from '../src/store/open-store.ts'
import { writing } from '../src/store/sql.ts'
import { serveWriter } from '../src/store/writer.ts'

const openAccount = writing('bench.open', function* (account: string) {
  yield* openMailAccount({ account, at: Date.now(), quotaMessages: 0, quotaBytes: 0 })
})
const nothingLost = writing('bench.nothing-lost', function* () {})

if (!isMainThread) serveWriter([...jobs, openAccount, nothingLost])

async function openMail(folder: string) {
  const store = await openStore({
    folder,
    workerUrl: new URL(import.meta.url),
    migrations,
    onLost: nothingLost,
    log: silentLog,
    sweep: { everyMs: 0 },
  })
  const { engine, blobs } = store
  const ids = new Ids()
  const ports = { engine, blobs, nextId: () => ids.next(), now: Date.now }
  const mailboxes = new Mailboxes(ports)
  const { changes } = mailboxes
  const messages = new Messages(ports, changes)
  const index = new FileIndex(join(folder, 'search.db'))
  const indexer = new Indexer({ engine, blobs, index, changes, log: silentLog })
  const search = new Search({ engine, blobs, index })
  const close = async () => {
    await indexer.stop()
    await index.close()
    await store.close()
  }
  return { engine, mailboxes, messages, indexer, search, close }
}

type Mail = Awaited<ReturnType<typeof openMail>>

/** Letters that are the same in every run: words as unevenly common as in a language. */
class Letters {
  #seed = 1
  #number = 0
  readonly #words = Array.from({ length: 20_000 }, (_, n) => `w${n.toString(36)}`)

  next(sizeBytes: number): string {
    const n = this.#number++
    const answers = n % 3 === 0 ? '' : `References: <${n - 1}@example.net>\r\n`
    const lines: string[] = []
    for (let size = 0; size < sizeBytes; size += lines.at(-1)?.length ?? 0)
      lines.push(Array.from({ length: 12 }, () => this.#word()).join(' '))
    if (n % 40_000 === 777) lines.push('a rareword')
    return [
      `From: ${this.#word()} <${this.#word()}@example.org>`,
      'To: iqbal <iqbal@example.com>',
      `Subject: ${n % 3 === 0 ? '' : 'Re: '}${this.#word()} ${this.#word()} ${n % 1000}`,
      `Date: Sun, 22 Nov 2026 05:${String(n % 60).padStart(2, '0')}:00 +0000`,
      `Message-ID: <${n}@example.net>`,
      `${answers}MIME-Version: 1.0`,
      'Content-Type: multipart/alternative; boundary="b1"',
      '',
      '--b1\r\nContent-Type: text/plain; charset=utf-8\r\n',
      ...lines,
      '--b1\r\nContent-Type: text/html; charset=utf-8\r\n',
      `<p>${lines[0] ?? ''}</p>`,
      '--b1--\r\n',
    ].join('\r\n')
  }

  #word(): string {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0
    const at = Math.floor(this.#words.length * (this.#seed / 2 ** 32) ** 3)
    return this.#words[at] ?? ''
  }
}

/** What the appends took, without the making of letters. */
async function fill(mail: Mail, place: Place, count: number, next: () => string): Promise<Took> {
  let all: Took = { ms: 0, cpuMs: 0 }
  for (let left = count; left > 0; left -= 250) {
    const texts = Array.from({ length: Math.min(left, 250) }, () => Buffer.from(next()))
    const { ms, cpuMs } = await took(() => append(mail, place, texts))
    all = { ms: all.ms + ms, cpuMs: all.cpuMs + cpuMs }
  }
  return all
}

async function append(mail: Mail, place: Place, texts: readonly Buffer[]) {
  const entries = []
  for (const text of texts) {
    const letter = mail.messages.letter(1 << 20)
    await letter.write(text)
    entries.push({ letter: await letter.seal() })
  }
  await mail.messages.append(place, entries)
}

interface Took {
  readonly ms: number
  /** Of all threads. */
  readonly cpuMs: number
}

async function took(work: () => Promise<unknown>): Promise<Took> {
  const before = process.cpuUsage()
  const began = performance.now()
  await work()
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(before)
  return { ms, cpuMs: (user + system) / 1000 }
}

/** The median of some runs. */
async function median(times: number, work: () => Promise<unknown>): Promise<Took> {
  const all: Took[] = []
  for (let n = 0; n < times; n++) all.push(await took(work))
  return all.sort((a, b) => a.ms - b.ms)[times >> 1] ?? { ms: 0, cpuMs: 0 }
}

function say(what: string, { ms, cpuMs }: Took, more = ''): void {
  const shown = (value: number) => value.toFixed(value < 10 ? 2 : 1).padStart(9)
  console.log(`${what.padEnd(48)} ${shown(ms)} ms ${shown(cpuMs)} ms CPU  ${more}`)
}

async function readAll(mail: Mail, place: Place): Promise<number> {
  let read = 0
  for await (const slice of mail.messages.read(place, allUids))
    for (const { digest } of slice) read += digest.structure.parts?.length ?? 1
  return read
}

async function drain(slices: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of slices);
}

const inbox: Place = { account: 'account-1', mailbox: 'inbox' }

async function reading(folder: string, count: number): Promise<void> {
  const cold = await openMail(folder)
  say(`flags of ${count}, just opened`, await took(() => drain(cold.messages.flags(inbox))))
  await cold.close()
  const mail = await openMail(folder)
  say(`envelopes and structures of ${count}, just opened`, await took(() => readAll(mail, inbox)))
  say('… again', await median(3, () => readAll(mail, inbox)))
  say(`flags of ${count}`, await median(5, () => drain(mail.messages.flags(inbox))))
  say('sort keys', await median(5, () => drain(mail.messages.sortKeys(inbox))))
  say('base subjects', await median(5, () => drain(mail.messages.subjects(inbox))))
  const page = { before: count - 100, limit: 50 }
  const { account, mailbox } = inbox
  say('a page of 50', await median(20, () => mail.mailboxes.messages(account, mailbox, page)))
  say('list of mailboxes with counts', await median(20, () => mail.mailboxes.list(account)))
  const state = (await mail.mailboxes.list(account)).find(({ id }) => id === mailbox)?.modseq ?? 0
  say('changes, none', await median(20, () => mail.messages.since(inbox, state)))
  const byHead = (where: 'subject' | 'from') => () =>
    mail.search.uids(inbox, { in: where, text: 'w3f' })
  say('search of the subject, any part of it', await median(3, byHead('subject')))
  say('search of the sender, any part of it', await median(3, byHead('from')))
  await mail.close()
}

async function changing(mail: Mail): Promise<void> {
  const flags = ['\\Flagged']
  const add = { ...inbox, uids: allUids, mode: 'add' as const, flags }
  say('a flag for all', await took(() => mail.messages.setFlags(add)))
  const remove = { ...add, mode: 'remove' as const }
  say('… and away', await took(() => mail.messages.setFlags(remove)))
  let uid = 1
  const once = () => mail.messages.setFlags({ ...add, uids: [[uid, uid++]] })
  say('a flag for one', await median(50, once))
  say('copy of 2,000', await took(() => mail.messages.copy(inbox, [[1, 2_000]], 'archive')))
  say('move of 2,000', await took(() => mail.messages.move(inbox, [[2_001, 4_000]], 'junk')))
  say('expunge of 2,000', await took(() => mail.messages.expunge(inbox, [[4_001, 6_000]], false)))
}

interface Small {
  readonly append: Took
  readonly open: Took
  readonly rare: Took
}

/** What must not grow with the database. */
async function small(mail: Mail, place: Place, next: () => string): Promise<Small> {
  const { account, mailbox } = place
  const open = async () => {
    const [newest] = await mail.mailboxes.messages(account, mailbox, { limit: 1 })
    await drain((await mail.mailboxes.open(account, mailbox, newest?.uid ?? 0))?.stream() ?? none())
  }
  const rare = () => mail.search.uids(place, { in: 'text', text: 'rareword' })
  const one = await median(50, () => append(mail, place, [Buffer.from(next())]))
  await mail.indexer.settle()
  return { append: one, open: await median(50, open), rare: await median(9, rare) }
}

async function* none(): AsyncGenerator<never> {}

/** @param large how many messages the large database has: 200,000, or a million with patience */
export async function benchMailbox(large = 200_000): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-bench-'))
  const letters = new Letters()
  const usual = () => letters.next(4_000)
  const short = () => letters.next(600)
  const count = Math.min(20_000, large)
  let mail = await openMail(folder)
  try {
    await mail.engine.run(openAccount, inbox.account)
    const filled = await fill(mail, inbox, 10_000, usual)
    say('append of 10,000 of 4 KB, by 250', filled, `${(1e7 / filled.ms).toFixed(0)} a second`)
    say('index of 10,000', await took(() => mail.indexer.settle()))
    const few = await small(mail, inbox, short)
    await fill(mail, inbox, count - 10_050, usual)
    await mail.indexer.settle()
    await mail.close()
    await reading(folder, count)
    mail = await openMail(folder)
    await changing(mail)
    for (let n = 1; count * n < large; n++) {
      const place = { account: `account-${1 + (n % 10)}`, mailbox: 'archive' }
      if (n < 10) await mail.engine.run(openAccount, place.account)
      await fill(mail, place, count, short)
    }
    await mail.indexer.settle()
    const many = await small(mail, inbox, short)
    for (const key of ['append', 'open', 'rare'] as const) {
      say(`${key} at 10,000`, few[key])
      say(`${key} at ${large}`, many[key], `${(many[key].ms / few[key].ms).toFixed(2)} times`)
    }
    const everywhere = { in: 'text', text: 'rareword' } as const
    const all = () => drain(mail.search.everywhere('account-2', everywhere))
    say('a rare word in another account', await median(5, all))
  } finally {
    await mail.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

if (isMainThread && import.meta.main) await benchMailbox(Number(process.argv[2] ?? 200_000))
