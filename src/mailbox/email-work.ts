// The end of an email: when no message is left of it, its row goes and its bytes lose their owner.

import { baseSubject } from '../message/base-subject.ts'
import type { Digest } from '../message/digest.ts'
import { release } from '../store/blob-rows.ts'
import { one, run, sql, type Work } from '../store/sql.ts'
import { fold, threadKeysOf } from './facts.ts'
import { type BlobColumns, refOf } from './message-row.ts'
import { leaveThread } from './threads.ts'

/** True when it went: it was in no mailbox, and nothing expunged could bring it back. */
export function* dropEmail(
  account: string,
  { email, thread }: { readonly email: string; readonly thread: number },
): Work<boolean> {
  const kept = yield* one(sql`
    select uid from messages
    where account = ${account} and thread = ${thread} and email = ${email} limit 1`)
  if (kept) return false
  const restorable = yield* one(sql`
    select uid from expunged where account = ${account} and email = ${email} limit 1`)
  if (restorable) return false
  const row = yield* one<BlobColumns & { digest: string }>(sql`
    delete from emails where account = ${account} and id = ${email}
    returning blob_segment, blob_start, blob_size, digest`)
  if (!row) return false
  yield* run(sql`delete from email_keys where account = ${account} and email = ${email}`)
  yield* release(refOf(row))
  const { envelope } = JSON.parse(row.digest) as Digest
  yield* leaveThread(account, thread, threadKeysOf(envelope, fold(baseSubject(envelope.subject))))
  return true
}
