// Reads everything a PostgreSQL store holds, in one snapshot, and says what is wrong with it: every
// blob against its checksums, the rows against each other. Changes nothing; servers may run.
import type { BlobRef } from './blobs.ts'
import { PostgresBlobs } from './postgres-blobs.ts'
import { PostgresSnapshot } from './postgres-snapshot.ts'
import { type Audits, blobRows, type DamagedEntry, page, type Verified } from './verify.ts'

/** @throws Error in a person's words when the database holds no store, or cannot be reached */
export async function verifyPostgres(url: string, audits: Audits): Promise<Verified> {
  const snapshot = await PostgresSnapshot.open(url, 'amplop verify')
  try {
    const blobs = await readBlobs(snapshot, audits)
    const problems: string[] = []
    for (const audit of [blobRows, ...audits.audits])
      problems.push(...(await snapshot.run(audit, undefined)))
    return { ok: problems.length === 0 && blobs.damaged.length === 0, ...blobs, problems }
  } finally {
    await snapshot.close()
  }
}

async function readBlobs(snapshot: PostgresSnapshot, { ownersOf }: Audits) {
  const reader = new PostgresBlobs({ run: (job, args) => snapshot.run(job, args), segment: 0 })
  const damaged: DamagedEntry[] = []
  let [blobs, bytes] = [0, 0]
  let after: BlobRef | undefined = { segment: -1, offset: 0, size: 0 }
  while (after) {
    const refs: readonly BlobRef[] = await snapshot.run(page, after)
    for (const ref of refs) {
      blobs++
      bytes += ref.size
      const what = await problemOf(reader, ref)
      if (what === undefined) continue
      damaged.push({ ref, what, owners: await snapshot.run(ownersOf, ref) })
    }
    after = refs.at(-1)
  }
  return { blobs, bytes, damaged }
}

async function problemOf(reader: PostgresBlobs, ref: BlobRef): Promise<string | undefined> {
  try {
    for await (const _ of reader.stream(ref));
    return undefined
  } catch (error) {
    return (error as Error).message.replace(/^storage-failed: /, '')
  }
}
