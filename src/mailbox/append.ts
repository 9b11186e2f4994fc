// Puts a message into a mailbox and takes it out, with every count and the change that tells of
// it. To be composed into writing jobs; publishing the change after the commit is the caller's.
import { Refused } from '../base/refused.ts'
import { release } from '../store/blob-rows.ts'
import type { BlobRef } from '../store/blobs.ts'
import { one, run, sql, type Work } from '../store/sql.ts'
import { type BlobColumns, refOf } from './message-row.ts'

export interface NewMessage {
  readonly account: string
  readonly mailbox: string
  readonly id: string
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  readonly prefix: Uint8Array
  readonly blob: BlobRef
  /** The message's digest as JSON. */
  readonly digest: string
}

export interface Change {
  readonly account: string
  readonly modseq: number
  readonly mailbox: string
  readonly uid: number
  readonly kind: 'added' | 'removed'
}

export interface Appended extends Change {
  readonly kind: 'added'
  /** The mailbox's name. */
  readonly name: string
  readonly uidValidity: number
}

/**
 * Adds one message. Its row is an owner of the blob: the caller retains it in the same job.
 * @throws Refused 'over-quota', or 'not-found' for a mailbox that is gone
 */
export function* append(message: NewMessage): Work<Appended> {
  const { account, mailbox, blob } = message
  const size = message.prefix.length + blob.size
  const modseq = yield* countIn(account, size)
  const box = yield* one<{ uid: number; name: string; uid_validity: number }>(sql`
    update mailboxes set uid_next = uid_next + 1, modseq = ${modseq},
      messages = messages + 1, unseen = unseen + 1, bytes = bytes + ${size}
    where account = ${account} and id = ${mailbox}
    returning uid_next - 1 as uid, name, uid_validity`)
  if (!box) throw new Refused('not-found', `mailbox ${account} ${mailbox}`)
  yield* run(sql`
    insert into messages (account, mailbox, uid, id, modseq, seen, received_at, size,
      prefix, blob_segment, blob_start, blob_size, digest)
    values (${account}, ${mailbox}, ${box.uid}, ${message.id}, ${modseq}, 0,
      ${message.receivedAt}, ${size}, ${message.prefix},
      ${blob.segment}, ${blob.offset}, ${blob.size}, ${message.digest})`)
  const change = { account, modseq, mailbox, uid: box.uid, kind: 'added' } as const
  yield* addChange(change)
  return { ...change, name: box.name, uidValidity: box.uid_validity }
}

/** Removes one message and releases its blob; undefined when it is not there. */
export function* remove(account: string, mailbox: string, uid: number): Work<Change | undefined> {
  const row = yield* one<BlobColumns & { size: number; seen: number }>(sql`
    delete from messages where account = ${account} and mailbox = ${mailbox} and uid = ${uid}
    returning size, seen, blob_segment, blob_start, blob_size`)
  if (!row) return undefined
  const counters = yield* one<{ modseq: number }>(sql`
    update mail_accounts
    set modseq = modseq + 1, messages = messages - 1, bytes = bytes - ${row.size}
    where account = ${account} returning modseq`)
  const modseq = counters?.modseq ?? 0
  yield* run(sql`
    update mailboxes set modseq = ${modseq}, messages = messages - 1,
      unseen = unseen - ${row.seen ? 0 : 1}, bytes = bytes - ${row.size}
    where account = ${account} and id = ${mailbox}`)
  const change = { account, modseq, mailbox, uid, kind: 'removed' } as const
  yield* addChange(change)
  yield* release(refOf(row))
  return change
}

/** Counts a message in, within the quota; its modseq. */
function* countIn(account: string, size: number): Work<number> {
  const counted = yield* one<{ modseq: number }>(sql`
    update mail_accounts set modseq = modseq + 1, messages = messages + 1, bytes = bytes + ${size}
    where account = ${account}
      and (quota_bytes = 0 or bytes + ${size} <= quota_bytes)
      and (quota_messages = 0 or messages < quota_messages)
    returning modseq`)
  if (counted) return counted.modseq
  const there = yield* one(sql`select account from mail_accounts where account = ${account}`)
  throw new Refused(there ? 'over-quota' : 'not-found', `account ${account}, ${size} bytes`)
}

function* addChange(change: Change): Work<void> {
  yield* run(sql`
    insert into changes (account, modseq, mailbox, uid, kind)
    values (${change.account}, ${change.modseq}, ${change.mailbox}, ${change.uid}, ${change.kind})`)
}
