import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { BlobRef } from './blobs.ts'
import { segmentPath } from './segment-files.ts'
import { holdSegments } from './segment-hold.ts'
import type { Store } from './store.ts'
import { bytesOf, gather, put, stage } from './testing/blob-stores.ts'
import { addNote, countBlobRows, dropNotes, notesWithBlobs } from './testing/jobs.ts'
import { keepingLog, newFolder, openTestStore } from './testing/places.ts'
import { SweepLedger } from './testing/sweep-ledger.ts'

/** Text as mail is: it can be compressed, and no two seeds give the same. */
function textOf(size: number, seed: number): Buffer {
  const line = `A line of message ${seed}, with words that come again and again.\r\n`
  return Buffer.from(line.repeat(Math.ceil(size / line.length)).slice(0, size))
}

const cold = { coldAfterMs: 0, bytesPerSecond: 2 ** 40 }

/** A store in which every segment is cold from the next start on. */
async function opened(t: TestContext, folder = newFolder(t), lines: string[] = []) {
  const store = await openTestStore(folder, keepingLog(lines), { sweep: cold })
  t.after(() => store.close())
  return store
}

async function reopened(t: TestContext, folder: string, store: Store, lines: string[] = []) {
  await store.close()
  return opened(t, folder, lines)
}

async function kept(store: Store, id: string, content: Buffer): Promise<BlobRef> {
  const ref = await put(store.blobs, content)
  await store.engine.run(addNote, { id, blob: ref })
  return ref
}

const files = (folder: string) =>
  fs.readdirSync(join(folder, 'blobs')).map((name) => Number.parseInt(name, 10))

const bytesIn = (folder: string) =>
  files(folder)
    .map((segment) => fs.statSync(segmentPath(join(folder, 'blobs'), segment)).size)
    .reduce((sum, size) => sum + size, 0)

test('a large blob without owners gives its file back', async (t) => {
  const folder = newFolder(t)
  const store = await opened(t, folder)
  const ref = await kept(store, 'a', bytesOf(600_000))
  assert.deepEqual(files(folder), [ref.segment])
  await store.engine.run(dropNotes, [ref])
  const { forgotten, removed, freedBytes } = await store.sweep()
  assert.deepEqual(
    { forgotten, removed, freedBytes },
    { forgotten: 1, removed: 1, freedBytes: 600_024 },
  )
  assert.deepEqual(files(folder), [])
  assert.equal(await store.engine.run(countBlobRows, undefined), 0)
  await assert.rejects(store.blobs.read(ref), /the segment is missing/)
})

test('what is owned stays readable by its old name, in parts and in whole', async (t) => {
  const folder = newFolder(t)
  let store = await opened(t, folder)
  const contents = [0, 1, 100, 5_000, 262_144, 262_145, 900_000].map((size, n) => textOf(size, n))
  contents.push(bytesOf(3_000), bytesOf(700_000))
  const refs: BlobRef[] = []
  for (const [n, content] of contents.entries()) refs.push(await kept(store, `${n}`, content))
  store = await reopened(t, folder, store)
  const before = bytesIn(folder)
  const { packed, removed } = await store.sweep()
  assert.equal(packed, removed)
  assert.ok(bytesIn(folder) < before * 0.6, `${bytesIn(folder)} of ${before} bytes`)
  for (const again of [false, true]) {
    if (again) store = await reopened(t, folder, store)
    for (const [n, content] of contents.entries()) {
      const ref = refs[n]!
      assert.ok(content.equals(await store.blobs.read(ref)), `blob ${n}`)
      assert.ok(content.equals(await gather(store.blobs.stream(ref))), `stream ${n}`)
      const [start, end] = [content.length >> 1, (content.length >> 1) + 70_000]
      const part = await gather(store.blobs.stream(ref, start, end))
      assert.ok(content.subarray(start, end).equals(part), `part of ${n}`)
    }
  }
  for await (const chunk of store.blobs.stream(refs[6]!)) assert.ok(chunk.length <= 65_536)
})

