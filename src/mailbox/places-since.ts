// Where the emails are that changed since a modseq: what keeps a picture of a whole account up to
// date without reading the account again.
import { reading } from '../store/sql.ts'
import { accountState } from './change-log.ts'
import { logSince, messagesOf, type SinceOrder } from './objects-since.ts'
import { type PlaceFacts, placesMax, placesOf } from './places-of.ts'

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
  for (let from = 0; from < touched.length; from += placesMax)
    emails.push(...(yield* placed(account, touched.slice(from, from + placesMax))))
  return { emails, modseq: more ? modseq : state.modseq, more } satisfies PlacesSince
})

function* placed(account: string, part: readonly Omit<PlacedEmail, 'places'>[]) {
  const places = yield* placesOf(account, part)
  return part.map((email): PlacedEmail => ({ ...email, places: places.get(email.id) ?? [] }))
}
