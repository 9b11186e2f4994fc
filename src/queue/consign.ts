// A row as a courier is handed it: addresses parsed again, the text from its blob.
import { type Address, parseAddress } from '../message/address.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Consignment } from './courier.ts'
import { askedOf, blobOf, destinationOf, type QueuedRow, recipientsOf } from './row.ts'
import type { OutgoingAsked, RecipientAsked } from './transport.ts'

export function consignmentOf(row: QueuedRow, blobs: Blobs): Consignment {
  const { smtpUtf8 = false, ...asked } = askedOf(row)
  const recipients = recipientsOf(row)
  const wishes = recipients.map(({ address: _, for: __, ...wish }): RecipientAsked | undefined =>
    Object.keys(wish).length > 0 ? wish : undefined,
  )
  const all: OutgoingAsked = wishes.some(Boolean) ? { ...asked, recipients: wishes } : asked
  const blob = blobOf(row)
  const prefix = Buffer.from(row.prefix)
  return {
    message: row.message,
    destination: destinationOf(row.lane),
    attempts: row.attempts - 1,
    mail: {
      from: row.sender === '' ? null : addressOf(row.sender),
      to: recipients.map(({ address }) => addressOf(address)),
      size: prefix.length + blob.size,
      smtpUtf8,
      asked: all,
      body: async function* () {
        if (prefix.length > 0) yield prefix
        if (blob.size > wholeMaxBytes) yield* blobs.stream(blob)
        else if (blob.size > 0) yield await blobs.read(blob)
      },
    },
  }
}

const wholeMaxBytes = 65_536

/** An address that was parsed before, and written by us. */
export function addressOf(text: string): Address {
  const address = parseAddress(text, { smtpUtf8: true })
  if (address) return address
  const at = text.lastIndexOf('@')
  return { local: text.slice(0, at), domain: text.slice(at + 1) }
}