test('the same content is kept once, until its last owner goes', async (t) => {
  const folder = newFolder(t)
  let store = await opened(t, folder)
  const content = bytesOf(200_000)
  const refs: BlobRef[] = []
  for (let n = 0; n < 10; n++) refs.push(await kept(store, `${n}`, content))
  const large = bytesOf(400_000)
  for (let n = 0; n < 3; n++) refs.push(await kept(store, `large ${n}`, large))
  store = await reopened(t, folder, store)
  await store.sweep()
  assert.ok(bytesIn(folder) < 610_000, `${bytesIn(folder)} bytes`)
  // A later one joins them.
  refs.push(await kept(store, 'later', content))
  store = await reopened(t, folder, store)
  await store.sweep()
  assert.ok(bytesIn(folder) < 610_000, `${bytesIn(folder)} bytes`)
  const last = refs.pop()!
  await store.engine.run(dropNotes, refs)
  await store.sweep()
  assert.ok(content.equals(await store.blobs.read(last)))
  await store.engine.run(dropNotes, [last])
  await store.sweep()
  assert.deepEqual(files(folder), [])
})

test('a packed segment that is mostly garbage is written anew', async (t) => {
  const folder = newFolder(t)
  let store = await opened(t, folder)
  const refs: BlobRef[] = []
  for (let n = 0; n < 20; n++) refs.push(await kept(store, `${n}`, bytesOf(10_000, n)))
  store = await reopened(t, folder, store)
  await store.sweep()
  const [first] = files(folder)
  await store.engine.run(dropNotes, refs.slice(0, 15))
  store = await reopened(t, folder, store)
  await store.sweep()
  assert.equal(files(folder).length, 1)
  assert.notEqual(files(folder)[0], first)
  assert.ok(bytesIn(folder) < 52_000)
  for (let n = 15; n < 20; n++)
    assert.ok(bytesOf(10_000, n).equals(await store.blobs.read(refs[n]!)), `blob ${n}`)
})

test('small packed segments are made into one', async (t) => {
  const folder = newFolder(t)
  let store = await opened(t, folder)
  const refs: BlobRef[] = []
  for (let n = 0; n < 18; n++) {
    refs.push(await kept(store, `${n}`, bytesOf(1_000, n)))
    store = await reopened(t, folder, store)
    await store.sweep()
  }
  assert.ok(files(folder).length < 6, `${files(folder)}`)
  for (const [n, ref] of refs.entries())
    assert.ok(bytesOf(1_000, n).equals(await store.blobs.read(ref)), `blob ${n}`)
})

test('an owner that comes after the sweep is refused, and one before is served', async (t) => {
  const folder = newFolder(t)
  const store = await opened(t, folder)
  const late = await put(store.blobs, bytesOf(500_000, 1))
  const early = await put(store.blobs, bytesOf(500_000, 2))
  await store.engine.run(addNote, { id: 'early', blob: early })
  await store.sweep()
  await assert.rejects(store.engine.run(addNote, { id: 'late', blob: late }), {
    code: 'storage-failed',
  })
  // One more owner of what was moved is no latecomer.
  await store.engine.run(addNote, { id: 'copy', blob: early })
  assert.ok(bytesOf(500_000, 2).equals(await store.blobs.read(early)))
  assert.equal((await store.engine.run(notesWithBlobs, undefined)).length, 2)
})

test('bytes that a crash left without an owner are gone after the next sweep', async (t) => {
  const folder = newFolder(t)
  let store = await opened(t, folder)
  await put(store.blobs, bytesOf(5_000))
  await put(store.blobs, bytesOf(500_000))
  store = await reopened(t, folder, store)
  assert.equal(store.recovery.unowned.length, 2)
  assert.equal((await store.sweep()).removed, 2)
  assert.deepEqual(files(folder), [])
})

test('a damaged blob is named and left alone, the rest is packed', async (t) => {
  const folder = newFolder(t)
  let store = await opened(t, folder)
  const refs: BlobRef[] = []
  for (const id of ['a', 'b', 'c']) refs.push(await kept(store, id, bytesOf(5_000, refs.length)))
  const fd = fs.openSync(segmentPath(join(folder, 'blobs'), 1), 'r+')
  fs.writeSync(fd, 'damage', refs[1]!.offset + 1_000)
  fs.closeSync(fd)
  const lines: string[] = []
  store = await reopened(t, folder, store, lines)
  const { packed, removed } = await store.sweep()
  assert.deepEqual({ packed, removed, lines }, { packed: 1, removed: 0, lines: ['blob damaged'] })
  await assert.rejects(store.blobs.read(refs[1]!), /segment 1, offset 5024.*content checksum/)
  for (const n of [0, 2]) assert.ok(bytesOf(5_000, n).equals(await store.blobs.read(refs[n]!)))
})

