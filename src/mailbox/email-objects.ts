// Emails as JMAP has them (RFC 8621 §4): one object, whatever mailboxes it is in. Reads them, and
// changes one as a whole: its keywords and its mailboxes in one transaction, or nothing.
import { Refused } from '../base/refused.ts'
import { retain } from '../store/blob-rows.ts'
import type { BlobRef } from '../store/blobs.ts'
import { all, one, reading, sql, type Work, writingByRow } from '../store/sql.ts'
import { type Appended, append } from './append.ts'
import type { NewLetter } from './append-many.ts'
import { type Change, lockAccount } from './change.ts'
import { copyMessages } from './copy-job.ts'
import { expungeLocked } from './expunge-job.ts'
import { needMailbox, setFlags } from './flag-job.ts'
import { type BlobColumns, refOf } from './message-row.ts'
import { placesMax, placesOf } from './places-of.ts'
import { listed, rangesOf, type UidRange } from './uid-set.ts'

/** One message of an email. */
export interface EmailPlace {
  readonly mailbox: string
  readonly uid: number
  readonly flags: number
  readonly more: number
}

export interface EmailObject {
  readonly id: string
  readonly thread: number
  /** As JSON. */
  readonly digest: string
  readonly blob: BlobRef
  readonly prefix: Uint8Array
  readonly receivedAt: number
  readonly size: number
  /** Never none. What is marked as deleted is not among them (RFC 8621 §4.1.1). */
  readonly places: readonly EmailPlace[]
}

type StoredRow = BlobColumns & {
  readonly id: string
  readonly thread: number
  readonly digest: string
  readonly prefix: Uint8Array
}

/** Those that are there, in no order. */
export const emailObjects = reading(
  'mailbox.email-objects',
  function* ({ account, ids }: { account: string; ids: readonly string[] }) {
    const found: EmailObject[] = []
    for (let from = 0; from < ids.length; from += placesMax) {
      const list = listed(ids.slice(from, from + placesMax))
      const rows = yield* all<StoredRow>({
        text: `select id, thread, digest, prefix, blob_segment, blob_start, blob_size from emails
          where account = ? and id in ${list.text}`,
        values: [account, ...list.values],
      })
      if (rows.length > 0) found.push(...(yield* placed(account, rows)))
    }
    return found
  },
)

function* placed(account: string, rows: readonly StoredRow[]): Work<readonly EmailObject[]> {
  const places = yield* placesOf(account, rows)
  return rows.flatMap((row) => {
    const of = places.get(row.id) ?? []
    const first = of[0]
    if (!first) return []
    const { id, thread, digest, prefix } = row
    const receivedAt = Math.min(...of.map((place) => place.receivedAt))
    return [
      {
        ...{ id, thread, digest, prefix, receivedAt },
        blob: refOf(row),
        size: first.size,
        places: of,
      },
    ]
  })
}

/** What is to become of an email. */
export interface EmailChange {
  readonly account: string
  readonly email: string
  readonly flags?: {
    readonly mode: 'replace' | 'patch'
    readonly add: readonly string[]
    readonly remove: readonly string[]
  }
  readonly mailboxes?: {
    readonly mode: 'replace' | 'patch'
    readonly add: readonly string[]
    readonly remove: readonly string[]
  }
  /** Milliseconds since 1970. */
  readonly at: number
}

function* livePlaces(account: string, email: string): Work<readonly EmailPlace[]> {
  const [object] = yield* emailObjects.work({ account, ids: [email] })
  if (!object) throw new Refused('not-found', `email ${account} ${email}`)
  return object.places
}

/**
 * @throws Refused 'not-found' for the email or a mailbox, 'bad-value' for keywords and for no
 * mailbox at all, 'too-many' keywords, 'over-quota'
 */
export const changeEmail = writingByRow('mailbox.change-email', function* (order: EmailChange) {
  const { account, email, flags, mailboxes, at } = order
  yield* lockAccount(account)
  const places = yield* livePlaces(account, email)
  const changes: Change[] = []
  for (const { mailbox, uid } of flags ? places : []) {
    const common = { account, mailbox, uids: [[uid, uid] as const], at }
    const step = function* (mode: 'replace' | 'add' | 'remove', names: readonly string[]) {
      if (names.length === 0 && mode !== 'replace') return
      changes.push(...(yield* setFlags.work({ ...common, mode, flags: names })).changes)
    }
    if (flags?.mode === 'replace') yield* step('replace', flags.add)
    else yield* step('add', flags?.add ?? [])
    if (flags?.mode === 'patch') yield* step('remove', flags.remove)
  }
  if (mailboxes) changes.push(...(yield* carryTogether(order, [places])))
  return changes
})

