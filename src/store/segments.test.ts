import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { BlobRef } from './blobs.ts'
import { refusedByDisk } from './disk.ts'
import { segmentPath, segmentsIn } from './segment-files.ts'
import { bytesOf, gather, openSegments, put, stage } from './testing/blob-stores.ts'
import { newFolder } from './testing/places.ts'

const onLinux = { skip: process.platform === 'linux' ? false : 'needs /proc and /dev/full' }

/** Makes this process's descriptor of a file lead to a device, as if the disk had failed. */
function replaceDescriptor(path: string, device: string): void {
  const fd = fs
    .readdirSync('/proc/self/fd')
    .map(Number)
    .find((each) => linkOf(each) === fs.realpathSync(path))
  assert.ok(fd !== undefined, `${path} is open`)
  fs.closeSync(fd)
  assert.equal(fs.openSync(device, 'r+'), fd)
}

function linkOf(fd: number): string {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

for (const [place, at, what] of [
  ['content', 24 + 50, 'the content checksum is wrong'],
  ['header checksum', 20, 'the header checksum is wrong'],
  ['magic', 0, 'there is no record'],
  ['size', 8, 'the header checksum is wrong'],
] as const)
  test(`a flipped byte in the ${place} is found, and named with its place`, async (t) => {
    const folder = newFolder(t)
    const blobs = openSegments(folder)
    t.after(() => blobs.close())
    const first = await put(blobs, bytesOf(100, 1))
    const second = await put(blobs, bytesOf(100, 2))
    const path = segmentPath(join(folder, 'blobs'), second.segment)
    const bytes = fs.readFileSync(path)
    bytes[second.offset + at]! ^= 1
    fs.writeFileSync(path, bytes)
    const message = `storage-failed: blob at segment 1, offset ${second.offset}, size 100: ${what}`
    await assert.rejects(blobs.read(second), { code: 'storage-failed', message })
    await assert.rejects(gather(blobs.stream(second, 3, 9)), { message })
    assert.ok(bytesOf(100, 1).equals(await blobs.read(first)))
  })

test('a flipped byte in a large blob ends its stream with an error', async (t) => {
  const folder = newFolder(t)
  const blobs = openSegments(folder)
  t.after(() => blobs.close())
  const ref = await put(blobs, bytesOf(1_000_000))
  const fd = fs.openSync(segmentPath(join(folder, 'blobs'), ref.segment), 'r+')
  fs.writeSync(fd, Buffer.of((bytesOf(1_000_000)[7]! ^ 1) & 255), 0, 1, 24 + 7)
  fs.closeSync(fd)
  await assert.rejects(gather(blobs.stream(ref)), /segment 1, offset 0.*content checksum/)
  await assert.rejects(blobs.read(ref), /segment 1, offset 0.*content checksum/)
})

test('a truncated or missing segment is named, the blobs before the cut are served', async (t) => {
  const folder = newFolder(t)
  const blobs = openSegments(folder)
  t.after(() => blobs.close())
  const refs = [await put(blobs, bytesOf(5_000)), await put(blobs, bytesOf(5_000))] as const
  const path = segmentPath(join(folder, 'blobs'), 1)
  fs.truncateSync(path, 9_000)
  await assert.rejects(blobs.read(refs[1]), /offset 5024.*the segment ends within it/)
  assert.ok(bytesOf(5_000).equals(await blobs.read(refs[0])))
  fs.truncateSync(path, 5_030)
  await assert.rejects(blobs.read(refs[1]), /offset 5024.*the segment ends before it/)
  const elsewhere = { segment: 77, offset: 0, size: 1 }
  await assert.rejects(blobs.read(elsewhere), /segment 77.*the segment is missing/)
})

test('a record is not taken for one at another place', async (t) => {
  const folder = newFolder(t)
  const blobs = openSegments(folder)
  t.after(() => blobs.close())
  const ref = await put(blobs, bytesOf(40))
  const path = (segment: number) => segmentPath(join(folder, 'blobs'), segment)
  fs.copyFileSync(path(1), path(9))
  await assert.rejects(blobs.read({ ...ref, segment: 9 }), /header checksum is wrong/)
})

test('segments end at their limit, and large blobs have their own', async (t) => {
  const folder = newFolder(t)
  const blobs = openSegments(folder, { segmentMaxBytes: 100_000 })
  t.after(() => blobs.close())
  const contents = Array.from({ length: 30 }, (_, n) => bytesOf(n === 10 ? 400_000 : 20_000, n))
  const refs = await Promise.all(contents.map((content) => put(blobs, content)))
  for (const segment of await segmentsIn(join(folder, 'blobs'))) {
    const here = refs.filter((ref) => ref.segment === segment)
    const { size } = fs.statSync(segmentPath(join(folder, 'blobs'), segment))
    assert.ok(here.length === 1 || size <= 100_000, `segment ${segment}: ${size}`)
  }
  for (const [n, ref] of refs.entries()) assert.ok(contents[n]!.equals(await blobs.read(ref)))
})

for (const [fault, device, code] of [
  ['write fails for lack of space', '/dev/full', 'no-space'],
  ['sync fails', '/dev/null', 'storage-failed'],
] as const) {
  test(`a ${fault}: all un-synced is rejected, a new segment begins`, onLinux, async (t) => {
    const folder = newFolder(t)
    const blobs = openSegments(folder)
    t.after(() => blobs.close())
    const kept = await put(blobs, bytesOf(1_000, 1))
    const path = segmentPath(join(folder, 'blobs'), 1)
    replaceDescriptor(path, device)
    const staged = await Promise.all([stage(blobs, bytesOf(10)), stage(blobs, bytesOf(9))])
    for (const { synced } of staged) await assert.rejects(synced, { code })
    const after = await put(blobs, bytesOf(1_000, 2))
    assert.equal(after.segment, 2)
    assert.equal(fs.statSync(path).size, 1_024)
    assert.ok(bytesOf(1_000, 1).equals(await blobs.read(kept)))
    assert.ok(bytesOf(1_000, 2).equals(await blobs.read(after)))
    await assert.rejects(blobs.read(staged[0].ref), { code: 'storage-failed' })
  })

  test(`a ${fault} in a large blob: its file goes, the next succeeds`, onLinux, async (t) => {
    const folder = newFolder(t)
    const blobs = openSegments(folder)
    t.after(() => blobs.close())
    const writer = blobs.create()
    await writer.write(bytesOf(2_000_000))
    replaceDescriptor(segmentPath(join(folder, 'blobs'), 1), device)
    const finished = async () => {
      await writer.write(bytesOf(2_000_000))
      await (await writer.finish()).synced
    }
    await assert.rejects(finished(), { code })
    assert.deepEqual(await segmentsIn(join(folder, 'blobs')), [])
    const ref = await put(blobs, bytesOf(300_000))
    assert.ok(bytesOf(300_000).equals(await blobs.read(ref)))
  })
}

test('a segment that cannot be made rejects its blobs, the next is tried', async (t) => {
  const folder = newFolder(t)
  const blobs = openSegments(folder)
  t.after(() => blobs.close())
  fs.mkdirSync(segmentPath(join(folder, 'blobs'), 1))
  await assert.rejects(put(blobs, bytesOf(10)), { code: 'storage-failed' })
  assert.equal((await put(blobs, bytesOf(10))).segment, 2)
})

test('unfinished blobs above the memory bound stream to disk', async (t) => {
  const folder = newFolder(t)
  const blobs = openSegments(folder, { bufferedMaxBytes: 50_000 })
  t.after(() => blobs.close())
  const writers = Array.from({ length: 5 }, () => blobs.create())
  for (const [n, writer] of writers.entries()) await writer.write(bytesOf(20_000, n))
  assert.equal((await segmentsIn(join(folder, 'blobs'))).length, 3)
  for (const [n, writer] of writers.entries()) {
    const { ref, synced } = await writer.finish()
    await synced
    assert.ok(bytesOf(20_000, n).equals(await blobs.read(ref)))
  }
})

test('writers wait while too many bytes wait for the disk', async (t) => {
  const blobs = openSegments(newFolder(t), { waitingMaxBytes: 10_000 })
  t.after(() => blobs.close())
  const { synced } = await stage(blobs, bytesOf(20_000))
  const waits = blobs.create().write(bytesOf(10))
  assert.ok(waits instanceof Promise)
  await Promise.all([waits, synced])
  assert.equal(blobs.create().write(bytesOf(10)), undefined)
})

test('watermarks move with what is synced, and are told in portions of megabytes', async (t) => {
  const blobs = openSegments(newFolder(t))
  t.after(() => blobs.close())
  await put(blobs, bytesOf(1_000))
  assert.deepEqual(blobs.marks(), [])
  assert.deepEqual(blobs.marks(true), [{ segment: 1, synced: 1_024 }])
  await put(blobs, bytesOf(5_000_001))
  assert.deepEqual(blobs.marks(), [{ segment: 2, synced: 5_000_032 }])
  assert.deepEqual(blobs.marks(true), [])
})

test('a full disk or quota is no-space, any other failure of the disk storage-failed', () => {
  const error = (code: string) => Object.assign(new Error(code), { code })
  assert.equal(refusedByDisk(error('ENOSPC'), 'x').code, 'no-space')
  assert.equal(refusedByDisk(error('EDQUOT'), 'x').code, 'no-space')
  assert.equal(refusedByDisk(error('EIO'), 'x').code, 'storage-failed')
  assert.equal(refusedByDisk(error('EMFILE'), 'x').code, 'storage-failed')
})

test('a segment that is full while another group waits for it loses nothing', async (t) => {
  const folder = newFolder(t)
  const blobs = openSegments(folder, { segmentMaxBytes: 20_000 })
  t.after(() => blobs.close())
  const puts: Promise<[number, BlobRef]>[] = []
  for (let n = 0; n < 300; n++) {
    puts.push(put(blobs, bytesOf(500 + (n % 9) * 100, n)).then((ref) => [n, ref]))
    if (n % 3 === 0) await new Promise(setImmediate)
    if (n % 100 === 99) blobs.rotate(0)
  }
  for (const [n, ref] of await Promise.all(puts))
    assert.ok(bytesOf(500 + (n % 9) * 100, n).equals(await blobs.read(ref)), `blob ${n}`)
})
