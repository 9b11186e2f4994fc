// Changes of everything that matches, as work of the server: in slices, with progress, to be
// cancelled and undone. The list of emails is made when the change is asked for and is on disk; a
// server that starts goes on where another ended.
import type { KeptRecord } from '../../../accounts/records.ts'
import { Refused } from '../../../base/refused.ts'
import { SetFailure } from '../errors.ts'
import type { JmapPorts } from '../ports.ts'
import type { Activity, ActivityLog } from './activity-log.ts'
import { DueList, dueId, subjectOf } from './due.ts'
import { goBack, type Past, type PastPorts, pastOf, sliceEmails, type Wish } from './past.ts'

export const bulkKind = 'EmailBulk'
const partKind = 'EmailBulk.part'
const dueKind = 'EmailBulk.due'

export type BulkState =
  | 'preparing'
  | 'running'
  | 'done'
  | 'canceled'
  | 'failed'
  | 'undoing'
  | 'undone'

export interface Bulk {
  readonly state: BulkState
  readonly wish: Wish
  readonly via: Activity['via']
  readonly total: number
  /** The slice that is next; when it is undone, the last that is still done. */
  readonly next: number
  readonly processed: number
  /** Of these, what was gone or could not be so changed. */
  readonly failed: number
  /** Why it ended before its end, or "". */
  readonly failure: string
  /** Milliseconds since 1970; 0 for not yet. */
  readonly at: number
  readonly finishedAt: number
  /** Until when a process is at it. */
  readonly claimedUntil: number
}

interface Part {
  readonly ids: readonly string[]
  readonly pasts?: readonly Past[]
}

type Ports = PastPorts & Pick<JmapPorts, 'accounts' | 'ids' | 'log' | 'now'>

const emailsMax = 500_000
const openMax = 3
const keptMax = 30
const keptMs = 30 * 86_400_000
const leaseMs = 60_000
const atOnce = 4
const partsAtOnce = 200

export class Bulks {
  readonly #ports: Ports
  readonly #activity: ActivityLog
  readonly #due: DueList
  readonly #running = new Map<string, Promise<void>>()
  #closed = false

  constructor(ports: Ports, activity: ActivityLog) {
    this.#ports = ports
    this.#activity = activity
    const { log, now, accounts } = ports
    this.#due = new DueList(
      { records: accounts.records, log, now },
      { kind: dueKind, run: (account, id) => this.#begin(account, id) },
    )
  }

  start(): void {
    this.#due.look()
  }

  /** A slice that is at work is ended; the rest waits for the next start. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#due.close()
    await Promise.all(this.#running.values())
  }

  list(account: string) {
    return this.#ports.accounts.records.list(account, bulkKind)
  }

  /** @throws SetFailure 'tooLarge', 'rateLimit' */
  async add(
    account: string,
    emails: readonly string[],
    how: Pick<Bulk, 'wish' | 'via'>,
  ): Promise<string> {
    if (emails.length > emailsMax) throw new SetFailure('tooLarge', `more than ${emailsMax}`)
    await this.#makeRoom(account)
    const { accounts, ids, now } = this.#ports
    const id = ids.next()
    const bulk: Bulk = {
      ...{ state: 'preparing', ...how, total: emails.length, next: 0, processed: 0, failed: 0 },
      ...{ failure: '', at: now(), finishedAt: 0, claimedUntil: 0 },
    }
    const place = { account, kind: bulkKind }
    await accounts.records.change(place, [{ id, value: { ...bulk } }])
    await this.#addParts(account, id, emails)
    const due = { id: dueId(0, id), value: {} }
    await accounts.records.change({ account, kind: dueKind }, [due])
    const running = { ...bulk, state: 'running' as const }
    await accounts.records.change(place, [{ id, value: running }])
    await this.#activity.bulk(account, id, how)
    this.#due.look()
    return id
  }

