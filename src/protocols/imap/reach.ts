// A mailbox by the name that a client says: one's own, or somebody else's that one has rights in,
// RFC 4314 §4. What one may not see is not told apart from what there is not, §6.
import { addressOf, nameOf } from '../../accounts/names.ts'
import type { Mailbox } from '../../mailbox/mailbox-row.ts'
import type { Mailboxes } from '../../mailbox/mailboxes.ts'
import { allRights } from '../../mailbox/rights.ts'
import type { SharedMailbox } from '../../mailbox/sharing.ts'
import { type ImapReply, replies } from './replies.ts'
import type { User } from './user.ts'

/** RFC 2342 §3: where the mailboxes of other users are, below their addresses. */
export const sharedPrefix = 'Shared/'

/** A mailbox called as its client calls it. */
export interface Reached extends Mailbox {
  readonly account: string
  /** The address of that account. */
  readonly owner: string
  /** Its name in that account. */
  readonly ownName: string
  /** What the client may do there. */
  readonly rights: string
}

export interface Elsewhere {
  readonly owner: string
  readonly name: string
}

/** "Shared/ADDRESS/NAME" taken apart; undefined for one's own names. */
export function elsewhere(name: string): Elsewhere | undefined {
  if (!name.startsWith(sharedPrefix)) return undefined
  const rest = name.slice(sharedPrefix.length)
  const at = rest.indexOf('/')
  const owner = at < 0 ? rest : rest.slice(0, at)
  // Others below "Shared" are one's own.
  if (!owner.includes('@')) return undefined
  return { owner: addressOf(nameOf(owner)), name: at < 0 ? '' : rest.slice(at + 1) }
}

export function sharedName(owner: string, name: string): string {
  return `${sharedPrefix}${owner}/${name}`
}

/** @throws Refused 'bad-value' for what is no name */
export async function reach(
  mailboxes: Mailboxes,
  user: User,
  name: string,
): Promise<Reached | undefined> {
  const place = elsewhere(name)
  if (!place) {
    const box = await mailboxes.named(user.account, name)
    return box && ownReached(box, user)
  }
  if (place.name === '') return undefined
  const found = await mailboxes.sharing.find(place.owner, place.name, user.address)
  return found && sharedReached(found)
}

export function ownReached(box: Mailbox, { account, address }: User): Reached {
  return { ...box, account, owner: address, ownName: box.name, rights: allRights }
}

export function sharedReached({ box, account, owner, rights }: SharedMailbox): Reached {
  const name = sharedName(owner, box.name)
  // What it is for, it is for its owner.
  return { ...box, name, role: '', account, owner, ownName: box.name, rights }
}

/** Whether there is such a mailbox, and all of these rights in it. */
export function may(box: Reached | undefined, rights: string): box is Reached {
  return box !== undefined && hasAll(box.rights, rights)
}

export function hasAll(rights: string, wanted: string): boolean {
  return [...wanted].every((right) => rights.includes(right))
}

/** What is said to those who may not: no word of what they may not see. */
export function denied(
  box: Reached | undefined,
  missing: ImapReply = replies.noMailbox,
): ImapReply {
  return box?.rights.includes('l') ? replies.noPermission : missing
}

/** The nearest mailbox above a name. */
export async function reachAbove(
  mailboxes: Mailboxes,
  user: User,
  name: string,
): Promise<Reached | undefined> {
  const place = elsewhere(name)
  let above = name
  for (let at = above.lastIndexOf('/'); at > 0; at = above.lastIndexOf('/')) {
    above = above.slice(0, at)
    if (place && !elsewhere(above)?.name) return undefined
    const box = await reach(mailboxes, user, above)
    if (box) return box
  }
  return undefined
}

/** The rights as they are told: RFC 4314 §2.1.1, with "c" and "d" of RFC 2086. */
export function rightsText(rights: string): string {
  const create = /[kx]/.test(rights) ? 'c' : ''
  const remove = /[te]/.test(rights) ? 'd' : ''
  return rights.replace(/a?$/, (last) => `${create}${remove}${last}`)
}
