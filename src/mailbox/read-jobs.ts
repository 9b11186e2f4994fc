// Jobs that read mailboxes.
import { all, columns, one, reading, type Statement, sql, type Work } from '../store/sql.ts'
import type { FlagRow } from './change-log.ts'
import type { MessageRow } from './message-row.ts'
import { mergedRanges, overSlice, slicesOf, type UidRange } from './uid-set.ts'

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
  readonly unread: number
  readonly deleted: number
  readonly bytes: number
  readonly subscribed: number
  /** Of lists only. */
  readonly sort_order?: number
}

export const listMailboxes = reading('mailbox.list', function* (account: string) {
  return yield* all<MailboxRow>(sql`
    select m.id, m.name, role, board, uid_validity, uid_next, modseq, messages, unseen, unread,
      deleted, bytes, sort_order, case when s.name is null then 0 else 1 end as subscribed
    from mailboxes m left join subscriptions s on s.account = m.account and s.name = m.name
    where m.account = ${account} order by m.name`)
})

/** Names that are subscribed to, of mailboxes that are there and that are not. */
export const listSubscriptions = reading('mailbox.subscriptions', function* (account: string) {
  return (yield* all<{ name: string }>(sql`
    select name from subscriptions where account = ${account} order by name`)).map(
    ({ name }) => name,
  )
})

const messageColumns = `m.mailbox, m.uid, m.email, m.thread, m.flags, m.more, m.modseq,
  m.received_at, m.saved_at, m.sent_at, m.size, e.digest,
  e.blob_segment, e.blob_start, e.blob_size`
const withEmail = 'from messages m join emails e on e.account = m.account and e.id = m.email'

function messages(from: Statement, more = ''): Statement {
  const { text, values } = from
  return { text: `select ${messageColumns}${more} ${withEmail} ${text}`, values }
}

export interface Page {
  readonly account: string
  readonly mailbox: string
  /** Only messages with a smaller UID. */
  readonly before: number
  readonly limit: number
}

export const listMessages = reading('mailbox.messages', function* (page: Page) {
  return yield* all<MessageRow>(
    messages(sql`
      where m.account = ${page.account} and m.mailbox = ${page.mailbox} and m.uid < ${page.before}
      order by m.uid desc limit ${page.limit}`),
  )
})

export type WithPrefix = MessageRow & { readonly prefix: Uint8Array }

export const findMessage = reading(
  'mailbox.message',
  function* (args: { account: string; mailbox: string; uid: number }) {
    const { account, mailbox, uid } = args
    const where = sql`where m.account = ${account} and m.mailbox = ${mailbox} and m.uid = ${uid}`
    return yield* one<WithPrefix>(messages(where, ', e.prefix'))
  },
)

export interface PlaceRow {
  readonly mailbox: string
  readonly uid: number
}

/** Where the messages of an email are. */
export function* placesOf(
  account: string,
  email: string,
  thread: number,
): Work<readonly PlaceRow[]> {
  return yield* all<PlaceRow>(sql`
    select mailbox, uid from messages
    where account = ${account} and thread = ${thread} and email = ${email}`)
}

/** Every message of an email: one for each mailbox that it is in. */
export const findEmail = reading(
  'mailbox.email',
  function* ({ account, id }: { account: string; id: string }) {
    const email = yield* one<{ thread: number }>(sql`
      select thread from emails where account = ${account} and id = ${id}`)
    const rows: WithPrefix[] = []
    for (const { mailbox, uid } of email ? yield* placesOf(account, id, email.thread) : []) {
      const row = yield* findMessage.work({ account, mailbox, uid })
      if (row) rows.push(row)
    }
    return rows
  },
)

/** The messages of a thread, the oldest first. */
export const listThread = reading(
  'mailbox.thread',
  function* ({ account, thread }: { account: string; thread: number }) {
    return yield* all<{ email: string; mailbox: string; uid: number; flags: number }>(sql`
      select m.email, m.mailbox, m.uid, m.flags
      from messages t cross join messages m
      where t.account = ${account} and t.thread = ${thread}
        and m.account = t.account and m.mailbox = t.mailbox and m.uid = t.uid
      order by m.received_at, m.email`)
  },
)

export interface SliceOrder {
  readonly account: string
  readonly mailbox: string
  /** Only messages with a larger UID. */
  readonly after: number
  readonly limit: number
}

export const flagRows = reading('mailbox.flag-rows', function* (order: SliceOrder) {
  return yield* columns<FlagRow>(sql`
    select uid, flags, more, modseq from messages
    where account = ${order.account} and mailbox = ${order.mailbox} and uid > ${order.after}
    order by uid limit ${order.limit}`)
})

export type SortRow = readonly [
  uid: number,
  receivedAt: number,
  sentAt: number,
  size: number,
  savedAt: number,
  email: string,
  thread: number,
]

export const sortRows = reading('mailbox.sort-rows', function* (order: SliceOrder) {
  return yield* columns<SortRow>(sql`
    select uid, received_at, sent_at, size, saved_at, email, thread from messages
    where account = ${order.account} and mailbox = ${order.mailbox} and uid > ${order.after}
    order by uid limit ${order.limit}`)
})

export const subjectRows = reading('mailbox.subject-rows', function* (order: SliceOrder) {
  return yield* columns<readonly [uid: number, subject: string]>(sql`
    select m.uid, k.subject from messages m
    join email_keys k on k.account = m.account and k.email = m.email
    where m.account = ${order.account} and m.mailbox = ${order.mailbox} and m.uid > ${order.after}
    order by m.uid limit ${order.limit}`)
})

export const messagesOfUids = reading(
  'mailbox.messages-of',
  function* (order: {
    account: string
    mailbox: string
    uids: readonly UidRange[]
    limit: number
  }) {
    const { account, mailbox, limit } = order
    const rows: MessageRow[] = []
    for (const slice of slicesOf(mergedRanges(order.uids))) {
      const left = limit - rows.length
      if (left === 0) break
      const where = sql`where m.account = ${account} and m.mailbox = ${mailbox} and`
      const head = messages(where)
      const tail = sql`order by m.uid limit ${left}`
      rows.push(...(yield* all<MessageRow>(overSlice(head, slice, tail, 'm.uid'))))
    }
    return rows
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

/** Accounts with mail, in the order of their ids. */
export const listMailAccounts = reading(
  'mailbox.accounts',
  function* ({ after, limit }: { after: string; limit: number }) {
    return yield* all<{ account: string; modseq: number; horizon: number }>(sql`
      select account, modseq, horizon from mail_accounts
      where account > ${after} order by account limit ${limit}`)
  },
)
