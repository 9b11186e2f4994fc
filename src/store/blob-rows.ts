// The database's side of blobs: how many owners each has, and how much of each segment is synced.
import type { BlobRef } from './blobs.ts'
import type { Migration } from './engine.ts'
import { all, one, reading, run, sql, type Work, writing } from './sql.ts'

export const blobSteps: readonly Migration[] = [
  {
    name: '0000-store',
    statements: [
      `create table blobs (
        segment {int} not null, start {int} not null, size {int} not null, refs {int} not null,
        primary key (segment, start)) {clustered}`,
      'create table segments (segment {int} primary key, synced {int} not null)',
    ],
  },
]

/** One more owner, or `times` more. To be part of the job that writes the owners' rows. */
export function* retain(ref: BlobRef, times = 1): Work<void> {
  yield* run(sql`
    insert into blobs (segment, start, size, refs)
    values (${ref.segment}, ${ref.offset}, ${ref.size}, ${times})
    on conflict (segment, start) do update set refs = blobs.refs + excluded.refs`)
}

/** One owner less, or `times` less. A blob without owners is swept later. */
export function* release(ref: BlobRef, times = 1): Work<void> {
  yield* run(sql`
    update blobs set refs = refs - ${times}
    where segment = ${ref.segment} and start = ${ref.offset}`)
}

/** How far a segment is on disk, in bytes from its beginning. */
export interface Watermark {
  readonly segment: number
  readonly synced: number
}

export const noteSynced = writing(
  'store.note-synced',
  function* (marks: readonly Watermark[]): Work<void> {
    for (const { segment, synced } of marks)
      yield* run(sql`
        insert into segments (segment, synced) values (${segment}, ${synced})
        on conflict (segment) do update set synced = excluded.synced`)
  },
)

export const forgetBlobs = writing(
  'store.forget-blobs',
  function* (refs: readonly BlobRef[]): Work<void> {
    for (const { segment, offset } of refs)
      yield* run(sql`delete from blobs where segment = ${segment} and start = ${offset}`)
  },
)

/** The first segment above `after` that has rows, with its watermark. */
export const nextSegment = reading('store.next-segment', function* (after: number): Work<
  Watermark | undefined
> {
  return yield* one<Watermark>(sql`
      select b.segment as segment, coalesce(s.synced, 0) as synced
      from blobs b left join segments s on s.segment = b.segment
      where b.segment > ${after} order by b.segment limit 1`)
})

/** At most 1,000 owned blobs of a segment, from byte `synced` of it on. */
export const blobsFrom = reading(
  'store.blobs-from',
  function* ({ segment, synced }: Watermark): Work<readonly BlobRef[]> {
    return yield* all<BlobRef>(sql`
      select segment, start as "offset", size from blobs
      where segment = ${segment} and start >= ${synced} and refs > 0
      order by start limit 1000`)
  },
)

export const lastSegment = reading('store.last-segment', function* (): Work<number> {
  const row = yield* one<{ last: number }>(sql`
    select coalesce(max(last), 0) as last from (
      select max(segment) as last from blobs union all select max(segment) from segments) as found`)
  return row?.last ?? 0
})

/** What the writer thread must know of the store's own. */
export const storeJobs = [noteSynced, forgetBlobs] as const
