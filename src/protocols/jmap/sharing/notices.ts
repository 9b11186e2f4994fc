// Tells people what was shared with them, or no longer: a ShareNotification for each change of
// their rights (RFC 9670 §3), whichever protocol made it.
import { missed } from '../../../base/feed.ts'
import type { RightsWord } from '../../../mailbox/sharing.ts'
import type { JmapPorts } from '../ports.ts'
import { rightsObject } from './share-with.ts'

export const noticeKind = 'ShareNotification'
/** The oldest go when there are more. */
export const noticesMax = 500

export class Notices {
  readonly #ports: JmapPorts
  readonly #leave = new AbortController()
  #work: Promise<void> = Promise.resolve()

  constructor(ports: JmapPorts) {
    this.#ports = ports
  }

  start(): void {
    this.#work = this.#listen()
  }

  async close(): Promise<void> {
    this.#leave.abort()
    await this.#work
  }

  async #listen(): Promise<void> {
    for await (const word of this.#ports.mailboxes.sharing.given.listen(this.#leave.signal)) {
      if (word === missed) continue
      try {
        await this.#tell(word)
      } catch (error) {
        this.#ports.log.error('share notification not kept', { error })
      }
    }
  }

  async #tell({ account, mailbox, who, owner, before, now: rights }: RightsWord): Promise<void> {
    const { accounts, mailboxes, ids, now } = this.#ports
    const person = await accounts.withAddress(who)
    if (!person || before === rights) return
    const box = (await mailboxes.list(account)).find(({ id }) => id === mailbox)
    const sharer = await accounts.withAddress(owner)
    const place = { account: person.id, kind: noticeKind }
    const value = {
      created: now(),
      changedBy: { name: sharer?.name || owner, email: owner, principalId: account },
      ...{ objectType: 'Mailbox', objectAccountId: account, objectId: mailbox },
      name: box?.name ?? '',
      oldRights: before === '' ? null : rightsObject(before),
      newRights: rights === '' ? null : rightsObject(rights),
    }
    const { records } = await accounts.records.list(person.id, noticeKind)
    const removes = records.slice(0, Math.max(0, records.length - noticesMax + 1))
    await accounts.records.change(
      place,
      [{ id: ids.next(), value }],
      removes.map(({ id }) => id),
    )
  }
}
