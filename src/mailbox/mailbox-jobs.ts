// CREATE, DELETE, RENAME, SUBSCRIBE, and what a mailbox is for.
import { Refused } from '../base/refused.ts'
import { all, one, run, sql, type Work, writingByRow } from '../store/sql.ts'
import { addMailbox, inbox } from './account-work.ts'
import { copyAnnotations, dropAnnotations } from './annotation-work.ts'
import { type Change, changed, lockAccount } from './change.ts'
import { copyMessages } from './copy-job.ts'
import { expungeLocked } from './expunge-job.ts'
import { ancestorNames, inboxName, parentName, separator } from './mailbox-name.ts'
import { dropRights, inheritRights } from './rights-jobs.ts'
import { allUids } from './uid-set.ts'

/** So many has an account at most. */
export const mailboxesMax = 10_000

interface Order {
  readonly account: string
  /** Milliseconds since 1970. */
  readonly at: number
}

function* idOf(account: string, name: string): Work<string | undefined> {
  const row = yield* one<{ id: string }>(sql`
    select id from mailboxes where account = ${account} and name = ${name}`)
  return row?.id
}

export interface CreateOrder extends Order {
  /** As `mailboxName` gives it. */
  readonly name: string
  /** New ids: for the mailbox, and for ancestors that are missing. */
  readonly ids: readonly string[]
  /** "" or a special use that no other mailbox has. */
  readonly role: string
  /** Whether what is made is subscribed to; so it is unless told otherwise. */
  readonly subscribed?: boolean
}

/**
 * Makes a mailbox and its ancestors where they are missing; its id.
 * @throws Refused 'exists' for its name or role, 'too-many'
 */
export const createMailbox = writingByRow('mailbox.create', function* (order: CreateOrder) {
  const { account, name, at, subscribed = true } = order
  yield* lockAccount(account)
  if ((yield* idOf(account, name)) !== undefined) throw new Refused('exists', name)
  yield* needRoom(account)
  yield* needFreeRole(account, order.role)
  const changes: Change[] = []
  for (const [n, each] of [...ancestorNames(name), name].entries()) {
    if ((yield* idOf(account, each)) !== undefined) continue
    const id = order.ids[n] ?? ''
    const role = each === name ? order.role : ''
    yield* addMailbox({ account, id, name: each, role, board: 0, at, subscribed })
    const change = yield* changed(order, id, 'mailbox')
    yield* run(sql`
      update mailboxes set created = ${change.modseq} where account = ${account} and id = ${id}`)
    const above = parentName(each)
    const parent = above === undefined ? undefined : yield* idOf(account, above)
    if (parent !== undefined) yield* inheritRights(account, parent, id)
    changes.push(change)
  }
  return { id: changes.at(-1)?.mailbox ?? '', changes }
})

function* needRoom(account: string): Work<void> {
  const row = yield* one<{ n: number }>(sql`
    select count(*) as n from mailboxes where account = ${account}`)
  if ((row?.n ?? 0) >= mailboxesMax) throw new Refused('too-many', `mailboxes of ${account}`)
}

/** RFC 8621 §2: no two mailboxes of an account have the same role. */
function* needFreeRole(account: string, role: string): Work<void> {
  if (role === '') return
  const taken = yield* one(sql`
    select id from mailboxes where account = ${account} and role = ${role}`)
  if (taken) throw new Refused('exists', `a mailbox for ${role}`)
}

/**
 * Removes a mailbox; its messages wait with the expunged ones. Its subscription stays (RFC 9051
 * §6.3.8).
 * @throws Refused 'not-found', 'bad-value' for INBOX, 'not-empty' while others are below it
 */
export const deleteMailbox = writingByRow(
  'mailbox.delete',
  function* (order: Order & { readonly id: string }) {
    const { account, id, at } = order
    const modseq = yield* lockAccount(account)
    if (id === inbox) throw new Refused('bad-value', 'INBOX stays')
    const name = yield* nameOf(account, id)
    if ((yield* below(account, name)).length > 0) throw new Refused('not-empty', name)
    const all = { account, mailbox: id, uids: allUids, onlyDeleted: false, at }
    const { changes } = yield* expungeLocked(all, modseq)
    yield* dropRights(account, id)
    yield* dropAnnotations(account, id)
    yield* run(sql`delete from mailboxes where account = ${account} and id = ${id}`)
    return [...changes, yield* changed(order, id, 'mailbox-removed')]
  },
)

function* nameOf(account: string, id: string): Work<string> {
  const row = yield* one<{ name: string }>(sql`
    select name from mailboxes where account = ${account} and id = ${id}`)
  if (!row) throw new Refused('not-found', `mailbox ${account} ${id}`)
  return row.name
}

