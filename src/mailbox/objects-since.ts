// What changed in an account since a modseq, as JMAP asks it (RFC 8620 §5.2): emails, threads and
// mailboxes that came, changed and went, out of the one log.
import { all, reading, sql, type Work } from '../store/sql.ts'
import { type Gone, goneOf } from './change.ts'
import { accountState, type LogRow } from './change-log.ts'
import { deleted } from './flags.ts'
import { overSlice, slicesOf, uidRanges } from './uid-set.ts'

export interface Objects {
  /** Ids (of threads: their numbers as text). None is in two of the lists. */
  readonly created: readonly string[]
  readonly updated: readonly string[]
  readonly destroyed: readonly string[]
  /** The state these changes lead to. */
  readonly modseq: number
  /** There is more after that. */
  readonly more: boolean
}

export interface SinceOrder {
  readonly account: string
  readonly modseq: number
  /** How many ids at most. One change may be of 100. */
  readonly max: number
}

/** Log rows that are looked at in one go. */
const rowsMax = 1_000

/**
 * Emails of the account that changed; undefined when that cannot be calculated. Emails all of
 * whose messages are marked as deleted are gone (RFC 8621 §4.1.1); one that was so before, and
 * was touched again, is told as destroyed once more.
 */
export const emailsSince = reading('mailbox.emails-since', (order: SinceOrder) =>
  objectsSince(order, (row) => emailsIn(order.account, row), createdEmails),
)

/** Threads of the account that emails came into or left; as `emailsSince`. */
export const threadsSince = reading('mailbox.threads-since', (order: SinceOrder) =>
  objectsSince(order, (row) => threadsIn(order.account, row), createdThreads),
)

/** Something that a change is of, and when it began. */
interface Touched {
  readonly id: string
  readonly thread: number
  readonly created: number
}

/** The log after a modseq, or the first of it. */
export function* logSince(
  account: string,
  since: number,
): Work<{ readonly rows: readonly LogRow[]; readonly more: boolean }> {
  const rows = yield* all<LogRow>(sql`
    select modseq, mailbox, kind, uids, gone from changes
    where account = ${account} and modseq > ${since} order by modseq limit ${rowsMax}`)
  return { rows, more: rows.length === rowsMax }
}

function* objectsSince(
  { account, modseq: since, max }: SinceOrder,
  touchedBy: (row: LogRow) => Work<readonly Touched[]>,
  createdOf: (account: string, touched: readonly Touched[]) => Work<Map<string, number>>,
): Work<Objects | undefined> {
  const state = yield* accountState(account)
  if (since < state.horizon || since > state.modseq) return undefined
  const log = yield* logSince(account, since)
  const touched = new Map<string, Touched>()
  let modseq = since
  let more = log.more
  for (const row of log.rows) {
    const these = yield* touchedBy(row)
    const fresh = new Set(these.map(({ id }) => id).filter((id) => !touched.has(id)))
    more ||= touched.size + fresh.size > max
    if (touched.size + fresh.size > max) break
    for (const each of these) {
      const before = touched.get(each.id)
      if (!before || each.created < before.created) touched.set(each.id, each)
    }
    modseq = row.modseq
  }
  if (more && modseq === since) return undefined
  const live = yield* createdOf(account, [...touched.values()])
  const sorted = sort(since, touched, live)
  return { ...sorted, modseq: more ? modseq : state.modseq, more }
}

function sort(
  since: number,
  touched: ReadonlyMap<string, Touched>,
  live: ReadonlyMap<string, number>,
) {
  const created: string[] = []
  const updated: string[] = []
  const destroyed: string[] = []
  for (const [id, before] of touched) {
    const began = live.get(id)
    if (began !== undefined) (began > since ? created : updated).push(id)
    // What came and went since then was never heard of.
    else if (before.created <= since) destroyed.push(id)
  }
  return { created, updated, destroyed }
}

function* emailsIn(account: string, row: LogRow): Work<readonly Touched[]> {
  const gone = row.kind === 'purged' ? [] : yield* messagesOf(account, row)
  return gone.map(({ email: id, thread, created }) => ({ id, thread, created }))
}

function* threadsIn(account: string, row: LogRow): Work<readonly Touched[]> {
  if (row.kind === 'flags' || row.kind === 'purged') return []
  const gone = yield* messagesOf(account, row)
  return gone.map(({ thread, created }) => ({ id: String(thread), thread, created }))
}

/** The messages a change is of, as far as they are there or the log remembers them. */
export function* messagesOf(
  account: string,
  { mailbox, uids, gone }: LogRow,
): Work<readonly Gone[]> {
  if (gone !== '') return goneOf(gone)
  const found: Gone[] = []
  for (const slice of slicesOf(uidRanges(uids))) {
    const head = sql`
      select email, thread, created from messages
      where account = ${account} and mailbox = ${mailbox} and`
    found.push(...(yield* all<Gone>(overSlice(head, slice))))
  }
  return found
}

// "Cross" has SQLite go from those that are wanted to the messages, never through all messages.
const wantedMax = 50

/** Since when each email is seen; those that are not are missing. */
function* createdEmails(account: string, touched: readonly Touched[]): Work<Map<string, number>> {
  const live = new Map<string, number>()
  for (let from = 0; from < touched.length; from += wantedMax) {
    const part = padded(touched.slice(from, from + wantedMax))
    const text = `
      with wanted (email, thread) as (values ${part.map(() => '(?, ?)').join(', ')})
      select m.email as id, min(m.created) as created
      from wanted w cross join messages t cross join messages m
      where t.account = ? and t.thread = w.thread and t.email = w.email
        and m.account = t.account and m.mailbox = t.mailbox and m.uid = t.uid
        and (m.flags & ?) = 0
      group by m.email`
    const values = [...part.flatMap(({ id, thread }) => [id, thread]), account, deleted]
    for (const row of yield* all<Began>({ text, values })) live.set(String(row.id), row.created)
  }
  return live
}

function* createdThreads(account: string, touched: readonly Touched[]): Work<Map<string, number>> {
  const live = new Map<string, number>()
  for (let from = 0; from < touched.length; from += wantedMax) {
    const part = padded(touched.slice(from, from + wantedMax))
    const text = `
      with wanted (thread) as (values ${part.map(() => '(?)').join(', ')})
      select m.thread as id, min(m.created) as created
      from wanted w cross join messages t cross join messages m
      where t.account = ? and t.thread = w.thread
        and m.account = t.account and m.mailbox = t.mailbox and m.uid = t.uid
        and (m.flags & ?) = 0
      group by m.thread`
    const values = [...part.map(({ thread }) => thread), account, deleted]
    for (const row of yield* all<Began>({ text, values })) live.set(String(row.id), row.created)
  }
  return live
}

interface Began {
  readonly id: string | number
  readonly created: number
}

/** One of two lengths, so that two statements are prepared and not fifty. */
function padded(part: readonly Touched[]): readonly Touched[] {
  const last = part.at(-1)
  const width = part.length <= 5 ? 5 : wantedMax
  return last ? part.concat(Array(width - part.length).fill(last)) : part
}

/** The modseq of the account's last change: every JMAP state of its mail. */
export const accountModseq = reading('mailbox.account-modseq', function* (account: string) {
  return (yield* accountState(account)).modseq
})
