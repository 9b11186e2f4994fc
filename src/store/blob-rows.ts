// The database's side of blobs: how many owners each has, and how much of each segment is synced.
import { Refused } from '../base/refused.ts'
import type { BlobRef } from './blobs.ts'
import type { Migration } from './engine.ts'
import { all, checked, one, reading, run, sql, type Work, writing } from './sql.ts'

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
  {
    name: '0002-store',
    statements: [
      // A retired segment takes no new owners: its file goes. `garbage` is bytes of its records.
      'alter table segments add column retired {int} not null default 0',
      'alter table segments add column garbage {int} not null default 0',
      'create index blobs_free on blobs (segment, start) where refs <= 0',
      // Records that the sweep wrote, by their place; each content has one.
      `create table packed (
        segment {int} not null, start {int} not null, bytes {int} not null, hash {bytes} not null,
        primary key (segment, start)) {clustered}`,
      'create unique index packed_hash on packed (hash)',
      // Where the bytes of a blob lie since they left the place that it is named by.
      `create table moved (
        segment {int} not null, start {int} not null,
        to_segment {int} not null, to_start {int} not null,
        primary key (segment, start)) {clustered}`,
      'create index moved_to on moved (to_segment, to_start)',
    ],
  },
]

/**
 * One more owner, or `times` more. To be part of the job that writes the owners' rows.
 * @throws Refused 'storage-failed' when the sweep has given the bytes away: nobody owned them
 */
export function* retain(ref: BlobRef, times = 1): Work<void> {
  const { segment, offset, size } = ref
  const statement = sql`
    insert into blobs (segment, start, size, refs)
    values (${segment}, ${offset}, ${size}, ${times})
    on conflict (segment, start) do update set refs = blobs.refs + excluded.refs
    returning refs, (select retired from segments where segments.segment = ${segment}) as retired,
      (select to_segment from moved where segment = ${segment} and start = ${offset}) as moved`
  yield* checked(statement, ([row]) => {
    if (row?.retired !== 1 || Number(row.refs) > times || row.moved !== null) return
    throw new Refused('storage-failed', `segment ${segment} has been swept`)
  })
}

/** So many at a time: few different statements are prepared. */
const retainedAtOnce = [50, 10, 1]

/** One more owner for each. @throws Refused as `retain` */
export function* retainAll(refs: readonly BlobRef[]): Work<void> {
  for (let from = 0; from < refs.length; ) {
    const width = retainedAtOnce.find((each) => each <= refs.length - from) ?? 1
    const part = refs.slice(from, from + width)
    from += width
    const text = `
      insert into blobs (segment, start, size, refs)
      values ${part.map(() => '(?, ?, ?, 1)').join(', ')}
      on conflict (segment, start) do update set refs = blobs.refs + excluded.refs
      returning refs, segment,
        (select retired from segments where segments.segment = blobs.segment) as retired,
        (select to_segment from moved
          where moved.segment = blobs.segment and moved.start = blobs.start) as moved`
    const values = part.flatMap(({ segment, offset, size }) => [segment, offset, size])
    yield* checked({ text, values }, (rows) => {
      for (const row of rows)
        if (row.retired === 1 && Number(row.refs) <= 1 && row.moved === null)
          throw new Refused('storage-failed', `segment ${row.segment} has been swept`)
    })
  }
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

export interface SegmentRow extends Watermark {
  /** 1 when its file goes: nothing in it is owned. */
  readonly retired: number
  /** Bytes of its records that nobody owns any more. */
  readonly garbage: number
}

export const segmentRow = reading('store.segment-row', function* (segment: number) {
  const row = yield* one<SegmentRow>(sql`
    select segment, synced, retired, garbage from segments where segment = ${segment}`)
  return row ?? { segment, synced: 0, retired: 0, garbage: 0 }
})

/** The first segment above `after` that is named by blobs, or has packed ones. */
export const nextSegment = reading('store.next-segment', function* (after: number) {
  const row = yield* one<{ next: number | null }>(sql`
    select min(next) as next from (
      select min(segment) as next from blobs where segment > ${after}
      union all select min(segment) from packed where segment > ${after}) as found`)
  return typeof row?.next === 'number' ? yield* segmentRow.work(row.next) : undefined
})

/** At most `limit` owned blobs whose bytes are in a segment, from byte `synced` of it on. */
export const blobsFrom = reading(
  'store.blobs-from',
  function* ({ segment, synced, limit }: Watermark & { limit: number }): Work<readonly BlobRef[]> {
    return yield* all<BlobRef>(sql`
      select segment, start as "offset", size from blobs
      where segment = ${segment} and start >= ${synced} and refs > 0
        and not exists (
          select 1 from moved where moved.segment = blobs.segment and moved.start = blobs.start)
      order by start limit ${limit}`)
  },
)

export const lastSegment = reading('store.last-segment', function* (): Work<number> {
  const row = yield* one<{ last: number }>(sql`
    select coalesce(max(last), 0) as last from (
      select max(segment) as last from blobs union all select max(segment) from segments
      union all select max(segment) from packed) as found`)
  return row?.last ?? 0
})
