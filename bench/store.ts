// Durable appends a second: a row of 15 columns and a blob each, acknowledged after both syncs,
// beside a bare file with group commit in the same run. This module is also its writer thread.
import { mkdtempSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'
import { silentLog } from '../src/base/log.ts'
import { retain } from '../src/store/blob-rows.ts'
import type { BlobRef } from '../src/store/blobs.ts'
import type { Migration } from '../src/store/engine.ts'
import { openStore } from '../src/store/open-store.ts'
import { run, sql, type Work, writing, writingByRow } from '../src/store/sql.ts'
import type { Store } from '../src/store/store.ts'
import { PostgresServer } from '../src/store/testing/postgres-server.ts'
import { serveWriter } from '../src/store/writer.ts'

const steps: readonly Migration[] = [
  {
    name: '0001-bench',
    statements: [
      `create table mails (id {id} primary key, account {id} not null, mailbox {id} not null,
        uid {int} not null, modseq {int} not null, flags {int} not null, received {int} not null,
        sender {id}, recipients {id}, subject {id}, message_id {id}, preview {id},
        segment {int}, start {int}, size {int})`,
      'create unique index mails_uid on mails (account, mailbox, uid)',
      'create index mails_modseq on mails (account, modseq)',
    ],
  },
]

interface Mail {
  readonly number: number
  readonly subject: string
  readonly preview: string
  readonly blob: BlobRef
}

const addMail = writingByRow('bench.add', function* (mail: Mail): Work<void> {
  const { number, subject, preview, blob } = mail
  const account = `account-${number % 50}`
  yield* run(sql`insert into mails values (${`mail-${number}`}, ${account}, ${'inbox'},
    ${number}, ${number}, ${0}, ${1_790_000_000_000 + number}, ${'tito@example.com'},
    ${'iqbal@example.com'}, ${subject}, ${`<${number}@example.com>`}, ${preview},
    ${blob.segment}, ${blob.offset}, ${blob.size})`)
  yield* retain(blob)
})

const dropNone = writing('bench.drop', function* (): Work<void> {
  yield* run(sql`delete from mails where segment = -1`)
})

if (!isMainThread) serveWriter([addMail, dropNone])

/** One file: all that waits goes out with one write and one sync. */
class BareLog {
  readonly #file: FileHandle
  #waiting: { readonly bytes: Uint8Array; readonly done: () => void }[] = []
  #working = false
  #end = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  append(bytes: Uint8Array): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ bytes, done })
      if (!this.#working) this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#working = true
    await new Promise(setImmediate)
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      const buffers = group.map((each) => each.bytes)
      this.#end += (await this.#file.writev(buffers, this.#end)).bytesWritten
      await this.#file.datasync()
      for (const { done } of group) done()
    }
    this.#working = false
  }
}

interface Measured {
  readonly perSecond: number
  readonly p99Ms: number
  readonly loopP99Ms: number
}

async function measure(lanes: number, forMs: number, once: () => Promise<void>): Promise<Measured> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const took: number[] = []
  const began = performance.now()
  const lane = async () => {
    for (let now = began; now - began < forMs; ) {
      await once()
      const then = performance.now()
      took.push(then - now)
      now = then
    }
  }
  delay.enable()
  await Promise.all(Array.from({ length: lanes }, lane))
  delay.disable()
  const seconds = (performance.now() - began) / 1000
  took.sort((a, b) => a - b)
  return {
    perSecond: took.length / seconds,
    p99Ms: took[Math.floor(took.length * 0.99)] ?? 0,
    loopP99Ms: delay.percentile(99) / 1e6,
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

interface Row {
  readonly size: number
  readonly lanes: number
  readonly bare: Measured[]
  readonly store: Measured[]
}

/** Prints the tables: medians of `rounds` rounds of `forMs` for each cell. */
export async function benchStore(rounds = 3, forMs = 1_000): Promise<void> {
  console.log('SQLite and segments')
  await benchOn('', rounds, forMs)
  const missing = PostgresServer.missing()
  if (missing) {
    console.log(`PostgreSQL: ${missing}`)
    return
  }
  console.log('PostgreSQL, rows and bytes')
  await benchOn(await PostgresServer.make().place('bench'), rounds, forMs)
}

async function benchOn(url: string, rounds: number, forMs: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-bench-'))
  const store = await openStore({
    folder,
    url,
    workerUrl: new URL(import.meta.url),
    migrations: steps,
    onLost: dropNone,
    log: silentLog,
  })
  const file = await open(join(folder, 'bare'), 'w')
  try {
    print(await rowsOf(store, new BareLog(file), rounds, forMs))
  } finally {
    await file.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function rowsOf(store: Store, bare: BareLog, rounds: number, forMs: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const size of [4_096, 51_200])
    for (const lanes of [1, 10, 50]) rows.push({ size, lanes, bare: [], store: [] })
  let number = 0
  for (let round = 0; round < rounds; round++)
    for (const { size, lanes, ...results } of rows) {
      const content = Buffer.alloc(size, 'A line of a message, as long as lines are in mail.\r\n')
      results.bare.push(await measure(lanes, forMs, () => bare.append(content)))
      const once = async () => {
        const writer = store.blobs.create()
        await writer.write(content)
        const { ref, synced } = await writer.finish()
        const mail = { number: number++, subject: 'A subject', preview: 'x'.repeat(100), blob: ref }
        await Promise.all([store.engine.run(addMail, mail), synced])
      }
      results.store.push(await measure(lanes, forMs, once))
    }
  return rows
}

function print(rows: readonly Row[]): void {
  console.log('size    waiting  bare/s   store/s  ratio  p99 ms  loop p99 ms')
  for (const { size, lanes, bare, store } of rows) {
    const of = (results: readonly Measured[], key: keyof Measured) =>
      median(results.map((each) => each[key]))
    const ratio = median(store.map((each, n) => each.perSecond / bare[n]!.perSecond))
    const cells = [
      `${Math.round(size / 1024)} KB`.padEnd(7),
      String(lanes).padEnd(8),
      of(bare, 'perSecond').toFixed(0).padEnd(8),
      of(store, 'perSecond').toFixed(0).padEnd(8),
      ratio.toFixed(2).padEnd(6),
      of(store, 'p99Ms').toFixed(1).padEnd(7),
      of(store, 'loopP99Ms').toFixed(1),
    ]
    console.log(cells.join(' '))
  }
}
