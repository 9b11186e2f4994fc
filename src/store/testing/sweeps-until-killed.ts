// A process that stores notes with blobs, drops some, and sweeps without rest, until it is killed.
// It says "+id" when a note is on disk, "~id" before it drops one and "-id" after.
import fs from 'node:fs'
import type { BlobRef } from '../blobs.ts'
import { bytesOf, stage } from './blob-stores.ts'
import { addNote, dropNotes } from './jobs.ts'
import { keepingLog, openTestStore } from './places.ts'

const [folder = '', cycle = ''] = process.argv.slice(2)
const sweep = { coldAfterMs: 0, bytesPerSecond: 2 ** 40, segmentMaxBytes: 300_000 }
const store = await openTestStore(folder, keepingLog([]), { sweep })
// At once: what waited in this process would be lost with it, and others heard too little.
const say = (line: string) => fs.writeSync(1, `${line}\n`)

async function writeForever(lane: number): Promise<never> {
  let last: [string, BlobRef] | undefined
  for (let n = 0; ; n++) {
    const size = n % 10 === 9 ? 400_000 : 100 + ((n * 7_919) % 9_000)
    const { ref, synced } = await stage(store.blobs, bytesOf(size, n % 11))
    const id = `${cycle}-${lane}-${n}`
    await Promise.all([store.engine.run(addNote, { id, blob: ref }), synced])
    say(`+${id}`)
    if (last && n % 3 === 0) {
      say(`~${last[0]}`)
      await store.engine.run(dropNotes, [last[1]])
      say(`-${last[0]}`)
    }
    last = [id, ref]
  }
}

async function sweepForever(): Promise<never> {
  for (;;) {
    await store.sweep()
    await new Promise(setImmediate)
  }
}

await Promise.all([sweepForever(), ...Array.from({ length: 4 }, (_, lane) => writeForever(lane))])
