// Finds the mailbox that a script or a rule means: by its id, its use or its name; makes it where
// that is wished. Knows no script.
import { Refused } from '../base/refused.ts'
import { mailboxName } from '../mailbox/mailbox-name.ts'
import type { Mailboxes } from '../mailbox/mailboxes.ts'
import type { Target } from '../sieve/world.ts'

export class Mailroom {
  readonly #mailboxes: Mailboxes

  constructor(mailboxes: Mailboxes) {
    this.#mailboxes = mailboxes
  }

  /**
   * RFC 9042 §4 and RFC 8579 §4: an id or a special use comes before a name. RFC 5490 §3.2: made
   * where that is wished. @throws Refused 'bad-value', 'too-many'
   */
  async find(account: string, target: Omit<Target, 'flags'>) {
    const { mailboxId, specialUse, create } = target
    const role = specialUse.replace(/^\\/, '').toLowerCase()
    if (role !== '' || mailboxId !== '') {
      const list = await this.#mailboxes.list(account)
      const special =
        list.find(({ id }) => mailboxId !== '' && id === mailboxId) ??
        list.find((each) => role !== '' && each.role === role)
      if (special) return special
    }
    const name = mailboxName(target.mailbox)
    const found = await this.#mailboxes.named(account, name)
    if (found || !create) return found
    try {
      return { id: await this.#mailboxes.create(account, name), name }
    } catch (error) {
      // Another message may have made it meanwhile.
      if (!(error instanceof Refused && error.code === 'exists')) throw error
      return this.#mailboxes.named(account, name)
    }
  }
}
