// Emails that are put off: out of the inbox into a mailbox of their own, and back, unread, when
// their time has come by this server's clock. What somebody took out of that mailbox meanwhile,
// with whatever program, stays where it was put.
import type { KeptRecord } from '../../../accounts/records.ts'
import { Refused } from '../../../base/refused.ts'
import { SetFailure } from '../errors.ts'
import type { JmapPorts } from '../ports.ts'
import type { ActivityLog, Deed } from './activity-log.ts'
import { DueList, dueId, subjectOf } from './due.ts'

export const snoozeKind = 'Snooze'
const dueKind = 'Snooze.due'
export const snoozeRole = 'snoozed'
const keptMax = 5_000

export interface Snooze {
  /** Milliseconds since 1970. */
  readonly until: number
  /** Where it goes then. */
  readonly mailbox: string
}

type Ports = Pick<JmapPorts, 'accounts' | 'emails' | 'mailboxes' | 'log' | 'now'>

export class Snoozes {
  readonly #ports: Ports
  readonly #activity: ActivityLog
  readonly #due: DueList

  constructor(ports: Ports, activity: ActivityLog) {
    this.#ports = ports
    this.#activity = activity
    const { log, now, accounts } = ports
    this.#due = new DueList(
      { records: accounts.records, log, now },
      { kind: dueKind, run: (account, id) => this.#wakeDue(account, id) },
    )
  }

  start(): void {
    this.#due.look()
  }

  close(): Promise<void> {
    return this.#due.close()
  }

  /** Of emails that are still put off. */
  async list(account: string): Promise<{ state: string; snoozes: readonly KeptRecord[] }> {
    const { accounts, emails } = this.#ports
    const { state, records } = await accounts.records.list(account, snoozeKind)
    const box = records.length > 0 ? await this.#box(account) : undefined
    const placed = await emails.places(
      account,
      records.map(({ id }) => id),
    )
    const off = new Set(
      placed
        .filter(({ places }) => places.some(({ mailbox }) => mailbox === box))
        .map(({ id }) => id),
    )
    return { state, snoozes: records.filter(({ id }) => off.has(id)) }
  }

  /** Puts an email off, or changes until when it is. @throws SetFailure */
  async put(
    account: string,
    email: string,
    { until, mailbox, via }: Snooze & Pick<Deed, 'via'>,
  ): Promise<void> {
    const { accounts, emails } = this.#ports
    const [there] = await emails.places(account, [email])
    if (!there) throw new SetFailure('notFound')
    const box = (await this.#box(account)) ?? (await this.#make(account))
    const { records } = accounts
    // First what brings it back: an email that is put off and not known to be would never come.
    const due = { id: dueId(until, email), value: {} }
    await records.change({ account, kind: dueKind }, [due], [], keptMax)
    const value: Snooze = { until, mailbox }
    await records.change({ account, kind: snoozeKind }, [{ id: email, value: { ...value } }])
    this.#due.look()
    const boxes = there.places.map((place) => place.mailbox)
    if (boxes.includes(box)) return
    const inbox = boxes.includes('inbox')
    const wish = {
      mailboxes: {
        mode: inbox ? ('patch' as const) : ('replace' as const),
        ...{ add: [box], remove: inbox ? ['inbox'] : [] },
      },
    }
    const note = await this.#activity.before(account, { what: 'snoozed', via, wish, ids: [email] })
    await emails.change({ account, email, ...wish })
    await note?.(new Set([email]))
  }

  /** Brings an email back before its time. @throws SetFailure 'notFound' */
  async wake(account: string, email: string): Promise<void> {
    const place = { account, kind: snoozeKind }
    const kept = await this.#ports.accounts.records.get(place, email)
    if (!kept) throw new SetFailure('notFound')
    await this.#bringBack(account, email, kept.value as unknown as Snooze, false)
    await this.#ports.accounts.records.change(place, [], [email])
  }

  async #wakeDue(account: string, id: string): Promise<void> {
    const { records } = this.#ports.accounts
    const email = subjectOf(id)
    const place = { account, kind: snoozeKind }
    const kept = await records.get(place, email)
    const snooze = kept?.value as unknown as Snooze | undefined
    // It may have been put off anew: then another record says when.
    if (snooze && dueId(snooze.until, email) === id) {
      await this.#bringBack(account, email, snooze, true)
      await records.change(place, [], [email])
    }
    await records.change({ account, kind: dueKind }, [], [id])
  }

  /** Two processes may do this at once: the second finds nothing to move. */
  async #bringBack(account: string, email: string, snooze: Snooze, unread: boolean): Promise<void> {
    const { emails, mailboxes } = this.#ports
    const box = await this.#box(account)
    const [there] = await emails.places(account, [email])
    if (!box || !there?.places.some(({ mailbox }) => mailbox === box)) return
    const known = (await mailboxes.list(account)).some(({ id }) => id === snooze.mailbox)
    const target = known && snooze.mailbox !== box ? snooze.mailbox : 'inbox'
    await emails.changeAll({
      ...{ account, emails: [email] },
      ...(unread ? { flags: { mode: 'patch', add: [], remove: ['\\Seen'] } } : {}),
      mailboxes: { mode: 'patch', add: [target], remove: [box] },
    })
  }

  async #box(account: string): Promise<string | undefined> {
    const boxes = await this.#ports.mailboxes.list(account)
    return boxes.find(({ role }) => role === snoozeRole)?.id
  }

  /** The mailbox, where there was none; one of that name becomes it. */
  async #make(account: string): Promise<string> {
    const { mailboxes } = this.#ports
    try {
      return await mailboxes.create(account, 'Snoozed', { role: snoozeRole })
    } catch (error) {
      if (!(error instanceof Refused && error.code === 'exists')) throw error
    }
    const made = await this.#box(account)
    if (made) return made
    const named = await mailboxes.named(account, 'Snoozed')
    if (named?.role !== '') throw new SetFailure('invalidProperties', 'Snoozed is taken')
    await mailboxes.setRole(account, named.id, snoozeRole)
    return named.id
  }
}
