import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { backup } from './backup.ts'
import type { BlobRef } from './blobs.ts'
import { restore, verifyBackup } from './restore.ts'
import { segmentPath } from './segment-files.ts'
import { all, reading, sql } from './sql.ts'
import type { Store } from './store.ts'
import { bytesOf, put } from './testing/blob-stores.ts'
import { addNote, dropNotes, notesWithBlobs } from './testing/jobs.ts'
import { keepingLog, newFolder, openTestStore } from './testing/places.ts'
import { verify } from './verify.ts'

const cold = { coldAfterMs: 0, bytesPerSecond: 2 ** 40, segmentMaxBytes: 200_000 }

async function opened(t: TestContext, folder: string) {
  const store = await openTestStore(folder, keepingLog([]), { sweep: cold })
  t.after(() => store.close())
  return store
}

async function kept(store: Store, id: string, content: Buffer): Promise<BlobRef> {
  const ref = await put(store.blobs, content)
  await store.engine.run(addNote, { id, blob: ref, number: content.length })
  return ref
}

const noAudits = {
  audits: [
    reading('notes.audit', function* () {
      const rows = yield* all<{ id: string }>(sql`select id from notes where number < 0`)
      return rows.map(({ id }) => `note ${id}: a number below 0`)
    }),
  ],
  ownersOf: reading('notes.owners', function* (ref: BlobRef) {
    const rows = yield* all<{ id: string }>(sql`
      select id from notes where segment = ${ref.segment} and start = ${ref.offset}`)
    return rows.map(({ id }) => `note ${id}`)
  }),
}

const loadAhead = 400

const seedOf = (id: string) => Number(id.replaceAll(/\D/g, '')) % 97

async function assertWhole(t: TestContext, folder: string, ids: readonly string[]) {
  const store = await opened(t, folder)
  const missing = new Set(ids)
  for (const { id, ...ref } of await store.engine.run(notesWithBlobs, undefined)) {
    missing.delete(id)
    assert.ok(bytesOf(ref.size, seedOf(id)).equals(await store.blobs.read(ref)), id)
  }
  assert.deepEqual([...missing], [])
  await store.close()
}

test('what was acknowledged before a backup under load began is restored byte for byte', async (t) => {
  const [folder, to] = [newFolder(t), newFolder(t)]
  const store = await opened(t, folder)
  const acknowledged: string[] = []
  const dropped = new Set<string>()
  let [loading, n, due] = [true, 0, 0]
  t.after(() => {
    loading = false
  })
  const lane = async () => {
    while (loading) {
      // Under load all the while, and yet no more to read each time than a slow machine can.
      if (acknowledged.length > due + loadAhead) {
        await new Promise(setImmediate)
        continue
      }
      const id = `note ${n++}`
      const size = n % 20 === 0 ? 300_000 : 100 + ((n * 7_919) % 9_000)
      const ref = await kept(store, id, bytesOf(size, seedOf(id)))
      acknowledged.push(id)
      if (n % 7 !== 0) continue
      dropped.add(id)
      await store.engine.run(dropNotes, [ref])
    }
  }
  const sweeps = async () => {
    while (loading) await store.sweep()
  }
  const load = [...Array.from({ length: 6 }, lane), sweeps()]
  const reports = []
  try {
    for (let round = 0; round < 3; round++) {
      due = acknowledged.length + 100
      while (acknowledged.length < due) await new Promise(setImmediate)
      const before = acknowledged.filter((id) => !dropped.has(id))
      reports.push(await backup({ folder, to, files: [] }))
      const gone = new Set(dropped)
      const place = join(newFolder(t), 'restored')
      assert.deepEqual((await restore(to, place)).damaged, [])
      await assertWhole(
        t,
        place,
        before.filter((id) => !gone.has(id)),
      )
      const { ok, damaged, problems } = await verify({ folder: place, ...noAudits })
      assert.deepEqual({ ok, damaged, problems }, { ok: true, damaged: [], problems: [] })
    }
  } finally {
    loading = false
  }
  await Promise.all(load)
  const live = await verify({ folder, ...noAudits })
  assert.ok(live.ok, JSON.stringify(live))
})

test('a second backup copies what is new, and drops what is gone', async (t) => {
  const [folder, to] = [newFolder(t), newFolder(t)]
  const store = await opened(t, folder)
  fs.writeFileSync(join(folder, 'key.pem'), 'a key')
  const files = ['key.pem', 'none.pem']
  await kept(store, 'note 1', bytesOf(100_000, 1))
  const large = await kept(store, 'note 2', bytesOf(500_000, 2))
  const first = await backup({ folder, to, files })
  assert.ok(first.copiedBytes === first.bytes && first.bytes > 600_000)
  await kept(store, 'note 3', bytesOf(50_000, 3))
  const second = await backup({ folder, to, files })
  const database = fs.statSync(join(folder, 'amplop.db')).size
  assert.ok(second.copiedBytes < 50_000 + database + 200_000, `${second.copiedBytes}`)
  await store.engine.run(dropNotes, [large])
  await store.sweep()
  await backup({ folder, to, files })
  assert.equal(fs.readdirSync(join(to, 'blobs')).length, 1)
  assert.equal(fs.readdirSync(to).filter((name) => name.endsWith('.db')).length, 1)
  const place = join(newFolder(t), 'restored')
  const { damaged } = await restore(to, place)
  assert.deepEqual(damaged, [])
  assert.equal(fs.readFileSync(join(place, 'key.pem'), 'utf8'), 'a key')
  await assertWhole(t, place, ['note 1', 'note 3'])
})