interface Named {
  readonly id: string
  readonly name: string
}

/** The mailboxes whose names begin with this one's and "/". */
function* below(account: string, name: string): Work<readonly Named[]> {
  const first = name + separator
  // "0" is the character after "/", and identifiers compare by their bytes.
  return yield* all<Named>(sql`
    select id, name from mailboxes
    where account = ${account} and name > ${first} and name < ${`${name}0`} order by name`)
}

export interface RenameOrder extends Order {
  readonly id: string
  /** As `mailboxName` gives it. */
  readonly name: string
  /** For ancestors that are missing, and the mailbox that takes INBOX's messages. */
  readonly ids: readonly string[]
}

/**
 * Renames a mailbox and those below it, subscriptions with them; missing ancestors are made.
 * INBOX itself stays, and its messages move into a new mailbox of that name (RFC 9051 §6.3.6).
 * @throws Refused 'not-found', 'exists', 'bad-value' to put it below itself, 'too-many'
 */
export const renameMailbox = writingByRow('mailbox.rename', function* (order: RenameOrder) {
  const { account, id, name, ids, at } = order
  yield* lockAccount(account)
  const old = yield* nameOf(account, id)
  if (old === name) return []
  if ((yield* idOf(account, name)) !== undefined) throw new Refused('exists', name)
  if (name.startsWith(old + separator) && id !== inbox)
    throw new Refused('bad-value', 'a mailbox cannot be below itself')
  if (id === inbox) {
    const made = yield* createMailbox.work({ account, at, name, ids, role: '' })
    const uids = allUids
    const target = made.id
    yield* copyAnnotations(account, id, target)
    const moved = yield* copyMessages.work({ account, at, mailbox: id, uids, target, move: true })
    return [...made.changes, ...moved.changes]
  }
  const changes: Change[] = []
  const missing = ancestorNames(name).at(-1)
  if (missing !== undefined && (yield* idOf(account, missing)) === undefined)
    changes.push(
      ...(yield* createMailbox.work({ account, at, name: missing, ids, role: '' })).changes,
    )
  for (const each of [{ id, name: old }, ...(yield* below(account, old))])
    changes.push(yield* give(order, each, name + each.name.slice(old.length)))
  return changes
})

function* give(order: RenameOrder, { id, name: old }: Named, name: string): Work<Change> {
  const { account } = order
  yield* run(sql`update mailboxes set name = ${name} where account = ${account} and id = ${id}`)
  const subscribed = yield* one(sql`
    delete from subscriptions where account = ${account} and name = ${old} returning name`)
  if (subscribed) yield* subscribe(account, name)
  return yield* changed(order, id, 'mailbox')
}

export function* subscribe(account: string, name: string): Work<void> {
  yield* run(sql`
    insert into subscriptions (account, name) values (${account}, ${name}) on conflict do nothing`)
}

/** Subscribes to a name, or no longer; a mailbox need not be there. */
export const setSubscribed = writingByRow(
  'mailbox.subscribe',
  function* (order: Order & { readonly name: string; readonly subscribed: boolean }) {
    const { account, name } = order
    yield* lockAccount(account)
    if (order.subscribed) yield* subscribe(account, name)
    else yield* run(sql`delete from subscriptions where account = ${account} and name = ${name}`)
    const id = yield* idOf(account, name)
    return id === undefined ? [] : [yield* changed(order, id, 'mailbox')]
  },
)

/** What a mailbox is for, "" for nothing. @throws Refused 'not-found', 'exists', 'bad-value' */
export const setRole = writingByRow(
  'mailbox.set-role',
  function* (order: Order & { readonly id: string; readonly role: string }) {
    const { account, id, role } = order
    yield* lockAccount(account)
    const name = yield* nameOf(account, id)
    if (name === inboxName || role === inbox) throw new Refused('bad-value', 'INBOX is what it is')
    yield* needFreeRole(account, role)
    yield* run(sql`update mailboxes set role = ${role} where account = ${account} and id = ${id}`)
    return [yield* changed(order, id, 'mailbox')]
  },
)

/** Its place among its siblings. @throws Refused 'not-found' */
export const setSortOrder = writingByRow(
  'mailbox.set-sort-order',
  function* (order: Order & { readonly id: string; readonly sortOrder: number }) {
    const { account, id, sortOrder } = order
    yield* lockAccount(account)
    yield* nameOf(account, id)
    yield* run(sql`
      update mailboxes set sort_order = ${sortOrder} where account = ${account} and id = ${id}`)
    return [yield* changed(order, id, 'mailbox')]
  },
)
