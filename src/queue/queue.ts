// The queue at work in one process: takes what is due, leads attempts within the limits of each
// destination, has what came of them written. Knows neither hops nor reports, only their ports.
import type { Log } from '../base/log.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Engine } from '../store/engine.ts'
import {
  type Claimed,
  claim,
  endLeases,
  giveBack,
  hurryRows,
  lanes,
  mendClock,
  renew,
} from './claim-jobs.ts'
import { Conclusions, type Reporter } from './conclusions.ts'
import { consignmentOf } from './consign.ts'
import type { Attempt, Courier } from './courier.ts'
import { Destination, type DestinationLimits } from './destination.ts'
import { type Drafted, rowsFor } from './draft.ts'
import { type Judged, judge, putOff } from './judge.ts'
import { Outage } from './outage.ts'
import { destinationOf, type QueuedRow } from './row.ts'
import { delayAfter, longestDelay, type Schedule } from './schedule.ts'
import type { Settled } from './settle-jobs.ts'
import { QueueTallies } from './tallies.ts'

export interface QueueOptions extends DestinationLimits, Schedule {
  /** Attempts at the same time, whatever their destinations. */
  readonly attemptsMax: number
}

export interface QueuePorts {
  readonly engine: Engine
  readonly blobs: Blobs
  readonly courier: Courier
  readonly reporter: Reporter
  /** Whether other processes may work on the same queue. */
  readonly others: boolean
  readonly nextId: () => string
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: () => number
  readonly log: Log
}

/** Somebody who died is followed within this, and a renewal. */
const leaseMs = 40_000
const renewMs = 13_000
const tickMs = 250
const scanMs = 5_000
const lanesPerScan = 500
const destinationsMax = 10_000
/** Rows in memory that no attempt has begun for. */
const waitingMax = 2_000
const claimMax = 200
/** With fewer rows of a destination in memory more are claimed. */
const refillAt = 20
/** A clock that went on so much more or less than time did has jumped. */
const jumpMs = 60_000

export class Queue {
  readonly tallies = new QueueTallies()
  readonly #ports: QueuePorts
  readonly #options: QueueOptions
  readonly #owner: string
  readonly #closing = new AbortController()
  readonly #conclusions: Conclusions
  readonly #outage: Outage
  readonly #destinations = new Map<string, Destination>()
  /** Destinations with rows that may begin. */
  readonly #ready = new Set<Destination>()
  readonly #work = new Set<Promise<void>>()
  #waiting = 0
  #attempts = 0
  #open = false
  #timer: NodeJS.Timeout | undefined
  #scanned = { after: '', at: 0, running: false }
  #renewed = 0
  #clock = { wall: 0, monotonic: 0 }

