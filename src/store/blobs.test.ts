// What every blob store must do, run on each.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Blobs } from './blobs.ts'
import { bytesOf, gather, openSegments, put, stage } from './testing/blob-stores.ts'
import { postgres } from './testing/engines.ts'
import { newFolder } from './testing/places.ts'
import { openPostgresBlobs } from './testing/postgres-blobs.ts'

const blobStores = [
  { name: 'segments', skip: false, open: async (folder: string) => openSegments(folder) },
  { name: 'PostgreSQL', skip: postgres.skip, open: openPostgresBlobs },
]

const small = 256 * 1024
const sizes = [0, 1, 7, 8, 4095, 4096, 4097, small - 1, small, small + 1, 5_000_000]

for (const kind of blobStores) {
  const { skip } = kind
  const opened = async (t: TestContext): Promise<Blobs> => {
    const blobs = await kind.open(newFolder(t))
    t.after(() => blobs.close())
    return blobs
  }

  test(`${kind.name}: every size comes back whole, read and streamed`, { skip }, async (t) => {
    const blobs = await opened(t)
    for (const size of sizes) {
      const content = bytesOf(size)
      const ref = await put(blobs, content)
      assert.equal(ref.size, size)
      assert.ok(content.equals(await blobs.read(ref)), `read ${size}`)
      assert.ok(content.equals(await gather(blobs.stream(ref))), `stream ${size}`)
    }
  })

  test(`${kind.name}: a write of nothing changes nothing, wherever it comes`, {
    skip,
  }, async (t) => {
    const blobs = await opened(t)
    for (const size of [0, 1, small + 1, 5_000_000]) {
      const content = bytesOf(size)
      const writer = blobs.create()
      for (const part of [content.subarray(0, 0), content, content.subarray(size), Buffer.of()]) {
        await writer.write(part)
        // The next one meets an idle disk.
        await new Promise(setImmediate)
      }
      const { ref, synced } = await writer.finish()
      await synced
      assert.ok(content.equals(await gather(blobs.stream(ref))), `${size}`)
    }
  })

  test(`${kind.name}: many are read together, but not one that is not there`, {
    skip,
  }, async (t) => {
    const blobs = await opened(t)
    const contents = [10, 0, 5_000, 100_000, 250_000, 4_096].map((size) => bytesOf(size))
    const refs = []
    for (const content of contents) refs.push(await put(blobs, content))
    const wrong = { ...refs[2]!, offset: refs[2]!.offset + 8 }
    const read = await blobs.readMany([refs[5]!, ...refs.slice(0, 5), wrong])
    const wanted = [contents[5]!, ...contents.slice(0, 5)]
    for (const [at, content] of wanted.entries()) assert.ok(read[at]?.equals(content), `${at}`)
    assert.equal(read[6], undefined)
    assert.deepEqual(await blobs.readMany([]), [])
  })

  test(`${kind.name}: what is not synced yet can already be read`, { skip }, async (t) => {
    const blobs = await opened(t)
    for (const size of [10, 100_000, 700_000]) {
      const content = bytesOf(size)
      const { ref, synced } = await stage(blobs, content)
      assert.ok(content.equals(await blobs.read(ref)))
      assert.ok(content.equals(await gather(blobs.stream(ref))))
      await synced
    }
  })

  test(`${kind.name}: 200 at once keep their bytes apart`, { skip }, async (t) => {
    const blobs = await opened(t)
    const contents = Array.from({ length: 200 }, (_, n) => bytesOf(1 + n * 97, n))
    const refs = await Promise.all(contents.map((content) => put(blobs, content)))
    const places = new Set(refs.map(({ segment, offset }) => `${segment}:${offset}`))
    assert.equal(places.size, 200)
    const read = await Promise.all(refs.map((ref) => blobs.read(ref)))
    for (const [n, content] of read.entries()) assert.ok(content.equals(contents[n]!), `blob ${n}`)
  })

  test(`${kind.name}: large ones at once, between small ones`, { skip }, async (t) => {
    const blobs = await opened(t)
    const contents = Array.from({ length: 16 }, (_, n) => bytesOf(n % 2 ? 3_000 : 1_500_000, n))
    const refs = await Promise.all(contents.map((content) => put(blobs, content)))
    for (const [n, ref] of refs.entries())
      assert.ok(contents[n]!.equals(await blobs.read(ref)), `blob ${n}`)
  })

  test(`${kind.name}: ranges, in chunks of at most 64 KiB`, { skip }, async (t) => {
    const blobs = await opened(t)
    for (const size of [1_000, 200_000, 900_000]) {
      const content = bytesOf(size)
      const ref = await put(blobs, content)
      const ranges = [
        [0, 0],
        [0, 1],
        [size - 1, size],
        [size, size],
        [1, size],
        [size >> 1, (size >> 1) + 100_000],
        [-5, 3],
        [size + 3, size + 9],
      ] as const
      for (const [start, end] of ranges) {
        const expected = content.subarray(Math.max(0, start), end)
        const actual = await gather(blobs.stream(ref, start, end))
        assert.ok(expected.equals(actual), `${start} to ${end} of ${size}`)
      }
      for await (const chunk of blobs.stream(ref)) assert.ok(chunk.length <= 65_536)
    }
  })

  test(`${kind.name}: leaving a stream early, and an abort, harm no other`, { skip }, async (t) => {
    const blobs = await opened(t)
    const large = bytesOf(900_000)
    const ref = await put(blobs, large)
    for await (const _ of blobs.stream(ref)) break
    for (const size of [100, 600_000]) {
      const given = blobs.create()
      await given.write(bytesOf(size))
      given.abort()
    }
    const next = await put(blobs, bytesOf(50))
    assert.ok(bytesOf(50).equals(await blobs.read(next)))
    assert.ok(large.equals(await blobs.read(ref)))
  })

  test(`${kind.name}: the size counts while it is written`, { skip }, async (t) => {
    const writer = (await opened(t)).create()
    assert.equal(writer.size, 0)
    await writer.write(bytesOf(300_000))
    await writer.write(bytesOf(5))
    assert.equal(writer.size, 300_005)
    const { ref, synced } = await writer.finish()
    assert.equal(ref.size, 300_005)
    await synced
  })
}
