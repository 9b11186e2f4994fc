// The whole store on PostgreSQL: bytes and rows of several processes, what nobody owns, what is
// damaged, and what a data folder still is for.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import type { Log } from '../base/log.ts'
import { release } from './blob-rows.ts'
import { openStore } from './open-store.ts'
import { pieceBytes } from './postgres-blob-rows.ts'
import type { PostgresEngine } from './postgres-engine.ts'
import { PostgresSweeper } from './postgres-sweeper.ts'
import { writing } from './sql.ts'
import type { Store } from './store.ts'
import { bytesOf, gather, put, stage } from './testing/blob-stores.ts'
import { postgres } from './testing/engines.ts'
import { addNote, dropNotes, noteSteps, notesWithBlobs } from './testing/jobs.ts'
import { keepingLog, newFolder, workerUrl } from './testing/places.ts'

const { skip } = postgres
const day = 86_400_000

async function opened(t: TestContext, url: string, folder = newFolder(t)): Promise<Store> {
  const store = await openStore({
    folder,
    url,
    workerUrl,
    migrations: noteSteps,
    onLost: dropNotes,
    log: keepingLog([]),
    sweep: { everyMs: 0 },
  })
  t.after(() => store.close())
  return store
}

const pieces = async (url: string) => {
  const schema = /place\d+/.exec(url)?.[0]
  const rows = await postgres.server.execute(`select count(*)::int as n from ${schema}.blob_pieces`)
  return (rows[0] as { n: number }).n
}

test('bytes that one process keeps, the other reads; names are never the same', {
  skip,
}, async (t) => {
  const url = await postgres.url(newFolder(t))
  const stores = [await opened(t, url), await opened(t, url)] as const
  const refs = await Promise.all(
    Array.from({ length: 40 }, async (_, n) => {
      const store = stores[n % 2]!
      const blob = await put(store.blobs, bytesOf(1_000 + n * 7_000, n))
      await store.engine.run(addNote, { id: `n${n}`, blob })
      return blob
    }),
  )
  assert.equal(new Set(refs.map(({ segment, offset }) => `${segment} ${offset}`)).size, 40)
  for (const [n, ref] of refs.entries())
    assert.ok(bytesOf(1_000 + n * 7_000, n).equals(await stores[(n + 1) % 2]!.blobs.read(ref)))
  assert.equal((await stores[0].engine.run(notesWithBlobs, undefined)).length, 40)
})

test('a data folder is still one process’s own, and holds no mail', { skip }, async (t) => {
  const url = await postgres.url(newFolder(t))
  const folder = newFolder(t)
  const store = await opened(t, url, folder)
  await put(store.blobs, bytesOf(10))
  assert.deepEqual(
    ['amplop.db', 'blobs'].map((name) => existsSync(join(folder, name))),
    [false, false],
  )
  await assert.rejects(opened(t, url, folder), /another Amplop is running on/)
  assert.equal(store.health(), 'ok')
})

test('no row can name bytes that are not there: they are committed first', { skip }, async (t) => {
  const url = await postgres.url(newFolder(t))
  const [store, other] = [await opened(t, url), await opened(t, url)]
  const { ref } = await stage(store.blobs, bytesOf(200_000))
  assert.ok(bytesOf(200_000).equals(await gather(other.blobs.stream(ref))))
})

test('the sweep takes what nobody owns, and nothing else', { skip }, async (t) => {
  const url = await postgres.url(newFolder(t))
  const store = await opened(t, url)
  const kept = await put(store.blobs, bytesOf(100_000, 1))
  const dropped = await put(store.blobs, bytesOf(200_000, 2))
  const orphan = await put(store.blobs, bytesOf(300_000, 3))
  await store.engine.run(addNote, { id: 'kept', blob: kept })
  await store.engine.run(addNote, { id: 'dropped', blob: dropped })
  await store.engine.run(writing('test.release', release), dropped)
  const swept = await store.sweep()
  assert.deepEqual([swept.forgotten, swept.freedBytes], [1, 200_000])
  // Its owner may not have said so yet.
  assert.ok(bytesOf(300_000, 3).equals(await store.blobs.read(orphan)))
  const sweeper = new PostgresSweeper(store.engine as PostgresEngine, keepingLog([]), 0)
  assert.equal((await sweeper.sweep(Date.now() + 2 * day)).removed, 1)
  await assert.rejects(store.blobs.read(orphan), /missing/)
  await assert.rejects(store.blobs.read(dropped), /missing/)
  assert.ok(bytesOf(100_000, 1).equals(await store.blobs.read(kept)))
  assert.equal(await pieces(url), Math.ceil(100_000 / pieceBytes))
})

test('what was given up leaves no bytes', { skip }, async (t) => {
  const url = await postgres.url(newFolder(t))
  const store = await opened(t, url)
  const writer = store.blobs.create()
  await writer.write(bytesOf(300_000))
  writer.abort()
  writer.abort()
  await put(store.blobs, bytesOf(10))
  const deadline = performance.now() + 10_000
  while ((await pieces(url)) !== 1) assert.ok(performance.now() < deadline)
})

test('a damaged piece is named, and the others are served', { skip }, async (t) => {
  const url = await postgres.url(newFolder(t))
  const store = await opened(t, url)
  const ref = await put(store.blobs, bytesOf(200_000))
  const schema = /place\d+/.exec(url)?.[0]
  await postgres.server.execute(
    `update ${schema}.blob_pieces set bytes = set_byte(bytes, 7, 255 - get_byte(bytes, 7)) where n = 2`,
  )
  const where = new RegExp(`piece 2 of the blob at ${ref.segment}, ${ref.offset} is damaged`)
  await assert.rejects(store.blobs.read(ref), where)
  await assert.rejects(gather(store.blobs.stream(ref)), where)
  const start = await gather(store.blobs.stream(ref, 0, 2 * pieceBytes))
  assert.ok(
    bytesOf(200_000)
      .subarray(0, 2 * pieceBytes)
      .equals(start),
  )
})

test('a password is in no error and no line of the log', { skip }, async (t) => {
  const url = await postgres.url(newFolder(t))
  const said: unknown[] = []
  const keep = (event: string, fields?: object) => void said.push(event, fields)
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep, with: () => log }
  const more = { workerUrl, migrations: noteSteps, onLost: dropNotes, log }
  const own = url.replace('amplop@', 'amplop:hunter2@')
  const wrong = [
    own.replace(/host=[^&]*/, 'host=%2Fnowhere'),
    own.replace('/postgres?', '/nobase?'),
    'postgres://amplop:hunter2@127.0.0.1:1/mail',
  ]
  for (const url of wrong)
    said.push(await openStore({ ...more, folder: newFolder(t), url }).catch((error) => error))
  assert.ok(said.filter((each) => each instanceof Error).length === wrong.length)
  const store = await openStore({ ...more, folder: newFolder(t), url: own })
  const blob = await put(store.blobs, bytesOf(10))
  await postgres.server.execute(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'amplop%'",
  )
  said.push(await store.engine.run(addNote, { id: 'a', blob }).catch((error) => error))
  await store.close()
  assert.ok(!inspect(said, { depth: 20, showHidden: true }).includes('hunter2'), inspect(said))
})
