// Jobs on the lists of rights: who may do what in a mailbox, and which are shared with somebody.
import { Refused } from '../base/refused.ts'
import { all, one, reading, run, sql, type Work, writingByRow } from '../store/sql.ts'
import { forgetAnnotations } from './annotation-work.ts'
import { changed, lockAccount } from './change.ts'
import { needMailbox } from './flag-job.ts'
import type { MailboxRow } from './read-jobs.ts'
import { type Entry, namesFor, ordered, rightsOf, without } from './rights.ts'

export interface SharedRow extends MailboxRow {
  readonly account: string
  readonly owner: string
  readonly rights: string
}

type EntryRow = MailboxRow & Entry & { readonly account: string; readonly owner: string }

/** The mailboxes in which somebody has a right, in the order of owners and names. */
export const listShared = reading('mailbox.shared', function* (who: string) {
  const [a, b, c, d] = namesFor(who)
  return summed(
    yield* all<EntryRow>(sql`
      select r.account, r.owner, r.who, r.rights, m.id, m.name, role, board, uid_validity, uid_next,
        modseq, messages, unseen, unread, deleted, bytes, 0 as subscribed
      from mailbox_rights r join mailboxes m on m.account = r.account and m.id = r.mailbox
      where r.who in (${a}, ${b}, ${c}, ${d}) and r.owner <> ${who} order by r.owner, m.name`),
    who,
  )
})

/** The same of one owner and name. */
export const findShared = reading(
  'mailbox.find-shared',
  function* ({ owner, name, who }: { owner: string; name: string; who: string }) {
    const [a, b, c, d] = namesFor(who)
    const rows = yield* all<EntryRow>(sql`
      select r.account, r.owner, r.who, r.rights, m.id, m.name, role, board, uid_validity, uid_next,
        modseq, messages, unseen, unread, deleted, bytes, 0 as subscribed
      from mailbox_rights r join mailboxes m on m.account = r.account and m.id = r.mailbox
      where r.who in (${a}, ${b}, ${c}, ${d}) and r.owner = ${owner} and m.name = ${name}`)
    return summed(rows, who)[0]
  },
)

function summed(rows: readonly EntryRow[], who: string): readonly SharedRow[] {
  const entries = new Map<string, EntryRow[]>()
  for (const row of rows) {
    const key = `${row.account} ${row.id}`
    const others = entries.get(key)
    if (others) others.push(row)
    else entries.set(key, [row])
  }
  return [...entries.values()].flatMap((same) => {
    const rights = rightsOf(same, who)
    return rights === '' ? [] : [{ ...same[0]!, rights }]
  })
}

export interface RightsArgs {
  readonly account: string
  readonly mailbox: string
}

/** Every entry of a mailbox's list, in the order of identifiers. */
export const listRights = reading('mailbox.rights', function* ({ account, mailbox }: RightsArgs) {
  return yield* all<Entry>(sql`
    select who, rights from mailbox_rights
    where account = ${account} and mailbox = ${mailbox} order by who`)
})

/** So many entries has a mailbox at most. */
const entriesMax = 1_000

export interface RightsOrder extends RightsArgs {
  /** The address of the account. */
  readonly owner: string
  readonly who: string
  readonly mode: 'replace' | 'add' | 'remove'
  readonly rights: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/**
 * An entry that is left without rights goes; what it was, what it is, and the change that it is.
 * @throws Refused 'not-found', 'too-many'
 */
export const setRights = writingByRow('mailbox.set-rights', function* (order: RightsOrder) {
  const { account, mailbox, owner, who, mode } = order
  yield* lockAccount(account)
  yield* needMailbox(account, mailbox)
  const old = yield* one<{ rights: string }>(sql`
    select rights from mailbox_rights
    where account = ${account} and mailbox = ${mailbox} and who = ${who}`)
  const before = old?.rights ?? ''
  const now = {
    replace: () => ordered(order.rights),
    add: () => ordered(before + order.rights),
    remove: () => without(before, order.rights),
  }[mode]()
  if (now === '') {
    yield* run(sql`
      delete from mailbox_rights
      where account = ${account} and mailbox = ${mailbox} and who = ${who}`)
    return { before, now, change: yield* changed(order, mailbox, 'mailbox') }
  }
  if (!old) yield* needRoom(order)
  yield* run(sql`
    insert into mailbox_rights (account, mailbox, who, owner, rights)
    values (${account}, ${mailbox}, ${who}, ${owner}, ${now})
    on conflict (account, mailbox, who) do update set rights = excluded.rights`)
  return { before, now, change: yield* changed(order, mailbox, 'mailbox') }
})

/** Every entry of an account's mailboxes. */
export const listAllRights = reading('mailbox.all-rights', function* (account: string) {
  return yield* all<Entry & { readonly mailbox: string }>(sql`
    select mailbox, who, rights from mailbox_rights
    where account = ${account} order by mailbox, who`)
})

function* needRoom({ account, mailbox }: RightsArgs): Work<void> {
  const row = yield* one<{ n: number }>(sql`
    select count(*) as n from mailbox_rights where account = ${account} and mailbox = ${mailbox}`)
  if ((row?.n ?? 0) >= entriesMax) throw new Refused('too-many', `rights in ${mailbox}`)
}

/** RFC 4314 §4: a new mailbox inherits the list of the one above it. */
export function* inheritRights(account: string, from: string, mailbox: string): Work<void> {
  yield* run(sql`
    insert into mailbox_rights (account, mailbox, who, owner, rights)
    select account, ${mailbox}, who, owner, rights from mailbox_rights
    where account = ${account} and mailbox = ${from}`)
}

/** RFC 4314 §4: the list goes with its mailbox. */
export function* dropRights(account: string, mailbox: string): Work<void> {
  yield* run(sql`
    delete from mailbox_rights where account = ${account} and mailbox = ${mailbox}`)
}

/** Whoever has this address next has nothing of the one before in others' mailboxes. */
export function* forgetReader(address: string): Work<void> {
  yield* forgetAnnotations(address)
  yield* run(sql`delete from mailbox_rights where who in (${address}, ${`-${address}`})`)
}
