// The verbs of the mailbox as jobs of their own, for its tests.
import { retain } from '../../store/blob-rows.ts'
import type { BlobRef } from '../../store/blobs.ts'
import { all, reading, sql, writing } from '../../store/sql.ts'
import { closeMailAccount, type NewMailAccount, openMailAccount } from '../account-work.ts'
import { append, type Change, type NewMessage, remove } from '../append.ts'

export const open = writing('testing.open', function* (args: NewMailAccount) {
  yield* openMailAccount(args)
})

export const close = writing('testing.close', closeMailAccount)

export const add = writing('testing.append', function* (message: NewMessage) {
  yield* retain(message.blob)
  return yield* append(message)
})

export const drop = writing(
  'testing.remove',
  function* (args: { account: string; mailbox: string; uid: number }) {
    return yield* remove(args.account, args.mailbox, args.uid)
  },
)

export const listChanges = reading('testing.changes', function* (account: string) {
  return yield* all<Change>(sql`
    select account, modseq, mailbox, uid, kind from changes where account = ${account}
    order by modseq`)
})

export const listOwners = reading('testing.owners', function* () {
  return yield* all<BlobRef & { refs: number }>(
    sql`select segment, start as "offset", size, refs from blobs where refs > 0`,
  )
})
