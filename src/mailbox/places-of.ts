// Where emails are: the messages of each, in one question for many.
import { all, type Work } from '../store/sql.ts'
import { deleted } from './flags.ts'

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

interface Wanted {
  readonly id: string
  readonly thread: number
}

type PlaceRow = PlaceFacts & { readonly email: string }

const few = 5
/** Of more, nobody asks at once. */
export const placesMax = 50

/** By email, as far as it has any. What is marked as deleted is not among them. */
export function* placesOf(
  account: string,
  emails: readonly Wanted[],
): Work<ReadonlyMap<string, readonly PlaceFacts[]>> {
  // One of two lengths, so that two statements are prepared and not fifty.
  const width = emails.length <= few ? few : placesMax
  const wanted = emails.concat(Array(width - emails.length).fill(emails.at(-1)))
  // "Cross" has SQLite go from those that are wanted to the messages, never through all messages.
  const text = `
    with wanted (email, thread) as (values ${wanted.map(() => '(?, ?)').join(', ')})
    select distinct m.email, m.mailbox, m.uid, m.flags, m.more, m.received_at as "receivedAt",
      m.sent_at as "sentAt", m.size
    from wanted w cross join messages t cross join messages m
    where t.account = ? and t.thread = w.thread and t.email = w.email
      and m.account = t.account and m.mailbox = t.mailbox and m.uid = t.uid
      and (m.flags & ?) = 0`
  const values = [...wanted.flatMap(({ id, thread }) => [id, thread]), account, deleted]
  return Map.groupBy(yield* all<PlaceRow>({ text, values }), ({ email }) => email)
}
