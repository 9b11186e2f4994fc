// Filing a message: ownership of its bytes, every recipient's copy, what is owed and the trace,
// in one transaction; and taking all of it back when the bytes did not reach the disk.

import { addMailAccount, addMailbox } from '../mailbox/account-work.ts'
import { type Appended, append, takeBack } from '../mailbox/append.ts'
import type { Change } from '../mailbox/change.ts'
import type { Facts } from '../mailbox/facts.ts'
import { enqueue } from '../queue/claim-jobs.ts'
import { cancel, type Debt, owe } from '../queue/owe.ts'
import type { QueuedRow } from '../queue/row.ts'
import { type Settled, settleRow } from '../queue/settle-jobs.ts'
import { release, retain } from '../store/blob-rows.ts'
import type { BlobRef } from '../store/blobs.ts'
import { all, run, sql, writing, writingByRow } from '../store/sql.ts'
import { addTrace } from './trace-jobs.ts'
import type { TraceRow } from './trace-row.ts'

/** The account whose mailboxes are the boards. It is nobody's, so nobody can log in to it. */
export const boardsAccount = 'boards'

/** The account, and its one mailbox, of messages that filters had kept apart. Nobody's either. */
export const quarantine = 'quarantine'

export interface Copy {
  readonly account: string
  readonly mailbox: string
  /** The id of the copy. */
  readonly id: string
  readonly flags?: readonly string[]
  /** A text of its own, where that is not the message's. */
  readonly own?: Own
}

export interface Own {
  readonly prefix: string
  readonly blob: BlobRef
  readonly facts: Facts
}

export interface Filing {
  readonly trace: TraceRow
  readonly copies: readonly Copy[]
  readonly debt: Debt | null
  readonly queued: readonly QueuedRow[]
  /** The trace fields. Text, since a small Buffer would be cloned with the whole pool it is in. */
  readonly prefix: string
  /** What of the queue this message reports the end of. */
  readonly settled?: Settled
  readonly blob: BlobRef
  readonly facts: Facts
}

/** The copies as they were filed, in the order given. */
export const file = writingByRow('delivery.file', function* (filing: Filing) {
  const { trace, copies, debt, queued, blob, facts } = filing
  const prefix = Buffer.from(filing.prefix)
  if (filing.settled) yield* settleRow(filing.settled)
  const shared = copies.filter(({ own }) => !own)
  // Each copy owns the blob, and so do the trace and each row of the queue.
  yield* retain(blob, shared.length + queued.length + 1)
  const filed: Appended[] = []
  for (const { own, ...copy } of copies) {
    if (own) yield* retain(own.blob, 1)
    const text = own ? { ...own, prefix: Buffer.from(own.prefix) } : { prefix, blob, facts }
    filed.push(yield* append({ ...copy, at: trace.at, ...text }))
  }
  if (debt) yield* owe(debt)
  yield* enqueue(queued)
  yield* addTrace(trace)
  return filed
})

export interface Unfiling {
  readonly id: string
  readonly blob: BlobRef
  readonly filed: readonly Appended[]
}

/** Undoes `file`; the changes this made. */
export const unfile = writingByRow('delivery.unfile', function* ({ id, blob, filed }: Unfiling) {
  const removed: Change[] = []
  for (const { account, email } of filed) removed.push(...(yield* takeBack(account, email)))
  yield* cancel(id)
  const traces = yield* all(sql`delete from traces where id = ${id} returning id`)
  if (traces.length > 0) yield* release(blob)
  return removed
})

/** Makes the mailbox of the quarantine where there is none. */
export const openQuarantine = writingByRow('delivery.open-quarantine', function* (at: number) {
  yield* addMailAccount({ account: quarantine, at, quotaMessages: 0, quotaBytes: 0 })
  const mailbox = { account: quarantine, id: quarantine, name: quarantine }
  yield* addMailbox({ ...mailbox, role: '', board: 0, at })
})

/** Makes a board's mailbox where there is none. */
export const openBoard = writingByRow(
  'delivery.open-board',
  function* (args: { board: string; at: number }) {
    const { board, at } = args
    yield* addMailAccount({ account: boardsAccount, at, quotaMessages: 0, quotaBytes: 0 })
    yield* addMailbox({ account: boardsAccount, id: board, name: board, role: '', board: 1, at })
  },
)

/**
 * Drops what points to blobs that are lost: messages, with their counts, and the traces' bytes.
 * None of it was acknowledged. May be given the same blobs twice.
 */
export const dropLost = writing('delivery.drop-lost', function* (lost: readonly BlobRef[]) {
  for (const { segment, first, last, starts } of bySegment(lost)) {
    const emails = yield* all<{ account: string; id: string; start: number }>(sql`
      select account, id, blob_start as start from emails
      where blob_segment = ${segment} and blob_start between ${first} and ${last}`)
    for (const { account, id, start } of emails) if (starts.has(start)) yield* takeBack(account, id)
    const traces = yield* all<{ id: string; start: number }>(sql`
      select id, blob_start as start from traces
      where blob_segment = ${segment} and blob_start between ${first} and ${last}`)
    for (const { id, start } of traces) {
      if (!starts.has(start)) continue
      yield* run(sql`delete from traces where id = ${id}`)
      yield* cancel(id)
    }
  }
})

interface Range {
  readonly segment: number
  readonly first: number
  readonly last: number
  readonly starts: ReadonlySet<number>
}

/** One look through the tables for each segment, not for each blob. */
function bySegment(refs: readonly BlobRef[]): readonly Range[] {
  return [...Map.groupBy(refs, (ref) => ref.segment)].map(([segment, list]) => {
    const starts = list.map((ref) => ref.offset)
    return {
      segment,
      first: Math.min(...starts),
      last: Math.max(...starts),
      starts: new Set(starts),
    }
  })
}
