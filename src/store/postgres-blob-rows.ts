// The tables and jobs of blobs whose bytes are in PostgreSQL, in pieces.
import { crc32 } from 'node:zlib'
import type { BlobRef } from './blobs.ts'
import type { Migration } from './engine.ts'
import { binaryOf, fieldsOf } from './postgres-copy.ts'
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

/** One statement for all of them, and their bytes as they are. */
export const putPieces = writingByRow(
  'store.put-pieces',
  function* (pieces: readonly Piece[]): Work<void> {
    const rows = pieces.map(({ segment, start, n, bytes }) => [
      segment,
      start,
      n,
      crc32(bytes),
      bytes,
    ])
    const text = 'copy blob_pieces (segment, start, n, crc, bytes) from stdin (format binary)'
    yield { text, values: [], unread: true, copyIn: binaryOf(rows) }
  },
)

export interface StoredPiece {
  readonly n: number
  readonly crc: number
  readonly bytes: Buffer
}

export interface Stretch {
  readonly ref: BlobRef
  /** The first piece, and the one after the last. */
  readonly from: number
  readonly to: number
}

export const getPieces = reading('store.get-pieces', function* ({ ref, from, to }: Stretch): Work<
  readonly StoredPiece[]
> {
  const [segment, start, first, end] = [ref.segment, ref.offset, from, to].map(BigInt)
  const text = `copy (select n, crc, bytes from blob_pieces where segment = ${segment}
      and start = ${start} and n >= ${first} and n < ${end} order by n)
      to stdout (format binary)`
  const rows = yield* all<{ row: Buffer }>({ text, values: [], copyOut: true })
  return rows.flatMap(({ row }) => pieceOf(fieldsOf(row)))
})

function pieceOf(fields: readonly Buffer[] | undefined): readonly StoredPiece[] {
  const [n, crc, bytes] = fields ?? []
  if (!n || !crc || !bytes) return []
  return [{ n: Number(n.readBigInt64BE()), crc: Number(crc.readBigInt64BE()), bytes }]
}

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
