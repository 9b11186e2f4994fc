// EXPUNGE, and its undoing: what is taken out of a mailbox waits aside until it is put back, or
// purged for good.
import { Refused } from '../base/refused.ts'
import {
  all,
  one,
  reading,
  run,
  type Statement,
  sql,
  type Work,
  writingByRow,
} from '../store/sql.ts'
import { inbox } from './account-work.ts'
import { countIn } from './append.ts'
import {
  addChange,
  type Change,
  changeMax,
  countAccount,
  countMailbox,
  type Gone,
  lockAccount,
} from './change.ts'
import { countsOf, type Found, messagesIn, negative } from './copy-job.ts'
import { dropEmail } from './email-work.ts'
import { needMailbox, sliceOver } from './flag-job.ts'
import { deleted, isUnread, seen } from './flags.ts'
import { overSlice, rangesOf, type UidRange } from './uid-set.ts'

export interface ExpungeOrder {
  readonly account: string
  readonly mailbox: string
  readonly uids: readonly UidRange[]
  /** Only what is marked as \Deleted, as IMAP has it. */
  readonly onlyDeleted: boolean
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface Expunged {
  readonly uids: Uint32Array
  readonly changes: readonly Change[]
}

/** @throws Refused 'not-found' */
export const expunge = writingByRow('mailbox.expunge', function* (order: ExpungeOrder) {
  const modseq = yield* lockAccount(order.account)
  yield* needMailbox(order.account, order.mailbox)
  return yield* expungeLocked(order, modseq)
})

export function* expungeLocked(order: ExpungeOrder, before: number): Work<Expunged> {
  const { account, mailbox, onlyDeleted, at } = order
  const found = yield* messagesIn(order, onlyDeleted)
  const changes: Change[] = []
  let modseq = before
  for (let from = 0; from < found.length; from += changeMax) {
    const part = found.slice(from, from + changeMax)
    const change = { account, modseq: ++modseq, mailbox, kind: 'removed' } as const
    yield* setAside(order, part)
    const uids = rangesOf(part.map(({ uid }) => uid))
    yield* addChange({ ...change, uids, gone: part, at })
    changes.push(change)
  }
  if (changes.length > 0) {
    const counts = negative(countsOf(found))
    yield* countMailbox(account, mailbox, modseq, counts)
    yield* countAccount(account, modseq, counts)
  }
  return { uids: Uint32Array.from(found, ({ uid }) => uid), changes }
}

function* setAside(order: ExpungeOrder, part: readonly Found[]): Work<void> {
  const { account, mailbox, onlyDeleted, at } = order
  const slice = sliceOver(part)
  const wanted = onlyDeleted ? deleted : 0
  const fits: Statement = sql`and (flags & ${wanted}) = ${wanted}`
  const insert = sql`
    insert into expunged (account, email, mailbox, uid, expunged_at, thread, created,
      flags, more, received_at, sent_at, size)
    select account, email, mailbox, uid, ${at}, thread, created,
      flags, more, received_at, sent_at, size
    from messages where account = ${account} and mailbox = ${mailbox} and`
  yield* run(overSlice(insert, slice, fits))
  const remove = sql`delete from messages where account = ${account} and mailbox = ${mailbox} and`
  yield* run(overSlice(remove, slice, fits))
}

export interface ExpungedRow extends Gone {
  readonly mailbox: string
  readonly uid: number
  readonly expunged_at: number
  readonly flags: number
  readonly more: number
  readonly received_at: number
  readonly sent_at: number
  readonly size: number
}

/** The newest first, expunged at `since` or later. */
export const listExpunged = reading(
  'mailbox.expunged',
  function* (args: { account: string; since: number; limit: number }) {
    return yield* all<ExpungedRow & { digest: string }>(sql`
      select x.mailbox, x.uid, x.email, x.thread, x.created, x.expunged_at, x.flags,
        x.more, x.received_at, x.sent_at, x.size, e.digest
      from expunged x join emails e on e.account = x.account and e.id = x.email
      where x.account = ${args.account} and x.expunged_at >= ${args.since}
      order by x.expunged_at desc, x.mailbox, x.uid limit ${args.limit}`)
  },
)

export interface RestoreOrder {
  readonly account: string
  readonly emails: readonly string[]
  /** Only what was expunged at this time or later. */
  readonly since: number
  readonly at: number
}

export interface Restored {
  readonly email: string
  readonly mailbox: string
  readonly uid: number
}

/**
 * Puts expunged messages back where they were, or into the INBOX where that is gone, each under a
 * new UID and not marked as deleted. What is not there to be restored is left out.
 * @throws Refused 'not-found', 'over-quota'
 */
export const restore = writingByRow('mailbox.restore', function* (order: RestoreOrder) {
  const { account, since } = order
  yield* lockAccount(account)
  const restored: Restored[] = []
  const changes: Change[] = []
  for (const email of order.emails) {
    const rows = yield* all<ExpungedRow>(sql`
      delete from expunged
      where account = ${account} and email = ${email} and expunged_at >= ${since}
      returning mailbox, uid, email, thread, created, expunged_at, flags, more,
        received_at, sent_at, size`)
    for (const row of rows) {
      const { uid, change } = yield* putBack(order, row)
      restored.push({ email, mailbox: change.mailbox, uid })
      changes.push(change)
    }
  }
  return { restored, changes }
})

function* putBack(
  { account, at }: RestoreOrder,
  row: ExpungedRow,
): Work<{
  uid: number
  change: Change
}> {
  const modseq = yield* countIn(account, row.size)
  const flags = row.flags - (row.flags & deleted)
  const args = { account, modseq, flags, size: row.size }
  let mailbox = row.mailbox
  let uid = yield* placeIn(mailbox, args)
  if (uid === undefined) {
    mailbox = inbox
    uid = yield* placeIn(mailbox, args)
  }
  if (uid === undefined) throw new Refused('not-found', `mailbox ${account} ${inbox}`)
  yield* run(sql`
    insert into messages (account, mailbox, uid, email, thread, created, flags, more, modseq,
      received_at, saved_at, sent_at, size)
    values (${account}, ${mailbox}, ${uid}, ${row.email}, ${row.thread}, ${modseq},
      ${flags}, ${row.more}, ${modseq}, ${row.received_at}, ${at},
      ${row.sent_at}, ${row.size})`)
  const change = { account, modseq, mailbox, kind: 'added' } as const
  yield* addChange({ ...change, uids: [[uid, uid]], at })
  return { uid, change }
}

interface Placing {
  readonly account: string
  readonly modseq: number
  readonly flags: number
  readonly size: number
}

/** Counts a message in; its UID, or undefined where there is no such mailbox. */
function* placeIn(mailbox: string, placing: Placing): Work<number | undefined> {
  const { account, modseq, flags, size } = placing
  const box = yield* one<{ uid: number }>(sql`
    update mailboxes set uid_next = uid_next + 1, modseq = ${modseq}, messages = messages + 1,
      unseen = unseen + ${flags & seen ? 0 : 1}, unread = unread + ${isUnread(flags) ? 1 : 0},
      bytes = bytes + ${size}
    where account = ${account} and id = ${mailbox}
    returning uid_next - 1 as uid`)
  return box?.uid
}

export interface PurgeOrder {
  readonly account: string
  /** What was expunged before this goes. */
  readonly before: number
  readonly limit: number
  readonly at: number
}

/** Removes expunged messages for good; how many it found, at most `limit`. */
export const purge = writingByRow('mailbox.purge', function* (order: PurgeOrder) {
  const { account, before, limit, at } = order
  let modseq = yield* lockAccount(account)
  const rows = yield* all<Gone & { mailbox: string; uid: number }>(sql`
    select email, thread, created, mailbox, uid from expunged
    where account = ${account} and expunged_at < ${before} limit ${limit}`)
  const gone: Gone[] = []
  for (const row of rows) {
    yield* run(sql`
      delete from expunged where account = ${account} and email = ${row.email}
        and mailbox = ${row.mailbox} and uid = ${row.uid}`)
    if (yield* dropEmail(account, row)) gone.push(row)
  }
  for (let from = 0; from < gone.length; from += changeMax) {
    const change = { account, modseq: ++modseq, mailbox: '', kind: 'purged' } as const
    yield* addChange({ ...change, uids: [], gone: gone.slice(from, from + changeMax), at })
  }
  if (gone.length > 0) yield* countAccount(account, modseq, { messages: 0, bytes: 0 })
  return rows.length
})

/** Whether an account has anything to purge. */
export const hasExpunged = reading(
  'mailbox.has-expunged',
  function* ({ account, before }: { account: string; before: number }) {
    const row = yield* one(sql`
      select uid from expunged where account = ${account} and expunged_at < ${before} limit 1`)
    return row !== undefined
  },
)
