// What an account has from the beginning, and how all of it goes. To be composed into the jobs
// that make and remove accounts.

import { release } from '../store/blob-rows.ts'
import { all, one, run, sql, type Work, writing } from '../store/sql.ts'
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
    insert into mail_accounts (account, modseq, messages, bytes, quota_messages, quota_bytes)
    values (${args.account}, 1, 0, 0, ${args.quotaMessages}, ${args.quotaBytes})
    on conflict (account) do nothing`)
}

export interface NewMailbox {
  readonly account: string
  readonly id: string
  readonly name: string
  readonly role: string
  readonly board: 0 | 1
  /** Milliseconds since 1970; its seconds become the UIDVALIDITY. */
  readonly at: number
}

/** Nothing where the account has a mailbox of that id or name already. */
export function* addMailbox(args: NewMailbox): Work<void> {
  const uidValidity = Math.floor(args.at / 1000)
  yield* run(sql`
    insert into mailboxes (account, id, name, role, board,
      uid_validity, uid_next, modseq, messages, unseen, bytes)
    values (${args.account}, ${args.id}, ${args.name}, ${args.role}, ${args.board},
      ${uidValidity}, 1, 1, 0, 0, 0)
    on conflict do nothing`)
}

const partRows = 500

/** Removes a part of an account's mail; true once nothing is left. */
export function* closeMailAccount(account: string): Work<boolean> {
  const rows = yield* all<BlobColumns & { mailbox: string; uid: number }>(sql`
    select mailbox, uid, blob_segment, blob_start, blob_size from messages
    where account = ${account} order by mailbox, uid limit ${partRows}`)
  for (const row of rows) {
    yield* run(sql`
      delete from messages
      where account = ${account} and mailbox = ${row.mailbox} and uid = ${row.uid}`)
    yield* release(refOf(row))
  }
  if (rows.length === partRows) return false
  yield* run(sql`
    delete from changes where account = ${account} and modseq <=
      (select min(modseq) + ${partRows} from changes where account = ${account})`)
  const more = yield* one(sql`select modseq from changes where account = ${account} limit 1`)
  if (more) return false
  yield* run(sql`delete from mailboxes where account = ${account}`)
  yield* run(sql`delete from mail_accounts where account = ${account}`)
  return true
}

export const setQuota = writing('mailbox.set-quota', function* (args: Quota & { account: string }) {
  const { account, quotaMessages, quotaBytes } = args
  const row = yield* one(sql`
    update mail_accounts set quota_messages = ${quotaMessages}, quota_bytes = ${quotaBytes}
    where account = ${account} returning account`)
  return row !== undefined
})
