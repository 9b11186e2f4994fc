// A PostgreSQL store is copied while it is written to, restored into an empty place and verified.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openStore } from './open-store.ts'
import { backupPostgres } from './postgres-backup.ts'
import { restorePostgres } from './postgres-restore.ts'
import { verifyPostgres } from './postgres-verify.ts'
import { all, reading, sql } from './sql.ts'
import type { Store } from './store.ts'
import { bytesOf, put } from './testing/blob-stores.ts'
import { postgres } from './testing/engines.ts'
import { addNote, dropNotes, noteSteps, notesWithBlobs } from './testing/jobs.ts'
import { keepingLog, newFolder, workerUrl } from './testing/places.ts'

const { skip } = postgres
const log = keepingLog([])
const audits = {
  audits: [],
  ownersOf: reading('test.owners', function* () {
    const rows = yield* all<{ name: string }>(sql`select 'somebody' as name`)
    return rows.map(({ name }) => name)
  }),
}

async function opened(t: TestContext, url: string): Promise<Store> {
  const options = { workerUrl, migrations: noteSteps, onLost: dropNotes, log, url }
  return openStore({ ...options, folder: newFolder(t), sweep: { everyMs: 0 } })
}

async function add(store: Store, id: string, size: number): Promise<void> {
  await store.engine.run(addNote, { id, blob: await put(store.blobs, bytesOf(size, size)) })
}

const restored = (from: string, url: string) =>
  restorePostgres({ from, url, migrations: noteSteps, log })

test('a database is copied under load, restored into an empty one, and found whole', {
  skip,
}, async (t) => {
  const [url, to] = [await postgres.url(newFolder(t)), newFolder(t)]
  const store = await opened(t, url)
  for (let n = 0; n < 20; n++) await add(store, `before-${n}`, 100 + n * 5_000)
  let loading = true
  const load = (async () => {
    for (let n = 0; loading; n++) await add(store, `during-${n}`, 200_000 + n)
  })()
  const report = await backupPostgres({ url, to, without: [] })
  assert.equal(report.copiedBytes, report.bytes)
  loading = false
  await load
  await store.close()

  const empty = await postgres.url(newFolder(t))
  assert.ok((await restored(to, empty)).bytes > 900_000)
  const verified = await verifyPostgres(empty, audits)
  assert.deepEqual([verified.ok, verified.blobs >= 20], [true, true])
  const again = await opened(t, empty)
  const notes = await again.engine.run(notesWithBlobs, undefined)
  for (let n = 0; n < 20; n++) {
    const note = notes.find(({ id }) => id === `before-${n}`)
    const size = 100 + n * 5_000
    assert.ok(note && bytesOf(size, size).equals(await again.blobs.read(note)), `${n}`)
  }
  await add(again, 'after', 10)
  await again.close()
  await assert.rejects(restored(to, empty), /is not empty/)
})

test('the next backup copies only days whose bytes changed', { skip }, async (t) => {
  const [url, to] = [await postgres.url(newFolder(t)), newFolder(t)]
  const first = await opened(t, url)
  await add(first, 'large', 2_000_000)
  await first.close()
  const whole = await backupPostgres({ url, to, without: [] })
  const next = await opened(t, url)
  await add(next, 'small', 10)
  await next.close()
  const more = await backupPostgres({ url, to, without: [] })
  assert.ok(whole.copiedBytes > 2_000_000 && more.copiedBytes < 100_000, `${more.copiedBytes}`)
  const other = await opened(t, await postgres.url(newFolder(t)))
  await other.close()
  const names = readdirSync(join(to, 'rows'))
  assert.equal(names.length, new Set(names.map((name) => name.replace(/-\d+/, ''))).size)
  const empty = await postgres.url(newFolder(t))
  await restored(to, empty)
  assert.deepEqual((await verifyPostgres(empty, audits)).blobs, 2)
})

test('a damaged backup is not restored, and another store’s is not written over', {
  skip,
}, async (t) => {
  const [url, to] = [await postgres.url(newFolder(t)), newFolder(t)]
  const store = await opened(t, url)
  await add(store, 'one', 50_000)
  await store.close()
  await backupPostgres({ url, to, without: [] })
  const other = await postgres.url(newFolder(t))
  await (await opened(t, other)).close()
  await assert.rejects(backupPostgres({ url: other, to, without: [] }), /another store/)
  const pieces = readdirSync(join(to, 'rows')).find((name) => name.startsWith('blob_pieces.'))
  const file = join(to, 'rows', pieces ?? '')
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(file, bytes)
  await assert.rejects(restored(to, await postgres.url(newFolder(t))), /cannot restore: /)
})

test('verify names what is damaged and who loses by it', { skip }, async (t) => {
  const url = await postgres.url(newFolder(t))
  await assert.rejects(verifyPostgres(url, audits), /holds no store/)
  const store = await opened(t, url)
  await add(store, 'one', 50_000)
  await add(store, 'two', 50)
  await store.close()
  const schema = /place\d+/.exec(url)?.[0]
  await postgres.server.execute(`delete from ${schema}.blob_pieces where n = 3`)
  const { ok, blobs, damaged } = await verifyPostgres(url, audits)
  assert.deepEqual([ok, blobs, damaged.length], [false, 2, 1])
  assert.match(damaged[0]?.what ?? '', /^piece 3 of the blob at \d+, \d+ is missing$/)
  assert.deepEqual(damaged[0]?.owners, ['somebody'])
})
