// Puts what the checks call junk into an account's Junk. Knows where that is, not what is junk.

import { inbox } from '../mailbox/account-work.ts'
import type { Mailboxes } from '../mailbox/mailboxes.ts'
import type { Share, Sorted, Sorter } from './sorting.ts'

export class JunkSorter implements Sorter {
  readonly #mailboxes: Pick<Mailboxes, 'list'>

  constructor(mailboxes: Pick<Mailboxes, 'list'>) {
    this.#mailboxes = mailboxes
  }

  sort({ arrived, place }: Share): Promise<Sorted | undefined> | undefined {
    const why = arrived.findings?.junk
    // What somebody sorts by an address of its own stays there.
    return why === undefined || place.mailbox !== inbox ? undefined : this.#sort(place, why)
  }

  async #sort(place: Share['place'], why: string): Promise<Sorted | undefined> {
    const junk = (await this.#mailboxes.list(place.account)).find(({ role }) => role === 'junk')
    if (!junk) return undefined
    return { places: [{ ...place, mailbox: junk.id }], said: `into ${junk.name}: ${why}` }
  }
}
