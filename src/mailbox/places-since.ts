// Where the emails are that changed since a modseq: what keeps a picture of a whole account up to
// date without reading the account again.
import { all, reading, type Value } from '../store/sql.ts'
import { accountState } from './change-log.ts'
import { deleted } from './flags.ts'
import { logSince, messagesOf, type SinceOrder } from './objects-since.ts'

/** One message of an email. */
export interface PlaceFacts {
  readonly mailbox: string
  readonly uid: number
  readonly flags: number
  readonly more: number
  readonly receivedAt: number
  readonly sentAt: number
  readonly size: number
}

export interface PlacedEmail {
  readonly id: string
  readonly thread: number
  /** None: the email is gone. What is marked as deleted is not among them. */
  readonly places: readonly PlaceFacts[]
}

export interface PlacesSince {
  readonly emails: readonly PlacedEmail[]
  /** What they are as of; there is more after it where it is not the account's own. */
  readonly modseq: number
  readonly more: boolean
}

type PlaceRow = Readonly<Record<string, Value>> & { readonly email: string }

// "Cross" has SQLite go from those that are wanted to the messages, never through all messages.
const few = 5
const wantedMax = 50

/** undefined when the log does not reach back that far. */
export const placesSince = reading('mailbox.places-since', function* (order: SinceOrder) {
  const { account, modseq: since, max } = order
  const state = yield* accountState(account)
  if (since < state.horizon || since > state.modseq) return undefined
  const log = yield* logSince(account, since)
  const threads = new Map<string, number>()
  let modseq = since
  for (const row of log.rows) {
    if (row.kind !== 'purged' && row.kind !== 'mailbox' && row.kind !== 'mailbox-removed')
      for (const { email, thread } of yield* messagesOf(account, row)) threads.set(email, thread)
    modseq = row.modseq
    if (threads.size >= max) break
  }
  const more = modseq !== log.rows.at(-1)?.modseq ? log.rows.length > 0 : log.more
  const touched = [...threads].map(([id, thread]) => ({ id, thread }))
  const emails: PlacedEmail[] = []
  for (let from = 0; from < touched.length; from += wantedMax)
    emails.push(...(yield* placed(account, touched.slice(from, from + wantedMax))))
  return { emails, modseq: more ? modseq : state.modseq, more } satisfies PlacesSince
})

function* placed(account: string, part: readonly Omit<PlacedEmail, 'places'>[]) {
  // One of two lengths, so that two statements are prepared and not fifty.
  const width = part.length <= few ? few : wantedMax
  const wanted = part.concat(Array(width - part.length).fill(part.at(-1)))
  const text = `
    with wanted (email, thread) as (values ${wanted.map(() => '(?, ?)').join(', ')})
    select distinct m.email, m.mailbox, m.uid, m.flags, m.more, m.received_at as "receivedAt",
      m.sent_at as "sentAt", m.size
    from wanted w cross join messages t cross join messages m
    where t.account = ? and t.thread = w.thread and t.email = w.email
      and m.account = t.account and m.mailbox = t.mailbox and m.uid = t.uid
      and (m.flags & ?) = 0`
  const values = [...wanted.flatMap(({ id, thread }) => [id, thread]), account, deleted]
  const rows = Map.groupBy(yield* all<PlaceRow>({ text, values }), ({ email }) => email)
  return part.map(({ id, thread }): PlacedEmail => {
    const places = (rows.get(id) ?? []) as unknown as readonly PlaceFacts[]
    return { id, thread, places }
  })
}
