// Jobs that read mailboxes.
import { all, one, reading, sql } from '../store/sql.ts'
import type { MessageRow } from './message-row.ts'

export interface MailboxRow {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly board: number
  readonly uid_validity: number
  readonly uid_next: number
  readonly modseq: number
  readonly messages: number
  readonly unseen: number
  readonly bytes: number
}

export const listMailboxes = reading('mailbox.list', function* (account: string) {
  return yield* all<MailboxRow>(sql`
    select id, name, role, board, uid_validity, uid_next, modseq, messages, unseen, bytes
    from mailboxes where account = ${account} order by name`)
})

export interface Page {
  readonly account: string
  readonly mailbox: string
  /** Only messages with a smaller UID. */
  readonly before: number
  readonly limit: number
}

export const listMessages = reading('mailbox.messages', function* (page: Page) {
  return yield* all<MessageRow>(sql`
    select mailbox, uid, id, modseq, seen, received_at, size, digest,
      blob_segment, blob_start, blob_size
    from messages
    where account = ${page.account} and mailbox = ${page.mailbox} and uid < ${page.before}
    order by uid desc limit ${page.limit}`)
})

export const findMessage = reading(
  'mailbox.message',
  function* (args: { account: string; mailbox: string; uid: number }) {
    return yield* one<MessageRow & { prefix: Uint8Array }>(sql`
    select mailbox, uid, id, modseq, seen, received_at, size, digest, prefix,
      blob_segment, blob_start, blob_size
    from messages
    where account = ${args.account} and mailbox = ${args.mailbox} and uid = ${args.uid}`)
  },
)

export interface UsageRow {
  readonly messages: number
  readonly bytes: number
  readonly quota_messages: number
  readonly quota_bytes: number
}

export const findUsage = reading('mailbox.usage', function* (account: string) {
  return yield* one<UsageRow>(sql`
    select messages, bytes, quota_messages, quota_bytes from mail_accounts
    where account = ${account}`)
})
