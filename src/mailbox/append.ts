// Puts a message into a mailbox, with every count and the change that tells of it, and takes it
// back as if it had never come. To be composed into writing jobs; publishing the change after the
// commit is the caller's.
import { Refused } from '../base/refused.ts'
import { packFields } from '../message/listed-fields.ts'
import type { BlobRef } from '../store/blobs.ts'
import { one, run, sql, type Work } from '../store/sql.ts'
import { addChange, type Change, countAccount, countMailbox, type Gone } from './change.ts'
import { dropEmail } from './email-work.ts'
import { type Facts, hashOf } from './facts.ts'
import { type Bits, deleted, isUnread, noBits, seen } from './flags.ts'
import { bitsOf } from './keyword-work.ts'
import { placesOf } from './read-jobs.ts'
import { joinThread } from './threads.ts'

export interface NewMessage {
  readonly account: string
  readonly mailbox: string
  /** The email's, new. */
  readonly id: string
  /** Milliseconds since 1970: now. */
  readonly at: number
  /** Its internal date, where that is not now. */
  readonly receivedAt?: number
  readonly prefix: Uint8Array
  readonly blob: BlobRef
  readonly facts: Facts
  /** By name: "\Seen", "$Forwarded". */
  readonly flags?: readonly string[]
}

export interface Appended extends Change {
  readonly kind: 'added'
  readonly uid: number
  /** Its id. */
  readonly email: string
  /** The mailbox's name. */
  readonly name: string
  readonly uidValidity: number
}

/**
 * Adds one message. Its row is an owner of the blob: the caller retains it in the same job.
 * @throws Refused 'over-quota', 'not-found' for a mailbox that is gone, 'bad-value' or 'too-many'
 * for its flags
 */
export function* append(message: NewMessage): Work<Appended> {
  const { account, mailbox, at, blob } = message
  const size = message.prefix.length + blob.size
  const modseq = yield* countIn(account, size)
  const bits = message.flags ? yield* bitsOf(account, message.flags, true) : noBits
  const box = yield* countInMailbox(message, modseq, { size, flags: Number(bits.flags) })
  yield* addRows(message, { uid: box.uid, modseq, size, bits })
  const change = { account, modseq, mailbox, kind: 'added' } as const
  yield* addChange({ ...change, uids: [[box.uid, box.uid]], at })
  return {
    ...change,
    uid: box.uid,
    email: message.id,
    name: box.name,
    uidValidity: box.uid_validity,
  }
}

/** Counts a message in, within the quota; its modseq. Locks the account. */
export function* countIn(account: string, size: number, messages = 1): Work<number> {
  const counted = yield* one<{ modseq: number }>(sql`
    update mail_accounts
    set modseq = modseq + 1, messages = messages + ${messages}, bytes = bytes + ${size}
    where account = ${account}
      and (quota_bytes = 0 or bytes + ${size} <= quota_bytes)
      and (quota_messages = 0 or messages + ${messages} <= quota_messages)
    returning modseq`)
  if (counted) return counted.modseq
  const there = yield* one(sql`select account from mail_accounts where account = ${account}`)
  throw new Refused(there ? 'over-quota' : 'not-found', `account ${account}, ${size} bytes`)
}

interface Box {
  readonly uid: number
  readonly name: string
  readonly uid_validity: number
}

function* countInMailbox(
  { account, mailbox }: NewMessage,
  modseq: number,
  { size, flags }: { size: number; flags: number },
): Work<Box> {
  const unseen = flags & seen ? 0 : 1
  const unread = isUnread(flags) ? 1 : 0
  const box = yield* one<Box>(sql`
    update mailboxes set uid_next = uid_next + 1, modseq = ${modseq}, messages = messages + 1,
      unseen = unseen + ${unseen}, unread = unread + ${unread},
      deleted = deleted + ${flags & deleted ? 1 : 0}, bytes = bytes + ${size}
    where account = ${account} and id = ${mailbox}
    returning uid_next - 1 as uid, name, uid_validity`)
  if (!box) throw new Refused('not-found', `mailbox ${account} ${mailbox}`)
  return box
}

interface Placed {
  readonly uid: number
  readonly modseq: number
  readonly size: number
  readonly bits: Bits
}

/** The rows of one message, of which the counts know. */
export function* addRows(message: NewMessage, { uid, modseq, size, bits }: Placed): Work<void> {
  const { account, mailbox, id, blob, facts, at, receivedAt = at } = message
  const thread = yield* joinThread(account, facts.threadKeys, hashOf(id))
  yield* run(sql`
    insert into emails (account, id, thread, envelope, structure, fields,
      blob_segment, blob_start, blob_size, prefix, digest)
    values (${account}, ${id}, ${thread},
      ${facts.envelope}, ${facts.structure}, ${fieldsOf(message)},
      ${blob.segment}, ${blob.offset}, ${blob.size}, ${message.prefix}, ${facts.digest})`)
  yield* run(sql`
    insert into email_keys (account, email, subject, heads, links)
    values (${account}, ${id}, ${facts.subject}, ${facts.heads}, ${facts.links})`)
  yield* run(sql`
    insert into messages (account, mailbox, uid, email, thread, created, flags, more, modseq,
      received_at, saved_at, sent_at, size)
    values (${account}, ${mailbox}, ${uid}, ${id}, ${thread}, ${modseq},
      ${bits.flags}, ${bits.more}, ${modseq}, ${receivedAt}, ${at},
      ${facts.sentAt ?? receivedAt}, ${size})`)
}

/** Of the whole message: the prefix is a part of its header. */
function fieldsOf({ prefix, facts }: NewMessage): Uint8Array {
  if (prefix.length === 0) return facts.fields
  return Buffer.concat([packFields(Buffer.from(prefix)), facts.fields])
}

interface Removed extends Gone {
  readonly mailbox: string
  readonly uid: number
  readonly flags: number
  readonly size: number
}

/**
 * Removes an email for good, as if it had never come: from every mailbox that it is in by now, and
 * from among the expunged. Nothing where it is gone already.
 */
export function* takeBack(account: string, email: string): Work<Change[]> {
  const locked = yield* one<{ modseq: number }>(sql`
    update mail_accounts set modseq = modseq where account = ${account} returning modseq`)
  const row = yield* one<{ thread: number }>(sql`
    select thread from emails where account = ${account} and id = ${email}`)
  if (!locked || !row) return []
  yield* run(sql`delete from expunged where account = ${account} and email = ${email}`)
  const changes: Change[] = []
  for (const { mailbox, uid } of yield* placesOf(account, email, row.thread)) {
    const removed = yield* one<Removed>(sql`
      delete from messages where account = ${account} and mailbox = ${mailbox} and uid = ${uid}
      returning mailbox, uid, email, thread, created, flags, size`)
    const modseq = locked.modseq + 1 + changes.length
    if (removed) changes.push(yield* countOut(account, removed, modseq))
  }
  yield* dropEmail(account, { email, thread: row.thread })
  return changes
}

function* countOut(account: string, message: Removed, modseq: number): Work<Change> {
  const { mailbox, uid, flags, size } = message
  const counts = {
    messages: -1,
    unseen: flags & seen ? 0 : -1,
    unread: isUnread(flags) ? -1 : 0,
    deleted: flags & deleted ? -1 : 0,
    bytes: -size,
  }
  yield* countAccount(account, modseq, counts)
  yield* countMailbox(account, mailbox, modseq, counts)
  const change = { account, modseq, mailbox, kind: 'removed' } as const
  // Its time only says when the log may forget it.
  yield* addChange({ ...change, uids: [[uid, uid]], gone: [message], at: 0 })
  return change
}
