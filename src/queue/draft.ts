// The rows that a message owes: one for each destination and each hundred recipients of it. Pure.
import { type Address, formatAddress } from '../message/address.ts'
import type { BlobRef } from '../store/blobs.ts'
import { laneOf, type OwedTo, type QueuedRow, type RowAsked } from './row.ts'
import type { RecipientAsked } from './transport.ts'

export interface Drafted {
  readonly message: string
  readonly sender: Address | null
  readonly recipients: readonly DraftedRecipient[]
  readonly asked: RowAsked
  /** RFC 4865: not before, in milliseconds since 1970. */
  readonly heldUntil?: number | undefined
  /** The fields that go before the text. */
  readonly prefix: string
  readonly blob: BlobRef
}

export interface DraftedRecipient extends RecipientAsked {
  readonly address: Address
  /** Where it goes, if not to its own domain. */
  readonly destination?: string
  /** Whose mail it is: who forwards it. */
  readonly for?: string
}

export interface DraftedAt {
  readonly nextId: () => string
  readonly now: number
  /** Who has the lease, or "". */
  readonly owner: string
  readonly until: number
}

/** RFC 5321 §4.5.3.1.8: every server takes so many. */
const recipientsMax = 100

export function rowsFor(drafted: Drafted, at: DraftedAt): readonly QueuedRow[] {
  const byDestination = Map.groupBy(
    drafted.recipients,
    ({ address, destination }) => destination ?? address.domain,
  )
  const rows: QueuedRow[] = []
  for (const [destination, list] of byDestination)
    for (let first = 0; first < list.length; first += recipientsMax) {
      const owed = list
        .slice(first, first + recipientsMax)
        .map(({ address, destination: _, ...asked }): OwedTo => {
          return { address: formatAddress(address), ...asked }
        })
      rows.push(rowFor(drafted, { destination, owed }, at))
    }
  return rows
}

function rowFor(
  { message, sender, asked, heldUntil = 0, prefix, blob }: Drafted,
  { destination, owed }: { destination: string; owed: readonly OwedTo[] },
  { nextId, now, owner, until }: DraftedAt,
): QueuedRow {
  const held = heldUntil > now
  const leased = held ? '' : owner
  return {
    id: nextId(),
    message,
    lane: laneOf(destination, asked.priority),
    state: 'waiting',
    due: held ? heldUntil : leased === '' ? now : until,
    owner: leased,
    sender: sender ? formatAddress(sender) : '',
    recipients: JSON.stringify(owed),
    asked: JSON.stringify(asked),
    entered: now,
    tried: held ? heldUntil : now,
    held_until: held ? heldUntil : 0,
    // A lease is an attempt, and this is its first.
    attempts: leased === '' ? 0 : 1,
    lost: 0,
    waited: 0,
    warned: 0,
    last: '',
    prefix,
    blob_segment: blob.segment,
    blob_start: blob.offset,
    blob_size: blob.size,
  }
}
