// Blobs in PostgreSQL, with an engine of their own, for the suite of every blob store.
import type { Blobs } from '../blobs.ts'
import { claimSegment } from '../postgres-blob-rows.ts'
import { PostgresBlobs } from '../postgres-blobs.ts'
import { postgres } from './engines.ts'

export async function openPostgresBlobs(folder: string): Promise<Blobs> {
  const engine = await postgres.open(folder)
  const segment = await engine.run(claimSegment, undefined)
  const blobs = new PostgresBlobs({ run: (job, args) => engine.run(job, args), segment })
  return {
    create: () => blobs.create(),
    readMany: (refs) => blobs.readMany(refs),
    read: (ref) => blobs.read(ref),
    stream: (ref, start, end) => blobs.stream(ref, start, end),
    close: async () => {
      await blobs.close()
      await engine.close()
    },
  }
}
