// What a person did to mail, for a month, and undoing it. Reading a mail is nothing to note, and
// neither is what becomes of drafts.
import type { KeptRecord, RecordWord } from '../../../accounts/records.ts'
import type { Digest } from '../../../message/digest.ts'
import { SetFailure } from '../errors.ts'
import type { JmapPorts } from '../ports.ts'
import { goBack, type Past, type PastPorts, pastOf, type Wish } from './past.ts'

export const activityKind = 'ActivityEntry'
const pastKind = 'ActivityEntry.past'

export interface Activity {
  readonly what: 'changed' | 'destroyed' | 'snoozed' | 'bulk'
  /** Milliseconds since 1970. */
  readonly at: number
  /** A browser's session, or a client with a password. */
  readonly via: 'browser' | 'client'
  readonly count: number
  /** The first of them. */
  readonly emails: readonly string[]
  /** Of the first. */
  readonly subject: string
  readonly wish: Wish
  /** The bulk change that it was, or "". */
  readonly bulk: string
  readonly undone: boolean
}

export type ActivityPorts = PastPorts & Pick<JmapPorts, 'accounts' | 'ids' | 'now'>

const keptMs = 30 * 86_400_000
const keptMax = 500
/** So many more there may be until the oldest are looked for. */
const slack = 50
const toldEmails = 50

/** What is about to be done to emails. */
export interface Deed extends Pick<Activity, 'what' | 'via' | 'wish'> {
  readonly ids: readonly string[]
}

export class ActivityLog {
  readonly #ports: ActivityPorts
  /** Entries of accounts that this process wrote since it looked for old ones. */
  readonly #written = new Map<string, number>()

  constructor(ports: ActivityPorts) {
    this.#ports = ports
  }

  /** Looks at what is to be changed; the result notes what was. undefined where nothing is. */
  async before(
    account: string,
    deed: Deed,
  ): Promise<((done: ReadonlySet<string>) => Promise<void>) | undefined> {
    const pasts = await pastOf(this.#ports, account, deed.ids, deed.wish)
    if (pasts.length === 0) return undefined
    return async (done) => {
      const kept = pasts.filter(([email]) => done.has(email))
      if (kept.length > 0) await this.#add(account, deed, kept)
    }
  }

  /** Notes a bulk change: it knows itself what was. */
  async bulk(account: string, bulk: string, deed: Pick<Deed, 'via' | 'wish'>): Promise<void> {
    const entry = { ...deed, ids: [], what: 'bulk' as const }
    await this.#keep(account, { ...(await this.#entry(account, entry, [])), bulk }, [])
  }

  async list(account: string): Promise<{ state: string; entries: readonly KeptRecord[] }> {
    const { state, records } = await this.#ports.accounts.records.list(account, activityKind)
    const since = this.#ports.now() - keptMs
    const entries = records.filter(({ value }) => (value as unknown as Activity).at >= since)
    return { state, entries: entries.reverse() }
  }

  /** @throws SetFailure 'notFound', 'forbidden' where it cannot be undone */
  async undo(
    account: string,
    id: string,
    undoBulk: (bulk: string) => Promise<void>,
  ): Promise<void> {
    const { records } = this.#ports.accounts
    const place = { account, kind: activityKind }
    const kept = await records.get(place, id)
    if (!kept) throw new SetFailure('notFound')
    const entry = kept.value as unknown as Activity
    if (entry.undone) return
    if (entry.bulk !== '') await undoBulk(entry.bulk)
    else {
      const past = await records.get({ account, kind: pastKind }, id)
      const pasts = (past?.value.pasts ?? []) as readonly Past[]
      const done = await goBack(this.#ports, account, pasts, entry.wish)
      if (done.length === 0) throw new SetFailure('forbidden', 'nothing of it is there any more')
    }
    await records.change(place, [{ id, value: { ...entry, undone: true } }])
  }

  async #add(account: string, deed: Deed, pasts: readonly Past[]): Promise<void> {
    await this.#keep(account, await this.#entry(account, deed, pasts), pasts)
  }

  async #entry(account: string, deed: Deed, pasts: readonly Past[]): Promise<Activity> {
    const { what, via, wish } = deed
    const emails = pasts.slice(0, toldEmails).map(([email]) => email)
    const [first] = await this.#ports.emails.get(account, emails.slice(0, 1))
    const digest = first && (JSON.parse(first.digest) as Digest)
    const subject = (digest?.envelope.subject ?? '').slice(0, 200)
    const at = this.#ports.now()
    const common = { what, at, via, wish, emails, subject }
    return { ...common, count: pasts.length, bulk: '', undone: false }
  }

  async #keep(account: string, entry: Activity, pasts: readonly Past[]): Promise<void> {
    const { accounts, ids } = this.#ports
    const id = ids.next()
    // First what it takes to undo it: an entry promises that.
    if (pasts.length > 0)
      await accounts.records.change({ account, kind: pastKind }, [{ id, value: { pasts } }])
    const place = { account, kind: activityKind }
    await accounts.records.change(place, [{ id, value: { ...entry } }])
    const written = this.#written.get(account) ?? slack
    if (written >= slack) await this.#forget(place)
    this.#written.set(account, written >= slack ? 1 : written + 1)
  }

  async #forget(place: RecordWord): Promise<void> {
    const { account } = place
    const { records } = this.#ports.accounts
    if (this.#written.size > accountsMax) this.#written.clear()
    const { entries } = await this.list(account)
    const kept = new Set(entries.slice(0, keptMax).map(({ id }) => id))
    const all = (await records.list(account, activityKind)).records.map(({ id }) => id)
    const old = all.filter((id) => !kept.has(id))
    if (old.length === 0) return
    await records.change(place, [], old)
    await records.change({ account, kind: pastKind }, [], old)
  }
}

const accountsMax = 10_000