test('a backup that is broken off leaves the one before it whole', async (t) => {
  const [folder, to] = [newFolder(t), newFolder(t)]
  const store = await opened(t, folder)
  await kept(store, 'note 1', bytesOf(100_000, 1))
  await backup({ folder, to, files: [] })
  await kept(store, 'note 2', bytesOf(100_000, 2))
  await kept(store, 'note 3', bytesOf(400_000, 3))
  // The manifest is the last to be written.
  fs.mkdirSync(join(to, 'manifest.json.part'))
  await assert.rejects(backup({ folder, to, files: [] }))
  assert.deepEqual((await verifyBackup(to)).damaged, [])
  const place = join(newFolder(t), 'restored')
  await restore(to, place)
  await assertWhole(t, place, ['note 1'])
  fs.rmdirSync(join(to, 'manifest.json.part'))
  await backup({ folder, to, files: [] })
  assert.deepEqual((await verifyBackup(to)).damaged, [])
  const later = join(newFolder(t), 'restored')
  await restore(to, later)
  await assertWhole(t, later, ['note 1', 'note 2', 'note 3'])
})

test('a copy that is not what its segment was is made anew', async (t) => {
  const [folder, to] = [newFolder(t), newFolder(t)]
  const store = await opened(t, folder)
  await kept(store, 'note 1', bytesOf(100_000, 1))
  await backup({ folder, to, files: [] })
  const copied = join(to, 'blobs', fs.readdirSync(join(to, 'blobs'))[0] ?? '')
  fs.writeFileSync(copied, bytesOf(fs.statSync(copied).size, 5))
  await kept(store, 'note 2', bytesOf(100_000, 2))
  await backup({ folder, to, files: [] })
  assert.deepEqual((await verifyBackup(to)).damaged, [])
  const place = join(newFolder(t), 'restored')
  await restore(to, place)
  await assertWhole(t, place, ['note 1', 'note 2'])
})

test('what makes no sense is refused in words', async (t) => {
  const [folder, other, to] = [newFolder(t), newFolder(t), newFolder(t)]
  const [store, second] = [await opened(t, folder), await opened(t, other)]
  await kept(store, 'note 1', bytesOf(1_000, 1))
  await kept(second, 'note 1', bytesOf(1_000, 1))
  await backup({ folder, to, files: [] })
  await assert.rejects(backup({ folder: other, to, files: [] }), /holds the backup of another/)
  await assert.rejects(backup({ folder: newFolder(t), to, files: [] }), /is no data folder/)
  await assert.rejects(restore(to, folder), /is not empty/)
  await assert.rejects(restore(newFolder(t), newFolder(t)), /holds no backup/)
  await assert.rejects(verify({ folder: newFolder(t), ...noAudits }), /is no data folder/)
  fs.appendFileSync(join(to, 'manifest.json'), ' ')
  await assert.rejects(restore(to, newFolder(t)), /manifest.json is damaged/)
})

test('a damaged backup is told, and what is whole in it is restored', async (t) => {
  const [folder, to] = [newFolder(t), newFolder(t)]
  const store = await opened(t, folder)
  const refs = [
    await kept(store, 'note 1', bytesOf(9_000, 1)),
    await kept(store, 'note 2', bytesOf(9_000, 2)),
  ]
  await backup({ folder, to, files: [] })
  const segment = segmentPath(join(to, 'blobs'), 1)
  const bytes = fs.readFileSync(segment)
  bytes[100]! ^= 1
  fs.writeFileSync(segment, bytes)
  const place = join(newFolder(t), 'restored')
  const { damaged } = await restore(to, place)
  assert.match(damaged.join(), /0000000001\.seg: other bytes than were backed up, from 0 to \d+$/)
  const verified = await verify({ folder: place, ...noAudits })
  assert.equal(verified.ok, false)
  assert.deepEqual(
    verified.damaged.map(({ ref, owners }) => ({ ref, owners })),
    [{ ref: { ...refs[0] }, owners: ['note note 1'] }],
  )
  const database = fs.readdirSync(to).find((name) => name.endsWith('.db')) ?? ''
  fs.truncateSync(join(to, database), 5_000)
  await assert.rejects(
    restore(to, join(newFolder(t), 'x')),
    /cannot restore: .*\.db: the file ends/,
  )
})

test('damage and wrong rows are found, whatever is damaged', async (t) => {
  const folder = newFolder(t)
  const store = await opened(t, folder)
  for (let n = 0; n < 5; n++) await kept(store, `note ${n}`, bytesOf(9_000, n))
  await store.close()
  const clean = await verify({ folder, ...noAudits })
  assert.deepEqual({ ...clean }, { ok: true, blobs: 5, bytes: 45_000, damaged: [], problems: [] })
  const path = segmentPath(join(folder, 'blobs'), 1)
  fs.truncateSync(path, 30_000)
  const cut = await verify({ folder, ...noAudits })
  assert.deepEqual(
    cut.damaged.map(({ owners }) => owners.join()),
    ['note note 3', 'note note 4'],
  )
  assert.match(cut.damaged[0]?.what ?? '', /^blob at segment 1, offset 27072.*ends within it/)
  fs.rmSync(path)
  const missing = await verify({ folder, ...noAudits })
  assert.equal(missing.damaged.length, 5)
  const again = await opened(t, folder)
  await again.engine.run(addNote, { id: 'bad', number: -1 })
  await again.close()
  const bad = await verify({ folder, ...noAudits })
  assert.deepEqual(bad.problems, ['note bad: a number below 0'])
})
