// Reads everything a data folder holds and says what is wrong with it: the database, every blob
// against its checksum, the rows against each other. Changes nothing; a server may run meanwhile.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { BlobRef } from './blobs.ts'
import { drive } from './drive.ts'
import { placeOf } from './packed-rows.ts'
import { holdSegments } from './segment-hold.ts'
import { SegmentReader } from './segment-reader.ts'
import { all, type Job, one, reading, sql } from './sql.ts'
import { SqliteConnection } from './sqlite-connection.ts'

export interface VerifyOptions extends Audits {
  /** The data folder. */
  readonly folder: string
}

export interface Audits {
  /** Of the rooms: each says what is wrong with its rows, one line each. */
  readonly audits: readonly Job<void, readonly string[]>[]
  /** Who owns a blob, in words. */
  readonly ownersOf: Job<BlobRef, readonly string[]>
}

export interface DamagedEntry {
  readonly ref: BlobRef
  readonly what: string
  readonly owners: readonly string[]
}

export interface Verified {
  readonly ok: boolean
  readonly blobs: number
  readonly bytes: number
  readonly damaged: readonly DamagedEntry[]
  /** Of the database and its rows. */
  readonly problems: readonly string[]
}

/** @throws Error in a person's words when the folder has no database, or it cannot be opened */
export async function verify({ folder, audits, ownersOf }: VerifyOptions): Promise<Verified> {
  const file = join(folder, 'amplop.db')
  if (!existsSync(file))
    throw new Error(
      `${folder} is no data folder: it has no amplop.db (mail in PostgreSQL: say -c FILE)`,
    )
  const hold = await holdSegments(folder)
  const connection = SqliteConnection.reader(file)
  const database: Ask = (job, args) => read(connection, job, args)
  const reader = new SegmentReader(join(folder, 'blobs'), async (ref) => database(placeOf, ref))
  try {
    const problems = databaseProblems(connection)
    const blobs = await blobProblems(reader, database)
    const damaged = blobs.damaged.map((each) => ({ ...each, owners: database(ownersOf, each.ref) }))
    for (const audit of [blobRows, ...audits]) problems.push(...database(audit, undefined))
    return { ok: problems.length === 0 && damaged.length === 0, ...blobs, damaged, problems }
  } finally {
    await reader.close()
    connection.close()
    hold.close()
  }
}

type Ask = <A, R>(job: Job<A, R>, args: A) => R

/** One snapshot for all statements of the job. */
function read<A, R>(connection: SqliteConnection, job: Job<A, R>, args: A): R {
  connection.database.exec('begin')
  try {
    return drive(job.work(args), (statement) => connection.ask(statement))
  } finally {
    if (connection.database.isTransaction) connection.database.exec('commit')
  }
}

function databaseProblems({ database }: SqliteConnection): string[] {
  const rows = [
    ...database
      .prepare('pragma integrity_check(20)')
      .all()
      .map((row) => row.integrity_check),
    ...database
      .prepare('pragma foreign_key_check')
      .all()
      .map((row) => `${row.table} lacks a row`),
  ]
  return rows.filter((text) => text !== 'ok').map((text) => `database: ${text}`)
}

interface Unowned {
  readonly ref: BlobRef
  readonly what: string
}

const pageRows = 1_000

/** The next blobs that somebody owns, in order of their place. */
export const page = reading('store.verify-page', function* (after: BlobRef) {
  return yield* all<BlobRef>(sql`
    select segment, start as "offset", size from blobs
    where (segment > ${after.segment} or (segment = ${after.segment} and start > ${after.offset}))
      and refs > 0 order by segment, start limit ${pageRows}`)
})

async function blobProblems(reader: SegmentReader, database: Ask) {
  const damaged: Unowned[] = []
  let [blobs, bytes] = [0, 0]
  let after: BlobRef | undefined = { segment: -1, offset: 0, size: 0 }
  while (after) {
    const refs: readonly BlobRef[] = database(page, after)
    for (const ref of refs) {
      blobs++
      bytes += ref.size
      const what = await problemOf(reader, database, ref)
      if (what !== undefined) damaged.push({ ref: { ...ref }, what })
    }
    after = refs.at(-1)
  }
  return { blobs, bytes, damaged }
}

const stillOwned = reading('store.still-owned', function* (ref: BlobRef) {
  return yield* one(sql`
    select refs from blobs
    where segment = ${ref.segment} and start = ${ref.offset} and refs > 0`)
})

const triesMax = 5

/** Bytes may come a moment after their row, while a server runs. */
async function problemOf(reader: SegmentReader, database: Ask, ref: BlobRef) {
  let what: string | undefined
  for (let tries = 0; tries < triesMax; tries++) {
    try {
      for await (const _ of reader.stream(ref, 0, ref.size));
      return undefined
    } catch (error) {
      what = (error as Error).message.replace(/^storage-failed: /, '')
    }
    if (!database(stillOwned, ref)) return undefined
    await pause(100)
  }
  return what
}

/** The store's own rows against each other. */
export const blobRows = reading('store.blob-rows', function* () {
  const [astray, unnamed, negative] = [
    yield* all<{ segment: number; start: number }>(sql`
      select m.segment as segment, m.start as start from moved m
      left join packed p on p.segment = m.to_segment and p.start = m.to_start
      left join blobs b on b.segment = m.segment and b.start = m.start
      where p.bytes is null or b.size is null limit 20`),
    yield* all<{ segment: number; start: number }>(sql`
      select p.segment as segment, p.start as start from packed p where not exists (
        select 1 from moved m where m.to_segment = p.segment and m.to_start = p.start) limit 20`),
    yield* all<{ segment: number; start: number }>(sql`
      select segment, start from blobs where refs < 0 limit 20`),
  ]
  const named = (what: string) => (row: { segment: number; start: number }) =>
    `blob at segment ${row.segment}, offset ${row.start}: ${what}`
  return [
    ...astray.map(named('it was moved, and is not there')),
    ...unnamed.map(named('a packed record that no blob has')),
    ...negative.map(named('fewer owners than none')),
  ]
})
