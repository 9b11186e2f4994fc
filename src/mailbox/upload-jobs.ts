// Jobs on bytes that a client has uploaded and not yet used (RFC 8620 §6.1): they are kept a day.
import { Refused } from '../base/refused.ts'
import { release, retain } from '../store/blob-rows.ts'
import type { BlobRef } from '../store/blobs.ts'
import { all, one, reading, run, sql, type Work, writing } from '../store/sql.ts'
import { type BlobColumns, refOf } from './message-row.ts'

export interface Upload {
  readonly account: string
  readonly id: string
  readonly blob: BlobRef
  /** As the client said it. */
  readonly type: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** So much may wait in one account. */
const uploadsMax = 1_000
const uploadsMaxBytes = 1024 * 1024 * 1024

/** @throws Refused 'too-many' */
export const addUpload = writing('mailbox.add-upload', function* (upload: Upload): Work<void> {
  const { account, id, blob, type, at } = upload
  const kept = yield* one<{ n: number; bytes: number }>(sql`
    select count(*) as n, coalesce(sum(blob_size), 0) as bytes from uploads
    where account = ${account}`)
  if (Number(kept?.n) >= uploadsMax || Number(kept?.bytes) + blob.size > uploadsMaxBytes)
    throw new Refused('too-many', `uploads of ${account}`)
  yield* retain(blob)
  yield* run(sql`
    insert into uploads (account, id, blob_segment, blob_start, blob_size, type, at)
    values (${account}, ${id}, ${blob.segment}, ${blob.offset}, ${blob.size}, ${type}, ${at})`)
})

type UploadRow = BlobColumns & { readonly id: string; readonly type: string; readonly at: number }

export const findUpload = reading(
  'mailbox.upload',
  function* ({ account, id }: { account: string; id: string }): Work<Upload | undefined> {
    const row = yield* one<UploadRow>(sql`
      select id, type, at, blob_segment, blob_start, blob_size from uploads
      where account = ${account} and id = ${id}`)
    return row && { account, id, blob: refOf(row), type: row.type, at: row.at }
  },
)

/** Gives up what was uploaded before a time; how many, at most 500. */
export const pruneUploads = writing(
  'mailbox.prune-uploads',
  function* ({ account, before }: { account: string; before: number }): Work<number> {
    const rows = yield* all<UploadRow>(sql`
      select id, type, at, blob_segment, blob_start, blob_size from uploads
      where account = ${account} and at < ${before} limit 500`)
    for (const row of rows) {
      yield* run(sql`delete from uploads where account = ${account} and id = ${row.id}`)
      yield* release(refOf(row))
    }
    return rows.length
  },
)
