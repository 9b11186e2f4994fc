// The verbs that other rooms compose as jobs of their own, for the tests of mailboxes, and looks
// behind the door.
import { retain } from '../../store/blob-rows.ts'
import type { BlobRef } from '../../store/blobs.ts'
import { all, reading, sql, writing, writingByRow } from '../../store/sql.ts'
import { closeMailAccount, type NewMailAccount, openMailAccount } from '../account-work.ts'
import { append, type NewMessage, takeBack } from '../append.ts'
import type { LogRow } from '../change-log.ts'

export const open = writing('testing.open', function* (args: NewMailAccount) {
  yield* openMailAccount(args)
})

export const close = writing('testing.close', closeMailAccount)

export const add = writingByRow('testing.append', function* (message: NewMessage) {
  yield* retain(message.blob)
  return yield* append(message)
})

export const drop = writing(
  'testing.take-back',
  function* (args: { account: string; email: string }) {
    return yield* takeBack(args.account, args.email)
  },
)

export const nothingLost = writing('testing.nothing-lost', function* () {})

export const listLog = reading('testing.log', function* (account: string) {
  return yield* all<LogRow>(sql`
    select modseq, mailbox, kind, uids, gone from changes where account = ${account}
    order by modseq`)
})

export const listOwners = reading('testing.owners', function* () {
  return yield* all<BlobRef & { refs: number }>(
    sql`select segment, start as "offset", size, refs from blobs where refs > 0`,
  )
})

/** How many rows each table has for an account. */
export const countRows = reading('testing.rows', function* (account: string) {
  const counts: Record<string, number> = {}
  for (const table of tables) {
    const text = `select count(*) as n from ${table} where account = ?`
    const [row] = yield* all<{ n: number }>({ text, values: [account] })
    counts[table] = row?.n ?? 0
  }
  return counts
})

const tables = [
  ...['mail_accounts', 'mailboxes', 'subscriptions', 'emails', 'messages', 'expunged'],
  ...['keywords', 'thread_keys', 'changes', 'mailbox_rights', 'annotations', 'uploads'],
]

export const writingJobs = [open, close, add, drop, nothingLost] as const
