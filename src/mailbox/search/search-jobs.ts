// Jobs that read for the index and for searches: what is to be indexed, and where hits are.
import { all, columns, reading, sql, type Work } from '../../store/sql.ts'
import { goneOf } from '../change.ts'
import { accountState, type LogRow } from '../change-log.ts'
import { type BlobColumns, refOf } from '../message-row.ts'
import { listed, overSlice, slicesOf, uidRanges } from '../uid-set.ts'

/** An email and its thread. */
export interface Pair {
  readonly email: string
  readonly thread: number
}

export interface News {
  /** Emails that came into mailboxes, some of them not for the first time. */
  readonly came: readonly Pair[]
  /** Emails that are gone for good. */
  readonly gone: readonly string[]
  /** The modseq that this leads to. */
  readonly upTo: number
  readonly more: boolean
}

const rowsMax = 100

/** What the log tells of emails since a modseq; undefined when it does not reach back that far. */
export const newsSince = reading(
  'mailbox.news',
  function* ({ account, upTo }: { account: string; upTo: number }): Work<News | undefined> {
    const state = yield* accountState(account)
    if (upTo < state.horizon || upTo > state.modseq) return undefined
    const log = yield* all<LogRow>(sql`
      select modseq, mailbox, kind, uids, gone from changes
      where account = ${account} and modseq > ${upTo} order by modseq limit ${rowsMax}`)
    const came = new Map<string, number>()
    const left: string[] = []
    for (const row of log) {
      if (row.kind === 'added')
        for (const { email, thread } of yield* emailsOf(account, row)) came.set(email, thread)
      else left.push(...goneOf(row.gone).map(({ email }) => email))
    }
    const more = log.length === rowsMax
    const last = log.at(-1)?.modseq ?? upTo
    return {
      came: [...came].map(([email, thread]) => ({ email, thread })),
      gone: yield* missing(account, [...new Set(left)]),
      upTo: more ? last : state.modseq,
      more,
    }
  },
)

function* emailsOf(account: string, { mailbox, uids }: LogRow): Work<readonly Pair[]> {
  const found: Pair[] = []
  for (const slice of slicesOf(uidRanges(uids))) {
    const head = sql`
      select email, thread from messages
      where account = ${account} and mailbox = ${mailbox} and`
    found.push(...(yield* all<Pair>(overSlice(head, slice))))
  }
  return found
}

const askedMax = 100

/** Those that are no longer there, not even to be restored. */
function* missing(account: string, emails: readonly string[]): Work<string[]> {
  const there = new Set<string>()
  for (let from = 0; from < emails.length; from += askedMax) {
    const list = listed(emails.slice(from, from + askedMax))
    const rows = yield* all<{ id: string }>({
      text: `select id from emails where account = ? and id in ${list.text}`,
      values: [account, ...list.values],
    })
    for (const { id } of rows) there.add(id)
  }
  return emails.filter((email) => !there.has(email))
}

export const modseqOf = reading('mailbox.modseq', function* (account: string) {
  return (yield* accountState(account)).modseq
})

export interface EmailPage {
  readonly account: string
  readonly after: string
  readonly limit: number
}

/** Every email of an account, in the order of ids. */
export const listEmails = reading('mailbox.emails', function* (page: EmailPage) {
  return yield* all<Pair>(sql`
    select id as email, thread from emails
    where account = ${page.account} and id > ${page.after} order by id limit ${page.limit}`)
})

type StoredRow = BlobColumns & {
  readonly id: string
  readonly thread: number
  readonly digest: string
}

/** What is kept of emails and where their bytes are: at most 100, those that are there. */
export const storedEmails = reading(
  'mailbox.stored-emails',
  function* ({ account, emails }: { account: string; emails: readonly string[] }) {
    if (emails.length === 0) return []
    const list = listed(emails)
    const rows = yield* all<StoredRow>({
      text: `select id, thread, digest, blob_segment, blob_start, blob_size from emails
        where account = ? and id in ${list.text}`,
      values: [account, ...list.values],
    })
    return rows.map((row) => ({
      email: row.id,
      thread: row.thread,
      digest: row.digest,
      blob: refOf(row),
    }))
  },
)

const wantedMax = 50

export interface Located {
  readonly email: string
  readonly mailbox: string
  readonly uid: number
}

/**
 * The messages of emails, at most 1,000 of these, in all mailboxes. "Cross" has SQLite go from
 * those that are wanted to the messages, never through all messages.
 */
export const locate = reading(
  'mailbox.locate',
  function* ({ account, pairs }: { account: string; pairs: readonly Pair[] }) {
    const found = new Map<string, Located>()
    for (let from = 0; from < pairs.length; from += wantedMax) {
      const part = pairs.slice(from, from + wantedMax)
      const last = part.at(-1)
      const padded = last ? part.concat(Array(wantedMax - part.length).fill(last)) : part
      const text = `
        with wanted (email, thread) as (values ${padded.map(() => '(?, ?)').join(', ')})
        select m.email, m.mailbox, m.uid
        from wanted w cross join messages m
        where m.account = ? and m.thread = w.thread and m.email = w.email`
      const values = [...padded.flatMap(({ email, thread }) => [email, thread]), account]
      for (const row of yield* all<Located>({ text, values }))
        found.set(`${row.mailbox} ${row.uid}`, row)
    }
    return [...found.values()]
  },
)

export interface HeadsOrder {
  readonly account: string
  readonly mailbox: string
  readonly after: number
  readonly limit: number
  /** For "like": what the heads must hold. */
  readonly pattern: string
  readonly cutPattern: string
}

export interface HeadsFound {
  readonly found: readonly { readonly uid: number; readonly heads: string }[]
  /** The last UID that was looked at, null at the end. */
  readonly last: number | null
}

/** Of the next messages of a mailbox, those whose heads hold a text, or were cut. */
export const searchHeads = reading(
  'mailbox.search-heads',
  function* (order: HeadsOrder): Work<HeadsFound> {
    const { account, mailbox, after, limit } = order
    const rows = yield* columns<[uid: number]>(sql`
    select uid from messages
    where account = ${account} and mailbox = ${mailbox} and uid > ${after}
    order by uid limit ${limit}`)
    const last = rows.at(-1)?.[0]
    if (last === undefined) return { found: [], last: null }
    const found = yield* all<{ uid: number; heads: string }>(sql`
    select m.uid, k.heads from messages m
    join email_keys k on k.account = m.account and k.email = m.email
    where m.account = ${account} and m.mailbox = ${mailbox} and m.uid > ${after}
      and m.uid <= ${last}
      and (k.heads like ${order.pattern} escape '\\' or k.heads like ${order.cutPattern})
    order by m.uid`)
    return { found, last: rows.length < limit ? null : last }
  },
)
