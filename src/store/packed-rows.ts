// The database's side of sweeping: which blobs left the place they are named by, what is garbage,
// which segments go. docs/store.md tells in which order, and what a crash leaves.
import { forgetBlobs, noteSynced, type Watermark } from './blob-rows.ts'
import type { BlobRef } from './blobs.ts'
import { recordBytes } from './record.ts'
import { all, one, reading, run, sql, type Work, writing } from './sql.ts'

/** Where a packed record lies. */
export interface PackedPlace {
  readonly segment: number
  readonly start: number
  /** Bytes of the whole record. */
  readonly bytes: number
}

/** Where the bytes of a blob lie; undefined while they are where its name says. */
export const placeOf = reading('store.place-of', function* (ref: BlobRef) {
  return yield* one<PackedPlace>(sql`
    select p.segment as segment, p.start as start, p.bytes as bytes
    from moved m join packed p on p.segment = m.to_segment and p.start = m.to_start
    where m.segment = ${ref.segment} and m.start = ${ref.offset}`)
})

/** The packed record with this SHA-256. */
export const placeOfContent = reading('store.place-of-content', function* (hash: Uint8Array) {
  return yield* one<PackedPlace>(sql`select segment, start, bytes from packed where hash = ${hash}`)
})

/** A record whose bytes are on disk in a second place. */
export interface Move {
  readonly ref: BlobRef
  readonly to: PackedPlace
  readonly hash: Uint8Array
  /** Written just now; false where the content was packed before. */
  readonly fresh: boolean
}

/**
 * From now on these blobs are read from their new places. What lost its last owner meanwhile, or
 * whose new place did, stays as it is. `mark` is the segment written to, as far as it is on disk.
 */
export const move = writing(
  'store.move',
  function* (args: { moves: readonly Move[]; mark: Watermark | undefined }): Work<void> {
    const { moves, mark } = args
    if (mark) yield* noteSynced.work([mark])
    for (const { ref, to, hash, fresh } of moves) {
      const owned = yield* one(sql`
        select refs from blobs where segment = ${ref.segment} and start = ${ref.offset} and refs > 0`)
      const there =
        fresh ||
        (yield* one(sql`
        select bytes from packed where segment = ${to.segment} and start = ${to.start}`))
      if (!owned || !there) {
        if (fresh) yield* addGarbage(to.segment, to.bytes)
        continue
      }
      if (fresh)
        yield* run(sql`insert into packed (segment, start, bytes, hash)
          values (${to.segment}, ${to.start}, ${to.bytes}, ${hash})`)
      yield* run(sql`insert into moved (segment, start, to_segment, to_start)
        values (${ref.segment}, ${ref.offset}, ${to.segment}, ${to.start})`)
    }
  },
)

/** A packed record that was written again, unchanged, in another segment. */
export interface Transfer {
  readonly from: PackedPlace
  readonly to: PackedPlace
}

export const transfer = writing(
  'store.transfer',
  function* (args: { transfers: readonly Transfer[]; mark: Watermark | undefined }): Work<void> {
    const { transfers, mark } = args
    if (mark) yield* noteSynced.work([mark])
    for (const { from, to } of transfers) {
      const row = yield* one(sql`
        update packed set segment = ${to.segment}, start = ${to.start}
        where segment = ${from.segment} and start = ${from.start} returning bytes`)
      if (row)
        yield* run(sql`
          update moved set to_segment = ${to.segment}, to_start = ${to.start}
          where to_segment = ${from.segment} and to_start = ${from.start}`)
      else yield* addGarbage(to.segment, to.bytes)
    }
  },
)

/** Packed records of a segment from byte `start` of it on. */
export const packedFrom = reading(
  'store.packed-from',
  function* (args: { segment: number; start: number; limit: number }) {
    return yield* all<PackedPlace & { hash: Uint8Array }>(sql`
      select segment, start, bytes, hash from packed
      where segment = ${args.segment} and start >= ${args.start} order by start limit ${args.limit}`)
  },
)

/** One of the blobs whose bytes are in a packed record: for its size. */
export const movedTo = reading('store.moved-to', function* (place: PackedPlace) {
  return yield* one<BlobRef>(sql`
    select b.segment as segment, b.start as "offset", b.size as size
    from moved m join blobs b on b.segment = m.segment and b.start = m.start
    where m.to_segment = ${place.segment} and m.to_start = ${place.start} limit 1`)
})

/** Drops the rows of blobs without owners, at most `limit`; how many they were. */
export const forgetReleased = writing(
  'store.forget-released',
  function* (limit: number): Work<number> {
    const released = yield* all<BlobRef>(sql`
      select segment, start as "offset", size from blobs
      where refs <= 0 order by segment, start limit ${limit}`)
    for (const ref of released) {
      yield* run(sql`delete from blobs where segment = ${ref.segment} and start = ${ref.offset}`)
      yield* countGarbage(ref)
    }
    return released.length
  },
)

function* countGarbage(ref: BlobRef): Work<void> {
  const moved = yield* one<{ segment: number; start: number }>(sql`
    delete from moved where segment = ${ref.segment} and start = ${ref.offset}
    returning to_segment as segment, to_start as start`)
  if (!moved) {
    yield* addGarbage(ref.segment, recordBytes(ref.size))
    return
  }
  const { segment, start } = moved
  const shared = yield* one(sql`
    select start from moved where to_segment = ${segment} and to_start = ${start} limit 1`)
  if (shared) return
  const packed = yield* one<{ bytes: number }>(sql`
    delete from packed where segment = ${segment} and start = ${start} returning bytes`)
  yield* addGarbage(segment, packed?.bytes ?? 0)
}

function* addGarbage(segment: number, bytes: number): Work<void> {
  yield* run(sql`
    insert into segments (segment, synced, garbage) values (${segment}, 0, ${bytes})
    on conflict (segment) do update set garbage = segments.garbage + excluded.garbage`)
}

/** What a segment has: "neither" may still have blobs without owners, whose rows are not gone. */
export const kindOf = reading('store.segment-kind', function* (segment: number) {
  const packed = yield* one(sql`select start from packed where segment = ${segment} limit 1`)
  if (packed) return 'packed'
  const named = yield* one(sql`
    select start from blobs where segment = ${segment} and refs > 0 limit 1`)
  return named ? 'plain' : 'neither'
})

/** Blobs that are named by a segment, from byte `start` of it on, those that were moved marked. */
export const namedFrom = reading(
  'store.named-from',
  function* (args: { segment: number; start: number; limit: number }) {
    return yield* all<BlobRef & { moved: number | null }>(sql`
      select b.segment as segment, b.start as "offset", b.size as size, m.to_segment as moved
      from blobs b left join moved m on m.segment = b.segment and m.start = b.start
      where b.segment = ${args.segment} and b.start >= ${args.start} and b.refs > 0
      order by b.start limit ${args.limit}`)
  },
)

/** Gives a segment up unless a row needs its bytes; whether its file may go. */
export const retire = writing('store.retire', function* (segment: number): Work<boolean> {
  const needed = yield* one(sql`
    select start from packed where segment = ${segment}
    union all select start from blobs where segment = ${segment} and not exists (
      select 1 from moved where moved.segment = blobs.segment and moved.start = blobs.start)
    limit 1`)
  if (needed) return false
  yield* run(sql`
    insert into segments (segment, synced, retired) values (${segment}, 0, 1)
    on conflict (segment) do update set retired = 1, synced = 0, garbage = 0`)
  return true
})

/** What the writer thread must know of the store's own. */
export const storeJobs = [noteSynced, forgetBlobs, move, transfer, forgetReleased, retire] as const
