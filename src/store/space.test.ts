import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { BlobRef } from './blobs.ts'
import { bytesOf, put } from './testing/blob-stores.ts'
import { addNote, dropNotes, notesWithBlobs } from './testing/jobs.ts'
import { keepingLog, newFolder, openTestStore } from './testing/places.ts'

const mib = 1024 * 1024

/** A file system of its own, 16 MiB and 200 files; undefined where this may not be made. */
function smallDisk(t: TestContext): string | undefined {
  const folder = fs.mkdtempSync(join(tmpdir(), 'amplop-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,nr_inodes=200', 'tmpfs', folder], {
      stdio: 'ignore',
    })
  } catch {
    fs.rmdirSync(folder)
    return undefined
  }
  t.after(() => {
    execFileSync('umount', ['-l', folder])
    fs.rmdirSync(folder)
  })
  return folder
}

const needs = 'needs to be allowed to mount'

/** Every byte there is. */
function fill(folder: string): void {
  const fd = fs.openSync(join(folder, 'ballast'), 'a')
  for (const size of [mib, 4_096, 1])
    try {
      for (;;) fs.writeSync(fd, Buffer.alloc(size))
    } catch {
      // Full.
    }
  fs.closeSync(fd)
}

function fillFiles(folder: string): void {
  fs.mkdirSync(join(folder, 'files'))
  try {
    for (let n = 0; ; n++) fs.writeFileSync(join(folder, 'files', `${n}`), '')
  } catch {
    // No more of them.
  }
}

async function soon(works: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  for (;;) {
    try {
      await works()
      return performance.now() - began
    } catch (error) {
      if (performance.now() - began > 5_000) throw error
      await pause(50)
    }
  }
}

test('a full disk refuses mail, reads and deletes on, and takes mail again by itself', async (t) => {
  const disk = smallDisk(t)
  if (!disk) return t.skip(needs)
  const folder = join(disk, 'data')
  const lines: string[] = []
  const store = await openTestStore(folder, keepingLog(lines), { freeMinBytes: 2 * mib })
  t.after(() => store.close())
  const refs: BlobRef[] = []
  for (const id of ['a', 'b', 'c', 'd', 'e']) {
    const ref = await put(store.blobs, bytesOf(5_000, refs.length))
    await store.engine.run(addNote, { id, blob: ref })
    refs.push(ref)
  }
  for (const [round, use] of [fill, fillFiles, fill].entries()) {
    use(disk)
    await soon(() => assert.rejects(put(store.blobs, bytesOf(100)), { code: 'no-space' }))
    assert.equal(store.health(), 'no-space')
    assert.ok(bytesOf(5_000, round).equals(await store.blobs.read(refs[round]!)))
    await soon(() => store.engine.run(dropNotes, [refs[round]!]))
    assert.equal((await store.engine.run(notesWithBlobs, undefined)).length, 4 - round)
    fs.rmSync(join(disk, 'ballast'), { force: true })
    fs.rmSync(join(disk, 'files'), { recursive: true, force: true })
    const ms = await soon(() => put(store.blobs, bytesOf(100)))
    assert.ok(ms < 5_000, `${ms} ms`)
    assert.equal(store.health(), 'ok')
    await soon(async () => assert.ok(fs.existsSync(join(folder, 'reserve'))))
  }
  assert.equal(lines[0], 'no space, new mail is refused')
})

test('a store opens on a disk that is full', async (t) => {
  const disk = smallDisk(t)
  if (!disk) return t.skip(needs)
  const folder = join(disk, 'data')
  const first = await openTestStore(folder, keepingLog([]), { freeMinBytes: 2 * mib })
  const ref = await put(first.blobs, bytesOf(5_000))
  await first.engine.run(addNote, { id: 'a', blob: ref })
  await first.close()
  fill(disk)
  const store = await openTestStore(folder, keepingLog([]), { freeMinBytes: 2 * mib })
  t.after(() => store.close())
  assert.ok(bytesOf(5_000).equals(await store.blobs.read(ref)))
  await store.engine.run(dropNotes, [ref])
  await assert.rejects(put(store.blobs, bytesOf(100)), { code: 'no-space' })
})

test('the floor is below what is free, or nothing is taken', async (t) => {
  const store = await openTestStore(newFolder(t), keepingLog([]), { freeMinBytes: 2 ** 60 })
  t.after(() => store.close())
  await assert.rejects(put(store.blobs, bytesOf(1)), { code: 'no-space' })
  await assert.rejects(put(store.blobs, bytesOf(1_000_000)), { code: 'no-space' })
  await store.engine.run(addNote, { id: 'rows are taken' })
})
