// `npm run soak [-- --minutes N] [--rate N]`: a server under half of what it can bear, by clients
// that come, err and vanish, and then its memory, descriptors, counters and access log held against
// the clients' own books. Exit status 1 when anything differs.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { readAccess } from '../../src/app/access-reader.ts'
import { openHouse } from '../support/house.ts'
import { freePorts, newFolder } from '../support/places.ts'
import { amplop } from '../support/running.ts'
import { ClientBooks, runClients } from './soak-clients.ts'
import { metricOf, SoakedServer } from './soaked-server.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, rate: { type: 'string' } },
})
const minutes = Number(values.minutes)
/** Memory is to be flat from here on. */
const settledMinutes = Math.min(10, minutes / 2)
const growthMax = 1.1
const sessions = 20
const domain = 'soak.example'

const ends: (() => Promise<void> | void)[] = []
const after = (work: () => Promise<void> | void) => void ends.unshift(work)
process.once('SIGINT', () => process.exit(130))
try {
  await soak()
} finally {
  for (const end of ends) await end()
}

async function soak(): Promise<void> {
  const folder = newFolder({ after })
  await (await openHouse({ after }, { folder, domain })).close()
  const [smtp = 0, http = 0] = await freePorts(2)
  const file = join(newFolder({ after }), 'amplop.toml')
  writeFileSync(file, config({ folder, smtp, http }))
  const running = amplop({ after }, ['serve', '-c', file])
  await running.said(/is ready/)
  const server = new SoakedServer(running.child.pid ?? 0, http)
  const books = new ClientBooks()
  const clients = { port: smtp, sessions, domain }
  const most = await capacity(clients, books)
  // Files that it opens with the first messages stay open.
  const before = await server.untilAlone()
  const perSecond = Number(values.rate ?? most / 2)
  console.log(`${perSecond.toFixed(0)} transactions a second for ${minutes} minutes`)
  const samples = await watched(server, books, { ...clients, perSecond })
  const left = await server.untilAlone()
  const checks = [
    flat(samples),
    { what: 'descriptors', expected: before, found: left },
    ...(await counters(http, books)),
    ...(await logged(join(folder, 'access.log'), books)),
  ]
  for (const { what, expected, found } of checks) {
    const same = expected === found
    console.log(`${same ? 'ok    ' : 'WRONG '} ${what}: ${found}${same ? '' : ` not ${expected}`}`)
    if (!same) process.exitCode = 1
  }
  await running.stop()
}

interface Check {
  readonly what: string
  readonly expected: number | string
  readonly found: number | string
}

function config({ folder, smtp, http }: { folder: string; smtp: number; http: number }): string {
  return `
    server = { name = "mail.${domain}", domains = ["${domain}"], data = ${JSON.stringify(folder)} }
    smtp = { listen = ["127.0.0.1:${smtp}"] }
    submission = { listen = [], tls_listen = [] }
    pop3 = { listen = [], tls_listen = [] }
    imap = { listen = [], tls_listen = [] }
    gateway = { tcp = [] }
    http = { listen = ["127.0.0.1:${http}"], tls_listen = [] }
    log = { file = "log", level = "warn" }`
}

/** Transactions a second, as fast as it goes. */
async function capacity(
  clients: Omit<Parameters<typeof runClients>[0], 'perSecond'>,
  books: ClientBooks,
): Promise<number> {
  const seconds = 10
  const stop = AbortSignal.timeout(seconds * 1000)
  await runClients({ ...clients, perSecond: Number.POSITIVE_INFINITY }, books, stop)
  return (books.accepted + books.rejected + books.aborted) / seconds
}

interface Sample {
  readonly minute: number
  readonly rssKb: number
}

