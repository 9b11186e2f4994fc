// The queue as people see and change it: pages of rows, and orders by an administrator.
import { Refused } from '../base/refused.ts'
import type { Engine } from '../store/engine.ts'
import {
  cancelRow,
  type Filter,
  holdRows,
  listQueue,
  type QueueNumbers,
  queueNumbers,
  releaseRows,
  retryRows,
  stateOf,
} from './list-jobs.ts'
import type { Queue } from './queue.ts'
import {
  type AttemptFacts,
  destinationOf,
  type OwedTo,
  type QueuedRow,
  rankOf,
  recipientsOf,
} from './row.ts'

/** A row, in words. */
export interface QueueEntry {
  readonly id: string
  readonly message: string
  readonly state: 'waiting' | 'held' | 'active'
  readonly destination: string
  /** MT-PRIORITY, RFC 6710: 9 first, 0 usual. */
  readonly priority: number
  readonly sender: string
  readonly recipients: readonly OwedTo[]
  readonly size: number
  /** Milliseconds since 1970, as all times. */
  readonly entered: number
  readonly attempts: number
  /** The next attempt; 0 while it is held or under way. */
  readonly next: number
  readonly last: string
}

export interface QueuePage {
  readonly entries: readonly QueueEntry[]
  /** To be given for the next page; "" at the end. */
  readonly after: string
}

export interface BookPorts {
  readonly engine: Engine
  readonly queue: Queue
  readonly nextId: () => string
  readonly now: () => number
  /** A message's trace has grown. */
  readonly grew: (message: string) => void
}

export type Order = 'retry' | 'hold' | 'release' | 'cancel'

const pageMax = 1_000
const usualRank = 9

export class QueueBook {
  readonly #ports: BookPorts

  constructor(ports: BookPorts) {
    this.#ports = ports
  }

  async page(filter: Filter, { after, limit }: { after: string; limit: number }) {
    const now = this.#ports.now()
    const asked = { ...filter, after, limit: Math.min(limit, pageMax), now }
    const { rows, after: next } = await this.#ports.engine.run(listQueue, asked)
    return { entries: rows.map((row) => entryOf(row, now)), after: next } satisfies QueuePage
  }

  async numbers(): Promise<QueueNumbers> {
    return await this.#ports.engine.run(queueNumbers, undefined)
  }

  /** Gives an order about all that the filter means; how many rows it was for. */
  async order(order: Order, filter: Filter): Promise<number> {
    let count = 0
    let after = ''
    do {
      const page = await this.page(filter, { after, limit: pageMax })
      count += await this.#give(order, page.entries)
      after = page.after
    } while (after !== '')
    if (count === 0 && filter.id !== undefined && filter.id !== '') {
      const { entries } = await this.page(filter, { after: '', limit: 1 })
      if (entries.length === 0) throw new Refused('not-found', `${filter.id} in the queue`)
      throw new Refused('busy', `${filter.id} is being sent, or is not in such a state`)
    }
    return count
  }

  async #give(order: Order, entries: readonly QueueEntry[]): Promise<number> {
    if (order === 'cancel') return await this.#cancel(entries)
    const { engine, queue, now } = this.#ports
    const job = { retry: retryRows, hold: holdRows, release: releaseRows }[order]
    const lanes = await engine.run(job, { ids: entries.map(({ id }) => id), now: now() })
    if (order !== 'hold') for (const lane of new Set(lanes)) queue.wake(lane)
    return lanes.length
  }

  async #cancel(entries: readonly QueueEntry[]): Promise<number> {
    const { engine, nextId, now, grew } = this.#ports
    let count = 0
    for (const { id, message, destination, recipients } of entries) {
      const text = 'cancelled by the administrator'
      const facts: AttemptFacts = {
        ...{ at: now(), destination, tried: [], failure: text, next: 0 },
        recipients: recipients.map(({ address }) => ({
          ...{ address, code: 0, status: '', text, became: 'cancelled' },
        })),
      }
      const asked = { id, now: now(), attempt: nextId(), facts: JSON.stringify(facts) }
      try {
        await engine.run(cancelRow, asked)
        count++
        grew(message)
      } catch (error) {
        // Of many, one that is under way or gone is left alone.
        if (!(error instanceof Refused)) throw error
      }
    }
    return count
  }
}

function entryOf(row: QueuedRow, now: number): QueueEntry {
  const { id, message, lane, sender, entered, attempts, due, last } = row
  const state = stateOf(row, now)
  return {
    ...{ id, message, state, sender, entered, attempts, last },
    destination: destinationOf(lane),
    priority: usualRank - rankOf(lane),
    recipients: recipientsOf(row),
    size: Buffer.byteLength(row.prefix) + row.blob_size,
    next: state === 'waiting' ? due : 0,
  }
}
