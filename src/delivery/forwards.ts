// What is owed of a message to other servers: to its recipients there, and to those it is forwarded
// to. Knows no queue at work, only what is drafted for it.
import { Refused } from '../base/refused.ts'
import { type Address, formatAddress } from '../message/address.ts'
import { rawValue, scanHeader } from '../message/header-fields.ts'
import type { Drafted, DraftedRecipient } from '../queue/draft.ts'
import { house } from '../queue/row.ts'
import type { BlobRef } from '../store/blobs.ts'
import { rewritten } from './srs.ts'
import type { Envelope, Place, Recipient } from './types.ts'

/** The name of the key of rewritten senders. */
export const forwardKey = 'forwards'

export interface Owing {
  readonly envelope: Envelope
  /** The trace fields, without the reverse path. */
  readonly fields: string
  readonly blob: BlobRef
  /** The key of rewritten senders; undefined where nothing is forwarded. */
  readonly key: Uint8Array | undefined
  readonly isOurs: (domain: string) => boolean
  readonly now: number
}

type Queued = Extract<Place, { kind: 'queue' }>

export function isForwarded(envelope: Envelope): boolean {
  return envelope.recipients.some((recipient) => forwardsIn(recipient).length > 0)
}

/** One draft for the recipients elsewhere, and one for each address that forwards. */
export function draftsOf(owing: Owing): readonly Drafted[] {
  const { envelope, fields, blob } = owing
  const { id: message, from: sender, recipients, asked = {}, smtpUtf8 } = envelope
  const { heldUntil, ...wishes } = asked
  const common = { message, asked: smtpUtf8 ? { ...wishes, smtpUtf8 } : wishes, heldUntil, blob }
  const own = recipients.flatMap((recipient) => ownDraft(recipient))
  const drafts: Drafted[] = []
  if (own.length > 0) drafts.push({ ...common, sender, recipients: own, prefix: fields })
  for (const recipient of recipients) {
    const forwards = forwardsIn(recipient)
    if (forwards.length === 0) continue
    const prefix = `Delivered-To: ${formatAddress(recipient.address)}\r\n${fields}`
    for (const [inside, group] of Map.groupBy(forwards, isInside)) {
      const to = group.map((place) => forwardDraft(recipient, place))
      // Within the house nobody asks who may send for whom.
      const from = inside ? sender : senderFor(recipient, owing)
      drafts.push({ ...common, sender: from, recipients: to, prefix })
    }
  }
  return drafts
}

/** @throws Refused 'loop' when one who forwards has had the message before */
export function checkLoops(head: Buffer, { recipients }: Envelope): void {
  const forwarding = recipients.filter((recipient) => forwardsIn(recipient).length > 0)
  if (forwarding.length === 0) return
  const names = new Set(forwarding.map(({ address }) => formatAddress(address).toLowerCase()))
  for (const field of scanHeader(head).fields)
    if (field.name === 'delivered-to' && names.has(rawValue(head, field).trim().toLowerCase()))
      throw new Refused('loop', 'it was forwarded from here before')
}

type Forward = Queued & { readonly forward: Address }

function forwardsIn({ place, also = [] }: Recipient): readonly Forward[] {
  return [place, ...also].flatMap((one) => {
    if (one.kind !== 'queue' || !one.forward) return []
    return [{ ...one, forward: one.forward }]
  })
}

/** What waits here for its time is for this house. */
function ownDraft({ place, also: _, ...owed }: Recipient): DraftedRecipient[] {
  if (place.kind !== 'queue' || place.forward) return []
  return [isInside(place) ? { ...owed, destination: house } : owed]
}

function isInside({ inside }: Queued): boolean {
  return inside === true
}

/** RFC 3461 §5.2.7.1: who forwards keeps what was asked, and who was first asked for. */
function forwardDraft(
  { address, place: _, also: __, ...wishes }: Recipient,
  { forward, inside }: Forward,
): DraftedRecipient {
  const drafted = { ...wishes, address: forward, for: formatAddress(address) }
  return inside ? { ...drafted, destination: house } : drafted
}

/** A sender elsewhere is rewritten, so that this server may send for it. */
function senderFor({ address }: Recipient, { envelope: { from }, ...owing }: Owing) {
  const { key, isOurs, now } = owing
  if (!from || !key || isOurs(from.domain)) return from
  return rewritten(from, address.domain, { key, now })
}