async function watched(
  server: SoakedServer,
  books: ClientBooks,
  clients: Parameters<typeof runClients>[0],
): Promise<Sample[]> {
  const samples: Sample[] = []
  const began = performance.now()
  const stop = AbortSignal.timeout(minutes * 60_000)
  const running = runClients(clients, books, stop)
  let shown = 0
  while (!stop.aborted) {
    await Promise.race([wait(5_000), running])
    const minute = (performance.now() - began) / 60_000
    const { rssKb, privateKb } = server.memory()
    samples.push({ minute, rssKb: privateKb })
    if (minute < shown) continue
    shown = Math.floor(minute) + 1
    const { accepted, aborted, rejected } = books
    console.log(
      `${minute.toFixed(1).padStart(5)} min: ${accepted} accepted, ${rejected} rejected, ` +
        `${aborted} aborted; ${rssKb} KiB resident, ${privateKb} private, ` +
        `${server.descriptors()} descriptors`,
    )
  }
  await running
  return samples
}

/** The median of the last tenth beside that of as much from when it was to be settled. */
function flat(samples: readonly Sample[]): Check {
  const some = Math.ceil(samples.length / 10)
  const settled = samples.filter(({ minute }) => minute >= settledMinutes)
  const first = median(settled.slice(0, some))
  const last = median(settled.slice(-some))
  const growth = `${first} KiB, then ${last}`
  const what = `private memory after ${settledMinutes} minutes`
  return { what, expected: last <= first * growthMax ? growth : 'flat', found: growth }
}

function median(samples: readonly Sample[]): number {
  return samples.map(({ rssKb }) => rssKb).toSorted((a, b) => a - b)[samples.length >> 1] ?? 0
}

async function counters(http: number, books: ClientBooks): Promise<Check[]> {
  const smtp = (name: string) => metricOf(http, `amplop_${name}{listener="smtp"}`)
  const result = (name: string) =>
    metricOf(http, `amplop_messages_total{protocol="smtp",result="${name}"}`)
  const accepted = await result('accepted')
  const more = accepted - books.accepted
  const delivered = await metricOf(http, 'amplop_messages_delivered_total{protocol="smtp"}')
  const open = books.unanswered.size
  return [
    { what: 'connections', expected: books.connections, found: await smtp('connections_total') },
    { what: 'bytes received', expected: books.bytes, found: await smtp('received_bytes_total') },
    { what: 'rejected', expected: books.rejected, found: await result('rejected') },
    { what: 'deferred', expected: 0, found: await result('deferred') },
    {
      what: 'accepted and aborted',
      expected: books.accepted + books.aborted + open,
      found: accepted + (await result('aborted')),
    },
    { what: 'accepted, unanswered', expected: Math.min(Math.max(more, 0), open), found: more },
    { what: 'delivered', expected: accepted, found: delivered },
  ]
}

/** Every message that a client was told of has its one line, and nothing else has any. */
async function logged(file: string, books: ClientBooks): Promise<Check[]> {
  const count = { rejected: 0, aborted: 0, idle: 0, unknown: 0, twice: 0, unanswered: 0 }
  const seen = new Uint8Array(books.sequence)
  let accepted = 0
  // It is written in batches.
  await wait(1_000)
  for await (const { line } of readAccess(file, {})) {
    if (line.kind === 'session') {
      count.idle++
      continue
    }
    if (line.result === 'rejected') count.rejected++
    else if (line.result === 'aborted') count.aborted++
    if (line.result !== 'accepted') continue
    const number = Number(/^<?(\d+)@soak\.example>?$/.exec(line.messageId)?.[1] ?? -1)
    if (seen[number]) count.twice++
    else if (books.told[number]) accepted++
    else if (books.unanswered.has(number)) count.unanswered++
    else count.unknown++
    if (number >= 0) seen[number] = 1
  }
  const open = books.unanswered.size - count.unanswered
  return [
    { what: 'log: accepted', expected: books.accepted, found: accepted },
    { what: 'log: accepted twice', expected: 0, found: count.twice },
    { what: 'log: accepted and never sent', expected: 0, found: count.unknown },
    { what: 'log: rejected', expected: books.rejected, found: count.rejected },
    { what: 'log: aborted', expected: books.aborted + open, found: count.aborted },
    { what: 'log: sessions without mail', expected: books.idle, found: count.idle },
  ]
}