/**
 * Into mailboxes and out of them, for emails that are all in the same ones.
 * @throws Refused 'bad-value' for no mailbox at all, 'not-found', 'over-quota'
 */
export function* carryTogether(
  order: Pick<EmailChange, 'account' | 'at' | 'mailboxes'>,
  emails: readonly (readonly EmailPlace[])[],
): Work<Change[]> {
  const { account, at, mailboxes } = order
  const now = new Set(emails[0]?.map(({ mailbox }) => mailbox))
  const then = new Set(mailboxes?.mode === 'replace' ? [] : now)
  for (const id of mailboxes?.add ?? []) then.add(id)
  for (const id of mailboxes?.remove ?? []) then.delete(id)
  if (then.size === 0) throw new Refused('bad-value', 'an email is in at least one mailbox')
  const incoming = [...then].filter((id) => !now.has(id))
  const outgoing = [...now].filter((id) => !then.has(id))
  for (const target of incoming) yield* needMailbox(account, target)
  const changes: Change[] = []
  const places = emails.flat()
  const first = places[0]!.mailbox
  for (const [n, target] of incoming.entries()) {
    // The last copy may be a move: it costs no quota.
    const from = n === incoming.length - 1 ? outgoing.pop() : undefined
    const uids = from === undefined ? onceEach(emails, first) : uidsIn(places, from)
    const copy = { account, mailbox: from ?? first, uids, target, move: from !== undefined, at }
    changes.push(...(yield* copyMessages.work(copy)).changes)
  }
  for (const mailbox of outgoing)
    changes.push(...(yield* takeOut(account, mailbox, uidsIn(places, mailbox), at)))
  return changes
}

/** One message of each email: a mailbox may hold an email twice. */
function onceEach(emails: readonly (readonly EmailPlace[])[], mailbox: string): UidRange[] {
  const uids = emails.map((places) => places.find((place) => place.mailbox === mailbox)!.uid)
  return rangesOf(uids.sort((a, b) => a - b))
}

function uidsIn(places: readonly EmailPlace[], mailbox: string): UidRange[] {
  const uids = places.filter((place) => place.mailbox === mailbox).map(({ uid }) => uid)
  return rangesOf(uids.sort((a, b) => a - b))
}

export function* takeOut(
  account: string,
  mailbox: string,
  uids: readonly (readonly [number, number])[],
  at: number,
): Work<readonly Change[]> {
  const before = yield* lockAccount(account)
  return (yield* expungeLocked({ account, mailbox, uids, onlyDeleted: false, at }, before)).changes
}

/**
 * Takes an email out of every mailbox; it can be restored for a time.
 * @throws Refused 'not-found'
 */
export const destroyEmail = writingByRow(
  'mailbox.destroy-email',
  function* ({ account, email, at }: { account: string; email: string; at: number }) {
    yield* lockAccount(account)
    const places = yield* livePlaces(account, email)
    const changes: Change[] = []
    for (const mailbox of new Set(places.map((place) => place.mailbox)))
      changes.push(...(yield* takeOut(account, mailbox, uidsIn(places, mailbox), at)))
    return changes
  },
)

export interface NewEmail {
  readonly account: string
  /** At least one. */
  readonly mailboxes: readonly string[]
  readonly letter: NewLetter
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface AddedEmail {
  readonly appended: Appended
  readonly thread: number
  readonly changes: readonly Change[]
}

/** Puts a new email into mailboxes. @throws Refused as `append`, 'bad-value' for no mailbox */
export const addEmail = writingByRow('mailbox.add-email', function* (order: NewEmail) {
  const { account, mailboxes, letter, at } = order
  const [first, ...others] = mailboxes
  if (first === undefined) throw new Refused('bad-value', 'an email is in at least one mailbox')
  yield* retain(letter.blob)
  const prefix = new Uint8Array(0)
  const appended = yield* append({ ...letter, account, mailbox: first, at, prefix })
  const changes: Change[] = [appended]
  const uids = [[appended.uid, appended.uid] as const]
  for (const target of others) {
    const copy = { account, mailbox: first, uids, target, move: false, at }
    changes.push(...(yield* copyMessages.work(copy)).changes)
  }
  const row = yield* one<{ thread: number }>(sql`
    select thread from emails where account = ${account} and id = ${letter.id}`)
  return { appended, thread: row?.thread ?? 0, changes } satisfies AddedEmail
})