  constructor(ports: QueuePorts, options: QueueOptions) {
    this.#ports = ports
    this.#options = options
    this.#owner = ports.nextId()
    this.#conclusions = new Conclusions(ports, this.#closing.signal)
    this.#outage = new Outage({
      knows: (destination) => ports.courier.knows?.(destination) ?? Promise.resolve(true),
      wake: (destination) => this.#hurry(destination),
    })
  }

  /** Attempts under way, and rows in memory before theirs. */
  get load(): { readonly attempts: number; readonly waiting: number } {
    return { attempts: this.#attempts, waiting: this.#waiting }
  }

  async start(): Promise<void> {
    const { engine, others, now } = this.#ports
    if (!others) await engine.run(endLeases, now())
    await this.#mendClock()
    this.#clock = { wall: now(), monotonic: performance.now() }
    this.#open = true
    this.#tick()
  }

  /** Ends what is under way, or cuts it off after `graceMs`; gives back what has not begun. */
  async close(graceMs: number): Promise<void> {
    this.#open = false
    clearTimeout(this.#timer)
    const ids: string[] = []
    for (const { waiting } of this.#destinations.values())
      ids.push(...waiting.splice(0).map(({ id }) => id))
    const cut = setTimeout(() => this.#closing.abort(), graceMs)
    while (this.#work.size > 0) await Promise.allSettled(this.#work)
    clearTimeout(cut)
    this.#closing.abort()
    if (ids.length === 0) return
    const { engine, log, now } = this.#ports
    await engine
      .run(giveBack, { ids, owner: this.#owner, due: now() })
      .catch((error: unknown) => log.warn('leases not given back', { error }))
  }

  /** Rows to be filed with their message. Leased to this process while it has room for them. */
  draft(drafted: Drafted): readonly QueuedRow[] {
    const { now, nextId } = this.#ports
    const own = this.#open && this.#waiting < waitingMax
    const until = now() + leaseMs
    const rows = rowsFor(drafted, { nextId, now: now(), owner: own ? this.#owner : '', until })
    for (const { owner } of rows) if (owner !== '') this.#waiting++
    return rows
  }

  /** Rows of `draft` that are on disk. */
  take(rows: readonly QueuedRow[]): void {
    for (const row of rows) {
      const name = destinationOf(row.lane)
      if (row.owner === '') this.#look(name, row.lane, row.due)
      else if (this.#open) this.#add(this.#destination(name), row)
      // One that came while everything ended: its lease runs out, and another takes it.
      else this.#waiting--
    }
    this.#begin()
  }

  /** Rows of `draft` that were not filed. */
  untake(rows: readonly QueuedRow[]): void {
    for (const { owner } of rows) if (owner !== '') this.#waiting--
  }

  /** Looks at a lane again: somebody changed its rows. */
  wake(lane: string): void {
    const name = destinationOf(lane)
    const known = this.#destinations.get(name)
    if (known) known.suspendedUntil = 0
    this.#look(name, lane, this.#ports.now())
    this.#claimAll()
  }

  /** It was no fault of its own that it was not tried. */
  async #hurry(destination: string): Promise<void> {
    const { engine, now } = this.#ports
    this.#destinations.get(destination)?.reached()
    for (let more = this.#open; more && this.#open; ) {
      const hurried = await engine.run(hurryRows, { destination, now: now() })
      for (const lane of hurried.lanes) this.wake(lane)
      more = hurried.more
    }
  }

  #destination(name: string): Destination {
    let found = this.#destinations.get(name)
    if (!found) {
      found = new Destination(name)
      this.#destinations.set(name, found)
    }
    return found
  }

  #look(name: string, lane: string, due: number): void {
    if (!this.#destinations.has(name) && this.#destinations.size >= destinationsMax) return
    const { lanes: known } = this.#destination(name)
    known.set(lane, Math.min(known.get(lane) ?? due, due))
  }

  #add(destination: Destination, row: QueuedRow): void {
    destination.waiting.push(row)
    this.#ready.add(destination)
  }

  #tick(): void {
    const now = this.#ports.now()
    this.#watchClock(now)
    for (const destination of this.#destinations.values()) {
      if (destination.waiting.length > 0) this.#ready.add(destination)
      else if (destination.idle && !destination.suspended(now) && destination.failures === 0)
        this.#destinations.delete(destination.name)
    }
    if (performance.now() - this.#scanned.at >= scanMs) this.#track(this.#scan())
    if (performance.now() - this.#renewed >= renewMs) this.#track(this.#renew())
    const probing = this.#outage.look(now)
    if (probing) this.#track(probing)
    this.#begin()
    this.#claimAll()
    this.#timer = setTimeout(() => this.#tick(), tickMs).unref()
  }

  /** Begins all that may begin, turn by turn; asks for more where there is room. */
  #begin(): void {
    if (!this.#open) return
    const now = this.#ports.now()
    for (const destination of this.#ready) {
      if (this.#attempts >= this.#options.attemptsMax) return
      this.#ready.delete(destination)
      this.#beginAt(destination, now)
      this.#claimFor(destination, now)
    }
  }

  #claimAll(): void {
    const now = this.#ports.now()
    for (const destination of this.#destinations.values()) this.#claimFor(destination, now)
  }

  #beginAt(destination: Destination, now: number): void {
    if (destination.suspended(now)) {
      for (let row = destination.begin(); row; row = destination.begin())
        this.#track(this.#run(destination, row, putOff(row, destination.why)))
      return
    }
    if (!destination.mayBegin(this.#options, now)) return
    const row = destination.begin()
    if (!row) return
    this.#track(this.#run(destination, row))
    // At the end of those that wait for their turn.
    if (destination.waiting.length > 0) this.#ready.add(destination)
  }

  #claimFor(destination: Destination, now: number): void {
    if (!this.#open || destination.claiming || destination.waiting.length >= refillAt) return
    if (this.#waiting >= waitingMax) return
    const lane = destination.dueLane(now)
    if (lane === undefined) return
    if (!destination.suspended(now) && !destination.mayBegin(this.#options, now)) return
    destination.claiming = true
    this.#track(this.#claim(destination, lane))
  }

  async #claim(destination: Destination, lane: string): Promise<void> {
    const { engine, now, random, log } = this.#ports
    const at = now()
    const slowUntil = at + delayAfter(this.#options, this.#options.delaysMs.length, random())
    const limit = Math.min(claimMax, waitingMax - this.#waiting)
    this.#waiting += limit
    try {
      const asked = { lane, owner: this.#owner, now: at, until: at + leaseMs, limit, slowUntil }
      this.#claimed(destination, lane, await engine.run(claim, asked))
    } catch (error) {
      destination.lanes.set(lane, at + scanMs)
      log.warn('nothing claimed', { lane, error })
    } finally {
      this.#waiting -= limit
      destination.claiming = false
    }
    this.#begin()
  }

  #claimed(destination: Destination, lane: string, { rows, next }: Claimed): void {
    if (next === null) destination.lanes.delete(lane)
    else destination.lanes.set(lane, next)
    if (!this.#open) return
    this.#waiting += rows.length
    for (const row of rows.toSorted((a, b) => a.entered - b.entered)) this.#add(destination, row)
  }

  /** One attempt, or the putting off of one, up to what is written of it. */
  async #run(destination: Destination, row: QueuedRow, off?: Attempt): Promise<void> {
    const { courier, blobs, now, random } = this.#ports
    this.#waiting--
    if (!off) this.#attempts++
    const consignment = consignmentOf(row, blobs)
    const attempt = off ?? (await courier.deliver(consignment, this.#closing.signal))
    if (!off) this.#attempts--
    const at = { now: now(), random: random() }
    if (off || this.#closing.signal.aborted) destination.underWay--
    else this.#noteReach(destination, attempt, at)
    this.#begin()
    // What was cut off when everything ends is nobody's failure: its lease runs out.
    const nothing = attempt.recipients.every(({ code }) => code === 0)
    if (this.#closing.signal.aborted && nothing) return
    const { suspendedUntil } = destination
    const judged = judge(row, attempt, { schedule: this.#options, ...at, suspendedUntil })
    this.tallies.count(judged.said, off !== undefined)
    const settled = this.#settled(row, judged, { attempt, at: at.now, off: off !== undefined })
    await this.#conclusions.conclude(settled, judged.told)
    if (judged.owed.length > 0) this.#look(destination.name, row.lane, judged.due)
    this.#claimFor(destination, this.#ports.now())
  }

  #noteReach(
    destination: Destination,
    attempt: Attempt,
    at: { now: number; random: number },
  ): void {
    destination.underWay--
    if (attempt.blind !== undefined) this.#outage.note(destination.name, attempt.blind)
    if (attempt.unreachable) {
      const why = attempt.failure || attempt.tried.at(-1)?.said || 'it cannot be reached'
      destination.notReached(this.#options, why, at)
    } else destination.reached()
    if (destination.waiting.length > 0) this.#ready.add(destination)
  }

  #settled(
    row: QueuedRow,
    judged: Judged,
    { attempt, at, off }: { attempt: Attempt; at: number; off: boolean },
  ): Settled {
    const { owed, said, due, waited, warned, last } = judged
    const next = owed.length > 0 ? due : 0
    const { tried, failure } = attempt
    const destination = destinationOf(row.lane)
    const facts = { at, destination, tried, recipients: said, failure, next }
    // What is put off is no news, unless it ends there.
    const told = !off || said.some(({ became }) => became !== 'later')
    return {
      row,
      recipients: owed.length > 0 ? JSON.stringify(owed) : '',
      ...{ due, waited, last },
      tried: at,
      warned: warned ? 1 : 0,
      attempt: told ? { id: this.#ports.nextId(), facts } : null,
    }
  }

  async #scan(): Promise<void> {
    if (this.#scanned.running) return
    this.#scanned.running = true
    const { engine, log } = this.#ports
    try {
      const found = await engine.run(lanes, { after: this.#scanned.after, limit: lanesPerScan })
      for (const { lane, due } of found) this.#look(destinationOf(lane), lane, due)
      const whole = found.length < lanesPerScan
      this.#scanned.after = whole ? '' : (found.at(-1)?.lane ?? '')
      this.#scanned.at = whole ? performance.now() : 0
    } catch (error) {
      this.#scanned.at = performance.now()
      log.warn('queue not looked through', { error })
    } finally {
      this.#scanned.running = false
    }
    this.#claimAll()
  }

  async #renew(): Promise<void> {
    const { engine, now, log } = this.#ports
    this.#renewed = performance.now()
    await engine
      .run(renew, { owner: this.#owner, until: now() + leaseMs })
      .catch((error: unknown) => log.warn('leases not renewed', { error }))
  }

  #watchClock(wall: number): void {
    const monotonic = performance.now()
    const passed = wall - this.#clock.wall - (monotonic - this.#clock.monotonic)
    this.#clock = { wall, monotonic }
    if (Math.abs(passed) < jumpMs) return
    this.#ports.log.warn('the clock jumped', { ms: Math.round(passed) })
    for (const destination of this.#destinations.values()) {
      destination.suspendedUntil = 0
      for (const lane of destination.lanes.keys()) destination.lanes.set(lane, wall)
    }
    this.#renewed = 0
    this.#track(this.#mendClock())
  }

  async #mendClock(): Promise<void> {
    const { engine, now, log } = this.#ports
    const latest = now() + longestDelay(this.#options)
    await engine
      .run(mendClock, { now: now(), latest })
      .catch((error: unknown) => log.warn('due times not looked at', { error }))
  }

  #track(work: Promise<void>): void {
    this.#work.add(work)
    work
      .catch((error: unknown) => this.#ports.log.error('queue', { error }))
      .finally(() => this.#work.delete(work))
  }
}
