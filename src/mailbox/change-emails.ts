// Many emails at once, all changed in the same way: their keywords and mailboxes in one
// transaction. What is gone, or would be in no mailbox, is left out and not told.
import { all, reading, type Work, writingByRow } from '../store/sql.ts'
import { type Change, lockAccount } from './change.ts'
import { carryTogether, type EmailChange, type EmailPlace, takeOut } from './email-objects.ts'
import { setFlags } from './flag-job.ts'
import { deleted } from './flags.ts'
import { listed, rangesOf } from './uid-set.ts'

export interface EmailsChange extends Pick<EmailChange, 'account' | 'flags' | 'mailboxes' | 'at'> {
  /** At most a few hundred: all of it is one job. */
  readonly emails: readonly string[]
}

export interface EmailsChanged {
  /** The emails that are now as was asked. */
  readonly done: readonly string[]
  readonly changes: readonly Change[]
}

export interface StandingEmail {
  readonly id: string
  /** Never none. What is marked as deleted is not among them. */
  readonly places: readonly EmailPlace[]
}

const slice = 100

function* placedEmails(account: string, ids: readonly string[]): Work<StandingEmail[]> {
  const found = new Map<string, EmailPlace[]>()
  for (let from = 0; from < ids.length; from += slice) {
    const list = listed(ids.slice(from, from + slice))
    // "Cross" has SQLite go from the emails to their messages.
    const rows = yield* all<EmailPlace & { readonly email: string }>({
      text: `select distinct m.email, m.mailbox, m.uid, m.flags, m.more
        from emails e cross join messages t cross join messages m
        where e.account = ? and e.id in ${list.text}
          and t.account = e.account and t.thread = e.thread and t.email = e.id
          and m.account = t.account and m.mailbox = t.mailbox and m.uid = t.uid
          and (m.flags & ?) = 0`,
      values: [account, ...list.values, deleted],
    })
    for (const { email, mailbox, uid, flags, more } of rows) {
      const places = found.get(email) ?? []
      places.push({ mailbox, uid, flags, more })
      found.set(email, places)
    }
  }
  return [...found].map(([id, places]) => ({ id, places }))
}

/** Where emails are, in no order. */
export const placesOfEmails = reading(
  'mailbox.places-of-emails',
  function* ({ account, ids }: { account: string; ids: readonly string[] }) {
    return yield* placedEmails(account, ids)
  },
)

/** @throws Refused 'not-found' for a mailbox, 'bad-value', 'too-many' keywords, 'over-quota' */
export const changeEmails = writingByRow('mailbox.change-emails', function* (order: EmailsChange) {
  const { account, mailboxes, emails } = order
  yield* lockAccount(account)
  const found = (yield* placedEmails(account, emails)).filter((email) =>
    staysSomewhere(email, order),
  )
  const changes: Change[] = [...(yield* mark(order, found))]
  const alike = Map.groupBy(found, ({ places }) =>
    [...new Set(places.map(({ mailbox }) => mailbox))].sort().join(' '),
  )
  for (const group of mailboxes ? alike.values() : [])
    changes.push(
      ...(yield* carryTogether(
        order,
        group.map(({ places }) => places),
      )),
    )
  return { done: found.map(({ id }) => id), changes } satisfies EmailsChanged
})

function staysSomewhere({ places }: StandingEmail, { mailboxes }: EmailsChange): boolean {
  if (!mailboxes || mailboxes.add.length > 0) return true
  if (mailboxes.mode === 'replace') return false
  return places.some(({ mailbox }) => !mailboxes.remove.includes(mailbox))
}

function* mark(
  { account, flags, at }: EmailsChange,
  found: readonly StandingEmail[],
): Work<Change[]> {
  if (!flags) return []
  const changes: Change[] = []
  const places = found.flatMap((email) => email.places)
  for (const [mailbox, of] of Map.groupBy(places, (place) => place.mailbox)) {
    const uids = rangesOf(of.map(({ uid }) => uid).sort((a, b) => a - b))
    const step = function* (mode: 'replace' | 'add' | 'remove', names: readonly string[]) {
      if (names.length === 0 && mode !== 'replace') return
      const order = { account, mailbox, uids, at, mode, flags: names }
      changes.push(...(yield* setFlags.work(order)).changes)
    }
    yield* step(flags.mode === 'replace' ? 'replace' : 'add', flags.add)
    if (flags.mode === 'patch') yield* step('remove', flags.remove)
  }
  return changes
}

/** Takes emails out of every mailbox; they can be restored for a time. */
export const destroyEmails = writingByRow(
  'mailbox.destroy-emails',
  function* (order: { account: string; emails: readonly string[]; at: number }) {
    const { account, emails, at } = order
    yield* lockAccount(account)
    const found = yield* placedEmails(account, emails)
    const changes: Change[] = []
    const places = found.flatMap((email) => email.places)
    for (const [mailbox, of] of Map.groupBy(places, (place) => place.mailbox)) {
      const uids = rangesOf(of.map(({ uid }) => uid).sort((a, b) => a - b))
      changes.push(...(yield* takeOut(account, mailbox, uids, at)))
    }
    return { done: found.map(({ id }) => id), changes } satisfies EmailsChanged
  },
)
