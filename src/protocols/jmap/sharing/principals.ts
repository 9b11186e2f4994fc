// People as RFC 9670 §2 has them. Nobody is told who is here: one sees oneself, those with whom
// something is shared, and whoever has exactly the address that one asks for, which SMTP tells too.
import type { Account } from '../../../accounts/accounts.ts'
import type { Json } from '../args.ts'
import type { Call } from '../call.ts'
import { mail } from '../capabilities.ts'

export const principalProperties: readonly string[] = [
  ...['id', 'type', 'name', 'description', 'email', 'timeZone', 'capabilities', 'accounts'],
]

/** Oneself first, then whoever shares with one, and with whom one shares. */
export async function knownPeople(call: Call): Promise<readonly Account[]> {
  const { accounts, mailboxes } = call.rooms
  const { login } = call.asker
  const owners = (await call.shared()).map(({ owner }) => owner)
  const guests: string[] = []
  for (const { who } of await mailboxes.sharing.entriesOf(login.account)) guests.push(who)
  const found: Account[] = []
  for (const address of new Set([login.address, ...owners, ...guests])) {
    const person = await accounts.withAddress(address)
    if (person && !person.disabled) found.push(person)
  }
  return found
}

export async function principalObject(person: Account, call: Call): Promise<Json> {
  const { id, address, name } = person
  const own = id === call.asker.login.account
  const theirs = own || (await call.shared()).some(({ account }) => account === id)
  const capabilities = theirs ? { [mail]: {} } : {}
  return {
    ...{ id, type: 'individual', name: name || address, description: null, email: address },
    timeZone: null,
    capabilities,
    accounts: theirs ? await call.accountObjects([id]) : null,
  }
}
