// COPY and MOVE from one account's mailbox into another's: new emails there, with the same bytes.

import { baseSubject } from '../message/base-subject.ts'
import type { Digest } from '../message/digest.ts'
import { packFields } from '../message/listed-fields.ts'
import { retain } from '../store/blob-rows.ts'
import { one, sql, type Work, writingByRow } from '../store/sql.ts'
import { append, type NewMessage } from './append.ts'
import { type Change, lockAccount } from './change.ts'
import { type Copied, type Found, messagesIn } from './copy-job.ts'
import { expungeLocked } from './expunge-job.ts'
import { fold, threadKeysOf } from './facts.ts'
import { needMailbox } from './flag-job.ts'
import { FlagNames, rightFor } from './flags.ts'
import { listKeywords } from './keyword-work.ts'
import { type BlobColumns, refOf } from './message-row.ts'
import { mergedRanges, rangesOf, type UidRange } from './uid-set.ts'

interface Place {
  readonly account: string
  readonly mailbox: string
}

export interface AcrossOrder {
  readonly from: Place
  readonly uids: readonly UidRange[]
  readonly to: Place
  /** Ids for the new emails; messages beyond them are left. */
  readonly ids: readonly string[]
  /** RFC 4314 §4: flags that these rights do not let be set are left out. */
  readonly rights: string
  readonly move: boolean
  /** Milliseconds since 1970. */
  readonly at: number
}

/** @throws Refused 'not-found', and as `append` */
export const copyAcross = writingByRow('mailbox.copy-across', function* (order: AcrossOrder) {
  const { from, to, ids, move, at } = order
  // Always the lesser one first, so that no two wait for each other.
  for (const account of [from.account, to.account].sort()) yield* lockAccount(account)
  yield* needMailbox(from.account, from.mailbox)
  yield* needMailbox(to.account, to.mailbox)
  const target = yield* one<{ uid_next: number; uid_validity: number }>(sql`
    select uid_next, uid_validity from mailboxes
    where account = ${to.account} and id = ${to.mailbox}`)
  const uids = mergedRanges(order.uids)
  const found = (yield* messagesIn({ ...from, uids }, false)).slice(0, ids.length)
  const names = new FlagNames(yield* listKeywords.work(from.account))
  const changes: Change[] = []
  for (const [n, message] of found.entries()) {
    const copy = yield* copyOf(order, { message, id: ids[n] ?? '', names })
    yield* retain(copy.blob)
    changes.push(yield* append(copy))
  }
  if (move && found.length > 0) {
    const gone = rangesOf(found.map(({ uid }) => uid))
    const modseq = yield* lockAccount(from.account)
    const expunged = yield* expungeLocked({ ...from, uids: gone, onlyDeleted: false, at }, modseq)
    changes.push(...expunged.changes)
  }
  return {
    uidValidity: target?.uid_validity ?? 0,
    from: Uint32Array.from(found, ({ uid }) => uid),
    first: target?.uid_next ?? 0,
    changes,
  } satisfies Copied
})

interface EmailRow extends BlobColumns {
  readonly subject: string
  readonly heads: string
  readonly envelope: string
  readonly structure: string
  readonly links: string
  readonly fields: Uint8Array
  readonly prefix: Uint8Array
  readonly digest: string
  readonly flags: number
  readonly more: number
  readonly received_at: number
  readonly sent_at: number
}

interface Copying {
  readonly message: Found
  readonly id: string
  readonly names: FlagNames
}

function* copyOf(
  { from, to, rights, at }: AcrossOrder,
  { message, id, names }: Copying,
): Work<NewMessage> {
  const row = yield* one<EmailRow>(sql`
    select k.subject, k.heads, k.links, e.envelope, e.structure, e.fields, e.prefix, e.digest,
      e.blob_segment, e.blob_start, e.blob_size, m.flags, m.more, m.received_at, m.sent_at
    from messages m join emails e on e.account = m.account and e.id = m.email
      join email_keys k on k.account = m.account and k.email = m.email
    where m.account = ${from.account} and m.mailbox = ${from.mailbox} and m.uid = ${message.uid}`)
  if (!row) throw new Error(`message ${from.account} ${from.mailbox} ${message.uid} has no email`)
  const { envelope } = JSON.parse(row.digest) as Digest
  const { digest, subject, heads, structure, links } = row
  const facts = {
    ...{ digest, subject, heads, structure, links },
    envelope: row.envelope,
    sentAt: row.sent_at,
    threadKeys: threadKeysOf(envelope, fold(baseSubject(envelope.subject))),
    fields: ownFields(row),
  }
  const flags = names.of(row.flags, row.more).filter((flag) => rights.includes(rightFor(flag)))
  const { prefix, received_at: receivedAt } = row
  return { ...to, id, at, receivedAt, prefix, blob: refOf(row), facts, flags }
}

/** Without those of the prefix, which are put in front again. */
function ownFields({ fields, prefix }: EmailRow): Uint8Array {
  return prefix.length === 0 ? fields : fields.subarray(packFields(Buffer.from(prefix)).length)
}
