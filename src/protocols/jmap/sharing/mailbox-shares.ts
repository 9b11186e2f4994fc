// With whom the mailboxes of one's own account are shared: the lists of RFC 4314 as JMAP says them,
// by principals. Entries for "anyone", and those that take rights away, are IMAP's alone.
import type { Json } from '../args.ts'
import type { Call } from '../call.ts'
import { invalidProperties } from '../errors.ts'
import { lettersOf, rightsObject } from './share-with.ts'

/** By mailbox: rights by principal. */
export async function sharesOf(call: Call, account: string): Promise<ReadonlyMap<string, Json>> {
  const { accounts, mailboxes } = call.rooms
  const shares = new Map<string, Record<string, Json>>()
  for (const { mailbox, who, rights } of await mailboxes.sharing.entriesOf(account)) {
    const person = await accounts.withAddress(who)
    if (!person) continue
    const of = shares.get(mailbox) ?? {}
    of[person.id] = rightsObject(rights)
    shares.set(mailbox, of)
  }
  return shares
}

interface Place {
  readonly account: string
  readonly mailbox: string
}

/** Makes the rights of a mailbox those of `after`. @throws SetFailure */
export async function share(
  call: Call,
  { account, mailbox }: Place,
  before: Json,
  after: unknown,
): Promise<void> {
  const wanted = after === null ? {} : after
  if (typeof wanted !== 'object') throw invalidProperties(['shareWith'])
  const { accounts, mailboxes } = call.rooms
  const owner = call.asker.login.address
  const orders = []
  for (const id of new Set([...Object.keys(before), ...Object.keys(wanted)])) {
    const rights = lettersOf((wanted as Json)[id] ?? null)
    if (rights === lettersOf(before[id] ?? null)) continue
    const person = await accounts.withId(id)
    if (!person || id === account) throw invalidProperties(['shareWith'])
    const order = { account, mailbox, owner, who: person.address }
    orders.push({ ...order, mode: 'replace', rights } as const)
  }
  for (const order of orders) await mailboxes.sharing.change(order)
}
