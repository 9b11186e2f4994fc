// Jobs on traces.
import { release } from '../store/blob-rows.ts'
import { all, one, reading, run, sql, type Work, writing, writingByRow } from '../store/sql.ts'
import { blobIn, type TraceRow } from './trace-row.ts'
import type { Step } from './types.ts'

/** Writes a trace, at the next position of its board. To be composed into writing jobs. */
export function* addTrace(row: TraceRow): Work<void> {
  const position = row.board === '' ? 0 : yield* nextPosition(row.board)
  yield* run(sql`
    insert into traces (id, at, accepted, board, position, message_id,
      blob_segment, blob_start, blob_size, facts, steps)
    values (${row.id}, ${row.at}, ${row.accepted}, ${row.board}, ${position}, ${row.message_id},
      ${row.blob_segment}, ${row.blob_start}, ${row.blob_size}, ${row.facts}, ${row.steps})`)
}

// Counted in the transaction that writes the trace, so that whoever has seen a position has seen,
// or will be given, every smaller one.
function* nextPosition(board: string): Work<number> {
  const row = yield* one<{ last: number }>(sql`
    insert into board_positions (board, last) values (${board}, 1)
    on conflict (board) do update set last = board_positions.last + 1
    returning last`)
  return row?.last ?? 0
}

/** Of refused traces, those kept: a flood of refusals must not fill the disk. */
const refusedKept = 10_000

export const addRefused = writingByRow(
  'delivery.refused',
  function* (args: { row: TraceRow; prune: boolean }) {
    yield* addTrace(args.row)
    if (args.prune) {
      yield* run(sql`
        delete from traces where accepted = 0 and blob_segment is null and id <
          (select id from traces where accepted = 0 order by id desc
            limit 1 offset ${refusedKept - 1})`)
    }
  },
)

/** Takes its text from the trace of a message that was refused and kept for a while. */
export const dropKept = writingByRow('delivery.drop-kept', function* (id: string) {
  const row = yield* one<TraceRow>(sql`
    update traces set blob_start = blob_start where id = ${id} and accepted = 0 returning *`)
  const blob = row && blobIn(row)
  if (!blob) return
  yield* run(sql`
    update traces set blob_segment = null, blob_start = null, blob_size = null where id = ${id}`)
  yield* release(blob)
})

export interface StepsOf {
  readonly id: string
  readonly steps: readonly Step[]
}

/** Replaces the steps of traces; of one that is gone, nothing. */
export const setSteps = writingByRow('delivery.set-steps', function* (list: readonly StepsOf[]) {
  for (const { id, steps } of list) {
    yield* run(sql`update traces set steps = ${JSON.stringify(steps)} where id = ${id}`)
  }
})

/** Steps of one message beyond these are not kept. */
const stepsMax = 32

/** Adds steps to a trace; the whole trace then, or undefined when it is gone. */
export const addSteps = writing('delivery.add-steps', function* (args: StepsOf) {
  const row = yield* one<TraceRow>(sql`select * from traces where id = ${args.id}`)
  if (!row) return undefined
  const steps = JSON.parse(row.steps) as readonly Step[]
  const merged = JSON.stringify([...steps, ...args.steps].slice(0, stepsMax))
  yield* run(sql`update traces set steps = ${merged} where id = ${args.id}`)
  return { ...row, steps: merged }
})

export const findTrace = reading('delivery.trace', function* (id: string) {
  return yield* one<TraceRow>(sql`select * from traces where id = ${id}`)
})

export const findByMessageId = reading('delivery.by-message-id', function* (messageId: string) {
  return yield* all<TraceRow>(sql`
    select * from traces where message_id = ${messageId} and message_id <> ''
    order by id desc limit 100`)
})

export const listTraces = reading(
  'delivery.traces',
  function* (args: {
    /** Smaller ids only; undefined for the newest. */
    before: string | undefined
    limit: number
  }) {
    // Above every id: ids are letters and digits.
    const before = args.before ?? '~'
    return yield* all<TraceRow>(
      sql`select * from traces where id < ${before} order by id desc limit ${args.limit}`,
    )
  },
)

export const listBoard = reading(
  'delivery.board',
  function* (args: { board: string; before: string | undefined; limit: number }) {
    let before = Number.MAX_SAFE_INTEGER
    if (args.before !== undefined) before = (yield* positionOf(args.board, args.before)) ?? before
    return yield* all<TraceRow>(sql`
    select * from traces where board = ${args.board} and board <> '' and position < ${before}
    order by position desc limit ${args.limit}`)
  },
)

/** What came on the board of a trace after it, oldest first; undefined when it is not there. */
export const listSince = reading('delivery.since', function* (args: { id: string; limit: number }) {
  const last = yield* one<TraceRow>(sql`select * from traces where id = ${args.id} and board <> ''`)
  if (!last) return undefined
  return yield* all<TraceRow>(sql`
    select * from traces
    where board = ${last.board} and board <> '' and position > ${last.position}
    order by position limit ${args.limit}`)
})

/** What came on a board after a position, oldest first. */
export const listAfter = reading(
  'delivery.after',
  function* (args: { board: string; after: number; limit: number }) {
    return yield* all<TraceRow>(sql`
      select * from traces
      where board = ${args.board} and board <> '' and position > ${args.after}
      order by position limit ${args.limit}`)
  },
)

/** On its board; undefined when the trace is gone. */
export const positionOfTrace = reading('delivery.position', function* (id: string) {
  return (yield* one<{ position: number }>(sql`select position from traces where id = ${id}`))
    ?.position
})

function* positionOf(board: string, id: string): Work<number | undefined> {
  const row = yield* one<{ position: number }>(
    sql`select position from traces where id = ${id} and board = ${board}`,
  )
  return row?.position
}