  /** @throws SetFailure 'notFound', 'forbidden' where it has ended */
  async cancel(account: string, id: string): Promise<void> {
    await this.#change(account, id, (bulk) => {
      if (bulk.state !== 'running') throw new SetFailure('forbidden', `it is ${bulk.state}`)
      return { ...bulk, state: 'canceled', finishedAt: this.#ports.now() }
    })
  }

  /** Takes back what was done until now. @throws SetFailure 'notFound', 'forbidden' */
  async undo(account: string, id: string): Promise<void> {
    const { records } = this.#ports.accounts
    await this.#change(account, id, (bulk) => {
      if (bulk.state === 'undone' || bulk.state === 'undoing') return bulk
      if (bulk.state === 'preparing') throw new SetFailure('forbidden', `it is ${bulk.state}`)
      return { ...bulk, state: 'undoing', finishedAt: 0, failure: '' }
    })
    await records.change({ account, kind: dueKind }, [{ id: dueId(0, id), value: {} }])
    this.#due.look()
  }

  /** Forgets one that has ended, and with it how to undo it. @throws SetFailure */
  async remove(account: string, id: string): Promise<void> {
    const bulk = await this.#get(account, id)
    if (isOpen(bulk)) throw new SetFailure('forbidden', `it is ${bulk.state}`)
    await this.#forget(account, [id])
  }

  async #get(account: string, id: string): Promise<Bulk> {
    const kept = await this.#ports.accounts.records.get({ account, kind: bulkKind }, id)
    if (!kept) throw new SetFailure('notFound')
    return kept.value as unknown as Bulk
  }

  /** Whoever changes it meanwhile, a progress or a wish, is not undone. */
  async #change(account: string, id: string, change: (bulk: Bulk) => Bulk): Promise<Bulk> {
    const { records } = this.#ports.accounts
    const place = { account, kind: bulkKind }
    for (let tries = 0; tries < triesMax; tries++) {
      const kept = await records.get(place, id)
      if (!kept) throw new SetFailure('notFound')
      const after = change(kept.value as unknown as Bulk)
      if (await records.swap(place, kept, { ...after })) return after
    }
    throw new Refused('busy', `bulk ${id}`)
  }

  async #addParts(account: string, id: string, emails: readonly string[]): Promise<void> {
    const parts: KeptRecord[] = []
    for (let from = 0; from < emails.length; from += sliceEmails) {
      const value = { ids: emails.slice(from, from + sliceEmails) }
      parts.push({ id: partId(id, parts.length), value })
    }
    for (let from = 0; from < parts.length; from += partsAtOnce)
      await this.#keepParts(account, parts.slice(from, from + partsAtOnce))
  }

  async #keepParts(account: string, parts: readonly KeptRecord[]): Promise<void> {
    const place = { account, kind: partKind }
    await this.#ports.accounts.records.change(place, parts, [], partsMax)
  }

  /** @throws SetFailure 'rateLimit' */
  async #makeRoom(account: string): Promise<void> {
    const all = (await this.list(account)).records
    const now = this.#ports.now()
    const open = all.filter(({ value }) => isOpen(value as unknown as Bulk, now))
    if (open.length >= openMax) throw new SetFailure('rateLimit', 'others are at work')
    const ended = all.filter((each) => !open.includes(each))
    const old = ended.filter(
      ({ value }, n) => n < ended.length - keptMax || (value as unknown as Bulk).at < now - keptMs,
    )
    await this.#forget(
      account,
      old.map(({ id }) => id),
    )
  }

  async #forget(account: string, bulks: readonly string[]): Promise<void> {
    const { records } = this.#ports.accounts
    for (const id of bulks) {
      const parts = await records.range({ account, kind: partKind }, `${id}-`, `${id}.`)
      for (let from = 0; from < parts.length; from += partsAtOnce) {
        const gone = parts.slice(from, from + partsAtOnce).map((part) => part.id)
        await records.change({ account, kind: partKind }, [], gone)
      }
      await records.change({ account, kind: bulkKind }, [], [id])
    }
  }

  async #begin(account: string, due: string): Promise<void> {
    const id = subjectOf(due)
    if (this.#running.has(id) || this.#running.size >= atOnce) return
    const work = this.#work(account, id)
      .catch((error: unknown) => this.#ports.log.error('bulk change failed', { id, error }))
      .finally(() => {
        this.#running.delete(id)
        if (!this.#closed) this.#due.look()
      })
    this.#running.set(id, work)
  }

  async #work(account: string, id: string): Promise<void> {
    const { records } = this.#ports.accounts
    let bulk = await this.#claimed(account, id)
    if (bulk === 'not yet') return
    while (bulk && !this.#closed && (bulk.state === 'running' || bulk.state === 'undoing'))
      bulk = await this.#slice(account, id, bulk)
    if (!bulk || !isOpen(bulk)) await records.change({ account, kind: dueKind }, [], [dueId(0, id)])
    else if (this.#closed) await this.#change(account, id, (now) => ({ ...now, claimedUntil: 0 }))
  }

  /** undefined where there is no such bulk any more. */
  async #claimed(account: string, id: string): Promise<Bulk | undefined | 'not yet'> {
    const { accounts, now } = this.#ports
    const place = { account, kind: bulkKind }
    const kept = await accounts.records.get(place, id)
    if (!kept) return undefined
    const bulk = kept.value as unknown as Bulk
    if (bulk.state === 'preparing') return isOpen(bulk, now()) ? 'not yet' : undefined
    if (!isOpen(bulk)) return bulk
    if (bulk.claimedUntil > now()) return 'not yet'
    const claimed = { ...bulk, claimedUntil: now() + leaseMs }
    return (await accounts.records.swap(place, kept, claimed)) ? claimed : 'not yet'
  }

  async #slice(account: string, id: string, bulk: Bulk): Promise<Bulk> {
    try {
      return bulk.state === 'running'
        ? await this.#forth(account, id, bulk)
        : await this.#back(account, id, bulk)
    } catch (error) {
      if (!(error instanceof Refused) || passing.includes(error.code)) throw error
      const ended = { state: 'failed', failure: error.code, claimedUntil: 0 } as const
      const finishedAt = this.#ports.now()
      return await this.#change(account, id, (now) => ({ ...now, ...ended, finishedAt }))
    }
  }

  async #forth(account: string, id: string, { next, wish }: Bulk): Promise<Bulk> {
    const { records } = this.#ports.accounts
    const part = await records.get({ account, kind: partKind }, partId(id, next))
    const { ids = [], pasts: known } = (part?.value ?? {}) as unknown as Partial<Part>
    let done: readonly string[] = []
    if (ids.length > 0) {
      const pasts = known ?? (await pastOf(this.#ports, account, ids, wish))
      // Kept before they are changed: a slice that is begun again must not take this for what was.
      if (!known) await this.#keepParts(account, [{ id: partId(id, next), value: { ids, pasts } }])
      done = await this.#changeAll(account, pasts, wish)
    }
    const now = this.#ports.now()
    return this.#change(account, id, (bulk) => {
      const processed = bulk.processed + ids.length
      const failed = bulk.failed + ids.length - done.length
      const common = { ...bulk, next: bulk.next + (ids.length > 0 ? 1 : 0), processed, failed }
      const ended = processed >= bulk.total || ids.length === 0
      if (bulk.state !== 'running' || !ended) return { ...common, claimedUntil: now + leaseMs }
      return { ...common, state: 'done', finishedAt: now, claimedUntil: 0 }
    })
  }

  async #changeAll(account: string, pasts: readonly Past[], wish: Wish): Promise<string[]> {
    const { emails } = this.#ports
    if (!wish.destroy) {
      const ids = pasts.map(([email]) => email)
      return [...(await emails.changeAll({ account, emails: ids, ...wish }))]
    }
    const [trash = ''] = wish.mailboxes?.add ?? []
    const isBinned = ([, boxes]: Past) => boxes.length === 1 && boxes[0] === trash
    const gone = pasts.filter(isBinned).map(([email]) => email)
    const binned = pasts.filter((past) => !isBinned(past)).map(([email]) => email)
    const { mailboxes } = wish
    const done = mailboxes ? await emails.changeAll({ account, emails: binned, mailboxes }) : []
    return [...done, ...(await emails.destroyAll(account, gone))]
  }

  async #back(account: string, id: string, { next, wish }: Bulk): Promise<Bulk> {
    const { records } = this.#ports.accounts
    const part = await records.get({ account, kind: partKind }, partId(id, next - 1))
    const { ids = [], pasts = [] } = (part?.value ?? {}) as unknown as Partial<Part>
    if (pasts.length > 0) await goBack(this.#ports, account, pasts, wish)
    const now = this.#ports.now()
    return this.#change(account, id, (bulk) => {
      const left = Math.max(0, bulk.next - 1)
      const processed = Math.max(0, bulk.processed - ids.length)
      const common = { ...bulk, next: left, processed, claimedUntil: now + leaseMs }
      if (left > 0) return common
      return { ...common, state: 'undone', finishedAt: now, failed: 0, claimedUntil: 0 }
    })
  }
}

const triesMax = 20
const partsMax = 200_000
const preparingMs = 3_600_000
/** What may well work later. */
const passing: readonly string[] = ['busy', 'no-space', 'storage-failed', 'unavailable']

function partId(bulk: string, n: number): string {
  return `${bulk}-${String(n).padStart(6, '0')}`
}

function isOpen({ state, at }: Bulk, now = at): boolean {
  if (state === 'preparing') return now - at < preparingMs
  return state === 'running' || state === 'undoing'
}
