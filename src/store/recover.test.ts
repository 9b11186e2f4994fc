import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { noteSynced } from './blob-rows.ts'
import type { BlobRef } from './blobs.ts'
import { segmentPath } from './segment-files.ts'
import { bytesOf, put, stage } from './testing/blob-stores.ts'
import { addNote, countBlobRows, notesWithBlobs } from './testing/jobs.ts'
import { keepingLog, newFolder, openTestStore } from './testing/places.ts'

/** Three notes with blobs; the watermark stands after `marked` of them. */
async function threeNotes(folder: string, marked: number): Promise<readonly BlobRef[]> {
  const store = await openTestStore(folder)
  const refs: BlobRef[] = []
  for (const id of ['a', 'b', 'c']) {
    const ref = await put(store.blobs, bytesOf(5_000, refs.length))
    await store.engine.run(addNote, { id, blob: ref })
    refs.push(ref)
  }
  await store.close()
  const again = await openTestStore(folder)
  await again.engine.run(noteSynced, [{ segment: 1, synced: marked * 5_024 }])
  await again.close()
  return refs
}

// Rows have no prototype.
const plain = (refs: readonly BlobRef[]) => refs.map((ref) => ({ ...ref }))

const idsIn = async (store: Awaited<ReturnType<typeof openTestStore>>) =>
  (await store.engine.run(notesWithBlobs, undefined)).map((note) => note.id)

test('a clean stop leaves nothing to verify', async (t) => {
  const folder = newFolder(t)
  await threeNotes(folder, 3)
  const store = await openTestStore(folder)
  t.after(() => store.close())
  const { lost, verified, damaged, unowned } = store.recovery
  assert.deepEqual(
    { lost, verified, damaged, unowned },
    { lost: [], verified: 0, damaged: [], unowned: [] },
  )
  assert.deepEqual(await idsIn(store), ['a', 'b', 'c'])
})

test('rows whose bytes never arrived are dropped with their owners', async (t) => {
  const tails: readonly [string, (path: string) => void][] = [
    ['cut within the record', (path) => fs.truncateSync(path, 12_000)],
    ['cut at the record', (path) => fs.truncateSync(path, 10_048)],
    ['zeros', (path) => fs.truncateSync(path, 11_000)],
  ]
  for (const [name, tear] of tails) {
    const folder = newFolder(t)
    const refs = await threeNotes(folder, 1)
    const path = segmentPath(join(folder, 'blobs'), 1)
    tear(path)
    if (name === 'zeros') fs.truncateSync(path, 15_072)
    const store = await openTestStore(folder)
    assert.deepEqual(plain(store.recovery.lost), [refs[2]], name)
    assert.equal(store.recovery.verified, 1)
    assert.deepEqual(store.recovery.damaged, [])
    assert.deepEqual(await idsIn(store), ['a', 'b'])
    assert.ok(bytesOf(5_000, 1).equals(await store.blobs.read(refs[1]!)))
    const next = await put(store.blobs, bytesOf(10))
    assert.equal(next.segment, 2, 'nothing is appended to a segment of an earlier process')
    await store.close()
    const again = await openTestStore(folder)
    const { lost, verified, unowned } = again.recovery
    assert.deepEqual({ lost, verified, unowned }, { lost: [], verified: 0, unowned: [2] })
    await again.close()
  }
})

test('a segment that never reached the disk loses all its rows', async (t) => {
  const folder = newFolder(t)
  const refs = await threeNotes(folder, 0)
  fs.rmSync(segmentPath(join(folder, 'blobs'), 1))
  const store = await openTestStore(folder)
  t.after(() => store.close())
  assert.deepEqual(plain(store.recovery.lost), refs)
  assert.deepEqual(await idsIn(store), [])
  assert.equal(await store.engine.run(countBlobRows, undefined), 0)
  assert.equal((await put(store.blobs, bytesOf(10))).segment, 2, 'its number is not used again')
})

test('damage below the watermark is named and kept, the rest is served', async (t) => {
  const folder = newFolder(t)
  const refs = await threeNotes(folder, 3)
  fs.truncateSync(segmentPath(join(folder, 'blobs'), 1), 6_000)
  const lines: string[] = []
  const store = await openTestStore(folder, keepingLog(lines))
  t.after(() => store.close())
  assert.deepEqual(store.recovery.lost, [])
  assert.deepEqual(store.recovery.damaged, ['segment 1 has 6000 bytes, and had 15072 or more'])
  assert.deepEqual(lines, ['blobs damaged'])
  assert.deepEqual(await idsIn(store), ['a', 'b', 'c'])
  assert.ok(bytesOf(5_000, 0).equals(await store.blobs.read(refs[0]!)))
  await assert.rejects(store.blobs.read(refs[1]!), /segment 1, offset 5024/)
})

test('a second process is turned away from a data folder in use', async (t) => {
  const folder = newFolder(t)
  const store = await openTestStore(folder)
  await assert.rejects(openTestStore(folder), /another Amplop is running on/)
  await store.close()
  await (await openTestStore(folder)).close()
})

test('watermarks ride along with later writes', async (t) => {
  const folder = newFolder(t)
  const store = await openTestStore(folder)
  const { ref, synced } = await stage(store.blobs, bytesOf(5_000_000))
  await synced
  await store.engine.run(addNote, { id: 'large', blob: ref })
  // What a kill leaves behind, copied while the store is still open.
  const copy = newFolder(t)
  for (const name of ['amplop.db', 'amplop.db-wal'])
    fs.copyFileSync(join(folder, name), join(copy, name))
  fs.cpSync(join(folder, 'blobs'), join(copy, 'blobs'), { recursive: true })
  await store.close()
  const later = await openTestStore(copy)
  t.after(() => later.close())
  assert.equal(later.recovery.verified, 0)
  assert.ok(bytesOf(5_000_000).equals(await later.blobs.read(ref)))
})

test('killed while it writes, the store has all that was acknowledged, three times', {
  timeout: 60_000,
}, async (t) => {
  const folder = newFolder(t)
  const acknowledged = new Map<string, true>()
  const program = fileURLToPath(new URL('./testing/writes-until-killed.ts', import.meta.url))
  for (const [cycle, until] of [40, 150, 300].entries()) {
    const child = spawn(process.execPath, [program, folder, String(cycle)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(() => child.kill('SIGKILL'))
    const exited = new Promise((resolve) => child.once('exit', resolve))
    let here = 0
    for await (const id of createInterface({ input: child.stdout })) {
      acknowledged.set(id, true)
      if (++here === until) child.kill('SIGKILL')
    }
    await exited
    assert.ok(here >= until, `the child ended by itself after ${here}`)
    const store = await openTestStore(folder)
    const notes = await store.engine.run(notesWithBlobs, undefined)
    const missing = new Set(acknowledged.keys())
    for (const { id, ...ref } of notes) {
      missing.delete(id)
      assert.ok(bytesOf(ref.size, ref.size).equals(await store.blobs.read(ref)), id)
    }
    assert.deepEqual([...missing], [], `cycle ${cycle}`)
    assert.deepEqual(store.recovery.damaged, [])
    await store.close()
  }
})