test('damage in a packed record is named too', async (t) => {
  const folder = newFolder(t)
  let store = await opened(t, folder)
  const refs = [
    await kept(store, 'a', textOf(900_000, 1)),
    await kept(store, 'b', textOf(9_000, 2)),
  ]
  store = await reopened(t, folder, store)
  await store.sweep()
  const [segment = 0] = files(folder)
  const path = segmentPath(join(folder, 'blobs'), segment)
  for (let at = 0; at < fs.statSync(path).size; at += 101) {
    const bytes = fs.readFileSync(path)
    bytes[at]! ^= 16
    fs.writeFileSync(path, bytes)
    let right = 0
    for (const [ref, content] of [
      [refs[0]!, textOf(900_000, 1)],
      [refs[1]!, textOf(9_000, 2)],
    ] as const)
      try {
        assert.ok(content.equals(await gather(store.blobs.stream(ref))), `byte ${at}`)
        right++
      } catch (error) {
        assert.match(String(error), new RegExp(`blob at segment ${segment}, offset \\d+`))
      }
    assert.ok(right >= 1, `byte ${at}`)
    bytes[at]! ^= 16
    fs.writeFileSync(path, bytes)
  }
})

test('a reader at work keeps what it reads, and a holder keeps all files', async (t) => {
  const folder = newFolder(t)
  const store = await opened(t, folder)
  const content = bytesOf(900_000)
  const ref = await kept(store, 'a', content)
  const reader = store.blobs.stream(ref)[Symbol.asyncIterator]()
  const parts = [(await reader.next()).value as Uint8Array]
  const hold = await holdSegments(folder)
  assert.deepEqual(
    { ...(await store.sweep()) },
    { forgotten: 0, packed: 1, removed: 0, freedBytes: 0 },
  )
  assert.equal(files(folder).length, 2)
  hold.close()
  assert.equal((await store.sweep()).removed, 1)
  for (let next = await reader.next(); !next.done; next = await reader.next())
    parts.push(next.value)
  assert.ok(content.equals(Buffer.concat(parts)))
  assert.ok(content.equals(await store.blobs.read(ref)))
})

test('a sweep ends at once when the store closes', async (t) => {
  const folder = newFolder(t)
  let store = await opened(t, folder)
  for (let n = 0; n < 5; n++) await kept(store, `${n}`, bytesOf(200_000, n))
  await store.close()
  store = await openTestStore(folder, keepingLog([]), {
    sweep: { coldAfterMs: 0, bytesPerSecond: 10_000 },
  })
  const sweep = store.sweep()
  const began = performance.now()
  await store.close()
  assert.ok(performance.now() - began < 2_000)
  await sweep
})

test('what is appended while a sweep runs is whole', async (t) => {
  const folder = newFolder(t)
  let store = await opened(t, folder)
  const all = new Map<string, [BlobRef, Buffer]>()
  const add = async (id: string, content: Buffer) =>
    all.set(id, [await kept(store, id, content), content])
  for (let n = 0; n < 50; n++) await add(`old ${n}`, bytesOf(20_000, n % 7))
  store = await reopened(t, folder, store)
  const sweep = store.sweep()
  for (let n = 0; n < 50; n++) await add(`new ${n}`, bytesOf(20_000, n % 7))
  await sweep
  await store.sweep()
  for (const [id, [ref, content]] of all) assert.ok(content.equals(await store.blobs.read(ref)), id)
  assert.deepEqual((await stage(store.blobs, bytesOf(1))).ref.size, 1)
})

test('killed while it sweeps, again and again, the store has all that is owned', {
  timeout: 120_000,
}, async (t) => {
  const folder = newFolder(t)
  const program = fileURLToPath(new URL('./testing/sweeps-until-killed.ts', import.meta.url))
  const ledger = new SweepLedger()
  for (let cycle = 0; cycle < 8; cycle++) {
    const child = spawn(process.execPath, [program, folder, String(cycle)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(() => child.kill('SIGKILL'))
    const exited = new Promise((resolve) => child.once('exit', resolve))
    const until = 30 + cycle * 41
    let here = 0
    for await (const line of createInterface({ input: child.stdout })) {
      ledger.hear(line)
      if (++here === until) child.kill('SIGKILL')
    }
    await exited
    assert.ok(here >= until, `the child ended by itself after ${here}`)
    const lines: string[] = []
    const store = await openTestStore(folder, keepingLog(lines), { sweep: cold })
    assert.deepEqual(await ledger.audited(store), [], `cycle ${cycle}`)
    await store.sweep()
    assert.deepEqual(await ledger.audited(store), [], `cycle ${cycle}, swept`)
    assert.deepEqual(
      lines.filter((line) => line !== 'unfinished blobs dropped'),
      [],
    )
    await store.close()
  }
})
