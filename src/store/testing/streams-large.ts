// A process that streams one large blob in and out, and says by how much its memory grew at most.
import type { Store } from '../store.ts'
import { keepingLog, openTestStore } from './places.ts'

async function* looked(store: Store, chunks: number): AsyncGenerator<number> {
  const writer = store.blobs.create()
  for (let n = 0; n < chunks; n++) {
    // As sockets give it: a new buffer each time.
    await writer.write(Buffer.allocUnsafeSlow(65_536).fill(n))
    if (n % 16 === 0) await new Promise(setImmediate)
    yield process.memoryUsage.rss()
  }
  const { ref, synced } = await writer.finish()
  await synced
  for await (const _ of store.blobs.stream(ref)) yield process.memoryUsage.rss()
}

async function most(numbers: AsyncIterable<number>): Promise<number> {
  let found = 0
  for await (const number of numbers) found = Math.max(found, number)
  return found
}

const [folder = '', mebibytes = '0', url = ''] = process.argv.slice(2)
const store = await openTestStore(folder, keepingLog([]), { url })
const before = process.memoryUsage.rss()
const grown = (await most(looked(store, Number(mebibytes) * 16))) - before
await store.close()
process.stdout.write(`${Math.round(Math.max(0, grown) / 2 ** 20)}\n`)
