import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, put } from './testing/blob-stores.ts'
import { addNote, endThread, noteOf } from './testing/jobs.ts'
import { newFolder, openTestStore } from './testing/places.ts'

test('a store whose writer is dead says so, and still reads', async (t) => {
  const folder = newFolder(t)
  const store = await openTestStore(folder)
  const ref = await put(store.blobs, bytesOf(5_000))
  await store.engine.run(addNote, { id: 'a', blob: ref })
  assert.equal(store.health(), 'ok')
  await assert.rejects(store.engine.run(endThread, undefined), { code: 'storage-failed' })
  assert.equal(store.health(), 'failed')
  assert.equal((await store.engine.run(noteOf, 'a'))?.id, 'a')
  assert.ok(bytesOf(5_000).equals(await store.blobs.read(ref)))
  await assert.rejects(store.engine.run(addNote, { id: 'b' }), { code: 'storage-failed' })
  await store.close()
  const again = await openTestStore(folder)
  t.after(() => again.close())
  assert.equal(again.health(), 'ok')
  assert.equal((await again.engine.run(noteOf, 'a'))?.id, 'a')
})
