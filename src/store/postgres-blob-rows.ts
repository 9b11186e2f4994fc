// The tables and jobs of blobs whose bytes are in PostgreSQL, in pieces.
import { crc32 } from 'node:zlib'
import type { BlobRef } from './blobs.ts'
import type { Migration } from './engine.ts'
import { all, one, reading, run, sql, type Work, writing, writingByRow } from './sql.ts'

/**
 * Every piece of a blob but its last has so many bytes: with them a row just fits into a page of
 * 8 KiB. Larger values are cut by the server itself, into rows of 2 KB with an index of their own.
 */
export const pieceBytes = 8_000

/** Beside `blobSteps`, on PostgreSQL only. */
export const postgresBlobSteps: readonly Migration[] = [
  {
    name: '0001-store-pieces',
    statements: [
      `create table blob_pieces (
        segment {int} not null, start {int} not null, n {int} not null,
        crc {int} not null, bytes {bytes} not null,
        primary key (segment, start, n))`,
      // Mail is base64 or compressed already; small pieces need no second tree.
      'alter table blob_pieces alter column bytes set storage external',
      'alter table blob_pieces set (toast_tuple_target = 8160)',
    ],
  },
]

export interface Piece {
  readonly segment: number
  readonly start: number
  readonly n: number
  readonly bytes: Uint8Array
}

/** A number that no other process names its blobs by. */
export const claimSegment = writing('store.claim-segment', function* (): Work<number> {
  const row = yield* one<{ segment: number }>(sql`
    insert into segments (segment, synced) select coalesce(max(segment), 0) + 1, 0 from segments
    returning segment`)
  return row?.segment ?? 0
})

/** One statement for all of them: the server takes a row apart sooner than a statement. */
export const putPieces = writingByRow(
  'store.put-pieces',
  function* (pieces: readonly Piece[]): Work<void> {
    const list = (of: (piece: Piece) => number) => `{${pieces.map(of).join()}}`
    yield* run(sql`
      insert into blob_pieces (segment, start, n, crc, bytes)
      select segment, start, n, crc, substring(${joined(pieces)} from at for size)
      from unnest(${list(({ segment }) => segment)}::bigint[], ${list(({ start }) => start)}::bigint[],
        ${list(({ n }) => n)}::bigint[], ${list(({ bytes }) => crc32(bytes))}::bigint[],
        ${places(pieces)}::int[], ${list(({ bytes }) => bytes.length)}::int[])
        as piece (segment, start, n, crc, at, size)`)
  },
)

function joined(pieces: readonly Piece[]): Uint8Array {
  const [first] = pieces
  return first && pieces.length === 1 ? first.bytes : Buffer.concat(pieces.map((p) => p.bytes))
}

/** Where each begins among all, the first at 1. */
function places(pieces: readonly Piece[]): string {
  let at = 1
  const starts = pieces.map(({ bytes }) => {
    at += bytes.length
    return at - bytes.length
  })
  return `{${starts.join()}}`
}

export interface StoredPiece {
  readonly n: number
  readonly crc: number
  readonly bytes: Uint8Array
}

export const getPieces = reading(
  'store.get-pieces',
  function* ({ ref, from, to }: { ref: BlobRef; from: number; to: number }) {
    return yield* all<StoredPiece>(sql`
      select n, crc, bytes from blob_pieces
      where segment = ${ref.segment} and start = ${ref.offset} and n >= ${from} and n < ${to}
      order by n`)
  },
)

/** Bytes that never became a blob. */
export const dropPieces = writingByRow(
  'store.drop-pieces',
  function* ({ segment, start }: { segment: number; start: number }): Work<void> {
    yield* run(sql`delete from blob_pieces where segment = ${segment} and start = ${start}`)
  },
)

/** Deletes at most `limit` blobs without owners; how many there were, and their bytes. */
export const dropReleased = writingByRow('store.drop-released', function* (limit: number) {
  const released = yield* all<BlobRef>(sql`
    select segment, start as "offset", size from blobs
    where refs <= 0 order by segment, start limit ${limit}`)
  let bytes = 0
  for (const { segment, offset, size } of released) {
    // Its owners may be back since it was looked for.
    const gone = yield* one(sql`
      delete from blobs where segment = ${segment} and start = ${offset} and refs <= 0
      returning size`)
    if (!gone) continue
    yield* dropPieces.work({ segment, start: offset })
    bytes += size
  }
  return { count: released.length, bytes }
})

export interface Place {
  readonly segment: number
  readonly start: number
}

export interface Orphans {
  readonly after: Place
  /** Only what was begun before: see `startOf`. */
  readonly before: number
  readonly limit: number
}

/** Deletes bytes that no row names, looking at `limit` blobs; where to go on, if anywhere. */
export const dropOrphans = writing('store.drop-orphans', function* (args: Orphans) {
  const { after, before, limit } = args
  const places = yield* all<Place & { owned: number | null }>(sql`
    select p.segment as segment, p.start as start, b.refs as owned
    from blob_pieces p left join blobs b on b.segment = p.segment and b.start = p.start
    where p.n = 0 and (p.segment, p.start) > (${after.segment}, ${after.start})
    order by p.segment, p.start limit ${limit}`)
  let count = 0
  for (const { segment, start, owned } of places) {
    if (owned !== null || start >= before) continue
    yield* dropPieces.work({ segment, start })
    count++
  }
  return { count, next: places.length < limit ? undefined : places.at(-1) }
})

/** A blob's `start` tells when it was begun, so that its age is known; 1,024 in a millisecond. */
export function startOf(ms: number): number {
  return Math.floor(ms) * 1024
}
