// The queue without a network: how long it takes to claim, to look through and to list when it is
// short and when it is long, and how many rows a second are claimed, tried and written as done.
// Also its own writer thread.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { Ids } from '../src/base/ids.ts'
import { silentLog } from '../src/base/log.ts'
import { claim, enqueue, giveBack, lanes } from '../src/queue/claim-jobs.ts'
import type { Attempt, Consignment } from '../src/queue/courier.ts'
import { rowsFor } from '../src/queue/draft.ts'
import { jobs } from '../src/queue/jobs.ts'
import { listQueue } from '../src/queue/list-jobs.ts'
import { Queue } from '../src/queue/queue.ts'
import type { QueuedRow } from '../src/queue/row.ts'
import { usualSchedule } from '../src/queue/schedule.ts'
import { migrations } from '../src/queue/tables.ts'
import { openStore } from '../src/store/open-store.ts'
import { writing } from '../src/store/sql.ts'
import type { Store } from '../src/store/store.ts'
import { serveWriter } from '../src/store/writer.ts'

const fill = writing('bench.fill', function* (rows: readonly QueuedRow[]) {
  yield* enqueue(rows)
})
const nothingLost = writing('bench.nothing-lost', function* () {})

if (!isMainThread) serveWriter([...jobs, fill, nothingLost])

const batch = 2_000
const times = 50
const destinations = 1_000

/** `count` rows for a thousand destinations, one of which has half of them. */
export async function benchQueue(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-bench-'))
  const store = await openStore({
    ...{ folder, migrations, onLost: nothingLost, log: silentLog, sweep: { everyMs: 0 } },
    workerUrl: new URL(import.meta.url),
  })
  const ids = new Ids()
  try {
    console.log('rows        claim 200   lanes 500   page 100   (half within, ms)   memory')
    let filled = 0
    for (const rows of new Set([10_000, 100_000, count].filter((one) => one <= count))) {
      await fillTo(store, ids, { from: filled, to: rows })
      filled = rows
      await measure(store, rows)
    }
    await drain(store, ids)
  } finally {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function fillTo(store: Store, ids: Ids, range: { from: number; to: number }): Promise<void> {
  for (let at = range.from; at < range.to; at += batch)
    await store.engine.run(fill, someRows(ids, Math.min(batch, range.to - at), at))
}

function someRows(ids: Ids, count: number, first: number): QueuedRow[] {
  const now = Date.now()
  return Array.from({ length: count }, (_, n) => {
    const nth = first + n
    const domain = nth % 2 === 0 ? 'large.test' : `d${nth % destinations}.test`
    const [row] = rowsFor(
      {
        ...{ message: ids.next(), sender: { local: 'tito', domain: 'example.com' } },
        recipients: [{ address: { local: `u${nth}`, domain } }],
        ...{ asked: {}, prefix: 'Received: by mail.example.com; Sun, 29 Nov 2026\r\n' },
        blob: { segment: 1, offset: nth * 4096, size: 0 },
      },
      { nextId: () => ids.next(), now, owner: '', until: now },
    )
    return row as QueuedRow
  })
}

async function measure({ engine }: Store, rows: number): Promise<void> {
  const claims: number[] = []
  const looks: number[] = []
  const pages: number[] = []
  let after = ''
  for (let n = 0; n < times; n++) {
    const now = Date.now()
    const asked = { lane: 'large.test 9', owner: 'bench', now, until: now + 60_000, limit: 200 }
    const began = performance.now()
    const claimed = await engine.run(claim, { ...asked, slowUntil: now })
    claims.push(performance.now() - began)
    const given = { ids: claimed.rows.map(({ id }) => id), owner: 'bench', due: now }
    await engine.run(giveBack, given)
    looks.push(await timed(() => engine.run(lanes, { after: '', limit: 500 })))
    pages.push(
      await timed(async () => {
        after = (await engine.run(listQueue, { after, limit: 100, now })).after
      }),
    )
  }
  const memory = `${Math.round(process.memoryUsage.rss() / 1_048_576)} MiB`
  const [one, two, three] = [claims, looks, pages].map((list) => half(list).padStart(9))
  console.log(
    `${String(rows).padEnd(9)} ${one}   ${two}  ${three}                        ${memory}`,
  )
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

function half(list: readonly number[]): string {
  return (list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0).toFixed(2)
}

const drainedMs = 10_000

/** As fast as the queue itself is: a courier that takes everything at once. */
async function drain({ engine, blobs }: Store, ids: Ids): Promise<void> {
  const deliver = async ({ mail }: Consignment): Promise<Attempt> => ({
    tried: [],
    recipients: mail.to.map((address) => ({ address, code: 250, status: '2.0.0', text: 'OK' })),
    ...{ unreachable: false, failure: '' },
  })
  const limits = { concurrencyMax: 50, perMinuteMax: 0, attemptsMax: 500 }
  const queue = new Queue(
    {
      ...{ engine, blobs, courier: { deliver }, others: false, nextId: () => ids.next() },
      ...{ now: Date.now, random: Math.random, log: silentLog },
      reporter: { report: async () => {}, grew: () => {} },
    },
    { ...usualSchedule, ...limits },
  )
  const began = performance.now()
  await queue.start()
  await new Promise((resolve) => setTimeout(resolve, drainedMs))
  const { delivered } = queue.tallies
  const seconds = (performance.now() - began) / 1_000
  await queue.close(5_000)
  console.log(
    `claimed, tried and written as done: ${Math.round(delivered / seconds)} rows a second`,
  )
}
