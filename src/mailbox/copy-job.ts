// COPY and MOVE: messages of one mailbox into another, with new UIDs there.
import { Refused } from '../base/refused.ts'
import { columns, one, run, sql, type Work, writingByRow } from '../store/sql.ts'
import { countIn } from './append.ts'
import {
  addChange,
  type Change,
  type Counts,
  changeMax,
  countAccount,
  countMailbox,
  type Gone,
  lockAccount,
  noCounts,
} from './change.ts'
import { needMailbox, sliceOver } from './flag-job.ts'
import { deleted, isUnread, seen } from './flags.ts'
import {
  mergedRanges,
  overSlice,
  rangesOf,
  type Slice,
  slicesOf,
  type UidRange,
} from './uid-set.ts'

export interface CopyOrder {
  readonly account: string
  readonly mailbox: string
  readonly uids: readonly UidRange[]
  /** The mailbox they go to. */
  readonly target: string
  readonly move: boolean
  /** Milliseconds since 1970. */
  readonly at: number
}

/** RFC 4315 §3 COPYUID: the n-th of `from` is the n-th from `first` on. */
export interface Copied {
  readonly uidValidity: number
  readonly from: Uint32Array
  readonly first: number
  readonly changes: readonly Change[]
}

/**
 * Moved within a mailbox, messages have new UIDs.
 * @throws Refused 'not-found', 'over-quota'
 */
export const copyMessages = writingByRow('mailbox.copy', function* (order: CopyOrder) {
  const { account, mailbox, target, move } = order
  const modseq = yield* lockAccount(account)
  yield* needMailbox(account, mailbox)
  const box = yield* one<{ uid_next: number; uid_validity: number }>(sql`
    select uid_next, uid_validity from mailboxes where account = ${account} and id = ${target}`)
  if (!box) throw new Refused('not-found', `mailbox ${account} ${target}`)
  const found = yield* messagesIn(order, false)
  const counts = countsOf(found)
  if (!move && found.length > 0) yield* countIn(account, counts.bytes, counts.messages)
  const changes = yield* carry(order, { found, modseq, first: box.uid_next })
  const last = changes.at(-1)
  if (last) {
    yield* run(sql`
      update mailboxes set uid_next = uid_next + ${found.length}
      where account = ${account} and id = ${target}`)
    yield* countMailbox(account, target, last.modseq, counts)
    if (move) yield* countMailbox(account, mailbox, last.modseq, negative(counts))
    yield* countAccount(account, last.modseq, { messages: 0, bytes: 0 })
  }
  return {
    uidValidity: box.uid_validity,
    from: Uint32Array.from(found, ({ uid }) => uid),
    first: box.uid_next,
    changes,
  } satisfies Copied
})

interface Load {
  readonly found: readonly Found[]
  readonly modseq: number
  readonly first: number
}

function* carry(order: CopyOrder, load: Load): Work<Change[]> {
  const { account, mailbox, target, move, at } = order
  const changes: Change[] = []
  let { modseq } = load
  for (let from = 0; from < load.found.length; from += changeMax) {
    const part = load.found.slice(from, from + changeMax)
    const first = load.first + from
    const added = { account, modseq: ++modseq, mailbox: target, kind: 'added' } as const
    yield* insertCopies(order, part, { first, modseq })
    yield* addChange({ ...added, uids: [[first, first + part.length - 1]], at })
    changes.push(added)
    if (!move) continue
    const removed = { account, modseq: ++modseq, mailbox, kind: 'removed' } as const
    const uids = rangesOf(part.map(({ uid }) => uid))
    yield* deleteMessages(account, mailbox, part)
    yield* addChange({ ...removed, uids, gone: part, at })
    changes.push(removed)
  }
  return changes
}

function* insertCopies(
  { account, mailbox, target, at }: CopyOrder,
  part: readonly Found[],
  { first, modseq }: { readonly first: number; readonly modseq: number },
): Work<void> {
  const head = sql`
    insert into messages (account, mailbox, uid, email, thread, created, flags, more,
      modseq, received_at, saved_at, sent_at, size)
    select account, ${target}, ${first - 1} + row_number() over (order by uid), email, thread,
      created, flags, more, ${modseq}, received_at, ${at}, sent_at, size
    from messages where account = ${account} and mailbox = ${mailbox} and`
  yield* run(overSlice(head, sliceOver(part)))
}

/** Of all of `part`, and of nothing between them. */
export function* deleteMessages(
  account: string,
  mailbox: string,
  part: readonly Found[],
): Work<void> {
  const head = sql`delete from messages where account = ${account} and mailbox = ${mailbox} and`
  yield* run(overSlice(head, sliceOver(part)))
}

export interface Found extends Gone {
  readonly uid: number
  readonly flags: number
  readonly size: number
  readonly slice: Slice
}

type FoundRow = [number, string, number, number, number, number]

/** The messages of a set, in the order of UIDs; of all, or of those marked as deleted. */
export function* messagesIn(
  from: { readonly account: string; readonly mailbox: string; readonly uids: readonly UidRange[] },
  onlyDeleted: boolean,
): Work<Found[]> {
  const { account, mailbox } = from
  const found: Found[] = []
  const wanted = onlyDeleted ? deleted : 0
  for (const slice of slicesOf(mergedRanges(from.uids))) {
    const rows = yield* columns<FoundRow>(
      overSlice(
        sql`select uid, email, thread, created, flags, size from messages
          where account = ${account} and mailbox = ${mailbox} and (flags & ${wanted}) = ${wanted} and`,
        slice,
        sql`order by uid`,
      ),
    )
    for (const [uid, email, thread, created, flags, size] of rows)
      found.push({ uid, email, thread, created, flags, size, slice })
  }
  return found
}

export function countsOf(found: readonly Found[]): Counts {
  const counts = noCounts()
  for (const { flags, size } of found) {
    counts.messages++
    counts.bytes += size
    if ((flags & seen) === 0) counts.unseen++
    if (isUnread(flags)) counts.unread++
    if (flags & deleted) counts.deleted++
  }
  return counts
}

export function negative({ messages, unseen, unread, deleted, bytes }: Counts): Counts {
  const less = (count: number) => 0 - count
  return {
    messages: less(messages),
    unseen: less(unseen),
    unread: less(unread),
    deleted: less(deleted),
    bytes: less(bytes),
  }
}
