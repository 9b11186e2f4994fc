// What an account has from the beginning, and how all of it goes. To be composed into the jobs
// that make and remove accounts.

import { release } from '../store/blob-rows.ts'
import { all, one, run, sql, type Work, writingByRow } from '../store/sql.ts'
import { type BlobColumns, refOf } from './message-row.ts'

/** RFC 6154 §2 special uses, each mailbox's id in every account; only the name may change. */
const specialUse = [
  ['inbox', 'INBOX'],
  ['drafts', 'Drafts'],
  ['sent', 'Sent'],
  ['archive', 'Archive'],
  ['junk', 'Junk'],
  ['trash', 'Trash'],
] as const

export const inbox = 'inbox'

export interface Quota {
  /** 0 is unlimited, here and below. */
  readonly quotaMessages: number
  readonly quotaBytes: number
}

export interface NewMailAccount extends Quota {
  readonly account: string
  /** Milliseconds since 1970. */
  readonly at: number
}

export function* openMailAccount(args: NewMailAccount): Work<void> {
  yield* addMailAccount(args)
  for (const [id, name] of specialUse) {
    yield* addMailbox({ account: args.account, id, name, role: id, board: 0, at: args.at })
  }
}

/** The account's counters, without any mailbox; nothing where they are there already. */
export function* addMailAccount(args: NewMailAccount): Work<void> {
  yield* run(sql`
    insert into mail_accounts (account, modseq, horizon, uid_validity, messages, bytes,
      quota_messages, quota_bytes)
    values (${args.account}, 1, 0, 0, 0, 0, ${args.quotaMessages}, ${args.quotaBytes})
    on conflict (account) do nothing`)
}

export interface NewMailbox {
  readonly account: string
  readonly id: string
  readonly name: string
  readonly role: string
  readonly board: 0 | 1
  /** Milliseconds since 1970. */
  readonly at: number
  /** As it is unless told otherwise. */
  readonly subscribed?: boolean
}

/**
 * A mailbox; nothing where the account has one of that id or name already. Its
 * UIDVALIDITY is the time in seconds, or more: no two mailboxes of an account ever have the same.
 */
export function* addMailbox(args: NewMailbox): Work<void> {
  const { account, id, name } = args
  const now = Math.floor(args.at / 1000)
  const row = yield* one<{ uid_validity: number }>(sql`
    update mail_accounts
    set uid_validity = case when uid_validity < ${now} then ${now} else uid_validity + 1 end
    where account = ${account} returning uid_validity`)
  yield* run(sql`
    insert into mailboxes (account, id, name, role, board, uid_validity, uid_next,
      created, changed, modseq, messages, unseen, unread, deleted, bytes)
    values (${account}, ${id}, ${name}, ${args.role}, ${args.board},
      ${row?.uid_validity ?? now}, 1, 1, 1, 1, 0, 0, 0, 0, 0)
    on conflict do nothing`)
  if (args.subscribed === false) return
  yield* run(sql`
    insert into subscriptions (account, name) values (${account}, ${name}) on conflict do nothing`)
}

const partRows = 500

/** Removes a part of an account's mail; true once nothing is left. */
export function* closeMailAccount(account: string): Work<boolean> {
  const rows = yield* all<BlobColumns & { id: string }>(sql`
    select id, blob_segment, blob_start, blob_size from emails
    where account = ${account} order by id limit ${partRows}`)
  for (const row of rows) {
    yield* run(sql`delete from emails where account = ${account} and id = ${row.id}`)
    yield* run(sql`delete from email_keys where account = ${account} and email = ${row.id}`)
    yield* release(refOf(row))
  }
  if (rows.length === partRows) return false
  for (const part of smallParts) if (yield* part(account)) return false
  yield* run(sql`delete from mailbox_rights where account = ${account}`)
  yield* run(sql`delete from annotations where account = ${account}`)
  yield* run(sql`delete from keywords where account = ${account}`)
  yield* run(sql`delete from subscriptions where account = ${account}`)
  yield* run(sql`delete from mailboxes where account = ${account}`)
  yield* run(sql`delete from mail_accounts where account = ${account}`)
  return true
}

/** Each removes a part of a table's rows, and says whether there may be more. */
const smallParts: readonly ((account: string) => Work<boolean>)[] = [
  function* (account) {
    const rows = yield* all<BlobColumns & { id: string }>(sql`
      delete from uploads where account = ${account} and id in
        (select id from uploads where account = ${account} order by id limit ${partRows})
      returning id, blob_segment, blob_start, blob_size`)
    for (const row of rows) yield* release(refOf(row))
    return rows.length > 0
  },
  function* (account) {
    const rows = yield* all<{ mailbox: string }>(sql`
      select mailbox from messages where account = ${account} limit 1`)
    const mailbox = rows[0]?.mailbox
    if (mailbox === undefined) return false
    yield* run(sql`
      delete from messages where account = ${account} and mailbox = ${mailbox} and uid <=
        (select min(uid) + ${partRows} from messages
         where account = ${account} and mailbox = ${mailbox})`)
    return true
  },
  function* (account) {
    const rows = yield* all<{ email: string }>(sql`
      select email from expunged where account = ${account} order by email limit ${partRows}`)
    const last = rows.at(-1)?.email
    if (last === undefined) return false
    yield* run(sql`delete from expunged where account = ${account} and email <= ${last}`)
    return true
  },
  function* (account) {
    const rows = yield* all<{ key: number }>(sql`
      select key from thread_keys where account = ${account} order by key limit ${partRows}`)
    const last = rows.at(-1)?.key
    if (last === undefined) return false
    yield* run(sql`delete from thread_keys where account = ${account} and key <= ${last}`)
    return true
  },
  function* (account) {
    const rows = yield* all<{ modseq: number }>(sql`
      select modseq from changes where account = ${account} order by modseq limit ${partRows}`)
    const last = rows.at(-1)?.modseq
    if (last === undefined) return false
    yield* run(sql`delete from changes where account = ${account} and modseq <= ${last}`)
    return true
  },
]

export const setQuota = writingByRow(
  'mailbox.set-quota',
  function* (args: Quota & { account: string }) {
    const { account, quotaMessages, quotaBytes } = args
    const row = yield* one(sql`
      update mail_accounts set quota_messages = ${quotaMessages}, quota_bytes = ${quotaBytes}
      where account = ${account} returning account`)
    return row !== undefined
  },
)
