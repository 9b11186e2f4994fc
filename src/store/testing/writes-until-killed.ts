// A process that stores notes with blobs and says each id once it is on disk, until it is killed.

import fs from 'node:fs'
import { bytesOf, stage } from './blob-stores.ts'
import { addNote } from './jobs.ts'
import { openTestStore } from './places.ts'

const [folder = '', cycle = ''] = process.argv.slice(2)
const store = await openTestStore(folder)

async function writeForever(lane: number): Promise<never> {
  for (let n = 0; ; n++) {
    const size = n % 20 === 19 ? 400_000 : 100 + ((n * 7_919 + lane * 101) % 9_000)
    const { ref, synced } = await stage(store.blobs, bytesOf(size, size))
    const id = `${cycle}-${lane}-${n}`
    await Promise.all([store.engine.run(addNote, { id, blob: ref, number: size }), synced])
    fs.writeSync(1, `${id}\n`)
  }
}

await Promise.all(Array.from({ length: 8 }, (_, lane) => writeForever(lane)))
