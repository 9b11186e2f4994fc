// A row of the queue: one message for some recipients of one destination, and what is kept of each
// attempt. Plain data.
import type { BlobRef } from '../store/blobs.ts'
import type { Row } from '../store/sql.ts'
import type { Tried } from './courier.ts'
import type { OutgoingAsked, RecipientAsked } from './transport.ts'

/** One recipient, with what was asked for it alone. */
export interface OwedTo extends RecipientAsked {
  readonly address: string
  /** The address here that forwards to it. */
  readonly for?: string
}

/** What was asked for the whole message; `deliverBy` and the others go on to the next hop. */
export interface RowAsked extends Omit<OutgoingAsked, 'recipients'> {
  readonly smtpUtf8?: true
}

export interface QueuedRow extends Row {
  readonly id: string
  /** The envelope's id. */
  readonly message: string
  /** "example.net 9": the destination, and the rank of the message; see `laneOf`. */
  readonly lane: string
  readonly state: 'waiting' | 'held'
  /** When to look at it: its next attempt, or the end of its lease. Milliseconds since 1970. */
  readonly due: number
  /** Whose lease it is, or "". */
  readonly owner: string
  /** The reverse path, "" for the null one. */
  readonly sender: string
  /** JSON: OwedTo[]. */
  readonly recipients: string
  /** JSON: RowAsked. */
  readonly asked: string
  readonly entered: number
  /** The end of the last attempt, or when it may first be tried. */
  readonly tried: number
  /** RFC 4865: not before; 0 is at once. */
  readonly held_until: number
  readonly attempts: number
  /** Leases that ran out: whoever had them is gone. */
  readonly lost: number
  /** Milliseconds that it has waited, of which a clock that jumped adds few. */
  readonly waited: number
  /** 1 when the sender has been told of the delay. */
  readonly warned: number
  /** What was said last, "" before the first attempt. */
  readonly last: string
  /** The fields that go before the text. */
  readonly prefix: string
  readonly blob_segment: number
  readonly blob_start: number
  readonly blob_size: number
}

/** What came of one attempt for one recipient. */
export interface Said {
  readonly address: string
  /** The address here that forwards to it. */
  readonly for?: string
  /** 0 where nobody said anything. */
  readonly code: number
  readonly status: string
  readonly text: string
  readonly became: 'delivered' | 'failed' | 'later' | 'cancelled'
}

export interface AttemptFacts {
  readonly at: number
  readonly destination: string
  readonly tried: readonly Tried[]
  readonly recipients: readonly Said[]
  /** Why there was no reply, or "". */
  readonly failure: string
  /** The next attempt, or 0 where none will be. */
  readonly next: number
}

/** The destination that means this house: RFC 6761 §6.3 has nobody else there. */
export const house = 'localhost'

/** The least and the greatest MT-PRIORITY, RFC 6710 §5. */
const priorityMax = 9

export function laneOf(destination: string, priority = 0): string {
  return `${destination} ${priorityMax - priority}`
}

export function destinationOf(lane: string): string {
  return lane.slice(0, lane.indexOf(' '))
}

/** 0 goes first. */
export function rankOf(lane: string): number {
  return Number(lane.slice(lane.indexOf(' ') + 1))
}

export function blobOf(row: QueuedRow): BlobRef {
  return { segment: row.blob_segment, offset: row.blob_start, size: row.blob_size }
}

export function recipientsOf(row: Pick<QueuedRow, 'recipients'>): readonly OwedTo[] {
  return JSON.parse(row.recipients) as readonly OwedTo[]
}

export function askedOf(row: Pick<QueuedRow, 'asked'>): RowAsked {
  return JSON.parse(row.asked) as RowAsked
}
