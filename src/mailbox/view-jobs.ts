// Jobs that read what a session of IMAP knows of a mailbox: which it is, which UIDs are in it.
import { all, one, reading, sql, type Work } from '../store/sql.ts'
import type { MailboxRow } from './read-jobs.ts'
import type { UidRange } from './uid-set.ts'

function* named(account: string, name: string): Work<MailboxRow | undefined> {
  return yield* one<MailboxRow>(sql`
    select m.id, m.name, role, board, uid_validity, uid_next, modseq, messages, unseen, unread,
      deleted, bytes, case when s.name is null then 0 else 1 end as subscribed
    from mailboxes m left join subscriptions s on s.account = m.account and s.name = m.name
    where m.account = ${account} and m.name = ${name}`)
}

/** The mailbox of a name. */
export const findMailbox = reading(
  'mailbox.named',
  function* ({ account, name }: { account: string; name: string }) {
    return yield* named(account, name)
  },
)

export interface SelectedRow {
  readonly box: MailboxRow
  /** What is in it, in ascending order. */
  readonly uids: readonly UidRange[]
  /** Of the first message without \Seen; 0 for none. */
  readonly firstUnseen: number
}

export const selectMailbox = reading(
  'mailbox.select',
  function* ({ account, name }: { account: string; name: string }) {
    const box = yield* named(account, name)
    if (!box) return undefined
    const uids = yield* uidsIn(account, box)
    const firstUnseen = box.unseen === 0 ? 0 : yield* firstUnseenIn(account, box)
    return { box, uids, firstUnseen } satisfies SelectedRow
  },
)

function* uidsIn(account: string, box: MailboxRow): Work<readonly UidRange[]> {
  if (box.messages === 0) return []
  const ends = yield* one<{ first: number | null; last: number | null }>(sql`
    select
      (select min(uid) from messages where account = ${account} and mailbox = ${box.id}) as first,
      (select max(uid) from messages where account = ${account} and mailbox = ${box.id}) as last`)
  const { first = null, last = null } = ends ?? {}
  if (first === null || last === null) return []
  // Most mailboxes have no gaps, or few.
  if (last - first + 1 === box.messages) return [[first, last]]
  const rows = yield* all<{ first: number; last: number }>(sql`
    select min(uid) as first, max(uid) as last
    from (select uid, uid - row_number() over (order by uid) as gap
      from messages where account = ${account} and mailbox = ${box.id}) numbered
    group by gap order by first`)
  return rows.map((row): UidRange => [row.first, row.last])
}

function* firstUnseenIn(account: string, box: MailboxRow): Work<number> {
  const row = yield* one<{ uid: number }>(sql`
    select uid from messages
    where account = ${account} and mailbox = ${box.id} and (flags & 1) = 0
    order by uid limit 1`)
  return row?.uid ?? 0
}

/** Bytes of the messages that are marked as deleted. */
export const sumDeleted = reading(
  'mailbox.deleted-bytes',
  function* ({ account, mailbox }: { account: string; mailbox: string }) {
    const row = yield* one<{ bytes: number | null }>(sql`
      select sum(size) as bytes from messages
      where account = ${account} and mailbox = ${mailbox} and (flags & 8) <> 0`)
    return Number(row?.bytes ?? 0)
  },
)

/** The UID after the last message that was put into a mailbox before a time. */
export const firstSince = reading(
  'mailbox.first-since',
  function* ({ account, mailbox, at }: { account: string; mailbox: string; at: number }) {
    const row = yield* one<{ uid: number }>(sql`
      select uid from messages
      where account = ${account} and mailbox = ${mailbox} and saved_at < ${at}
      order by uid desc limit 1`)
    return (row?.uid ?? 0) + 1
  },
)
