// A message's row in the database, and what it means.
import type { Digest } from '../message/digest.ts'
import type { BlobRef } from '../store/blobs.ts'
import { seen } from './flags.ts'

export interface BlobColumns {
  readonly blob_segment: number
  readonly blob_start: number
  readonly blob_size: number
}

export interface MessageRow extends BlobColumns {
  readonly mailbox: string
  readonly uid: number
  readonly email: string
  readonly thread: number
  readonly flags: number
  readonly more: number
  readonly modseq: number
  readonly received_at: number
  readonly saved_at: number
  readonly sent_at: number
  readonly size: number
  readonly digest: string
}

export interface Message {
  readonly mailbox: string
  readonly uid: number
  /** The email's: stays with it wherever it is moved or copied (RFC 8474 §5.1). */
  readonly id: string
  readonly thread: number
  /** For `FlagNames`. */
  readonly flags: number
  readonly more: number
  readonly modseq: number
  readonly seen: boolean
  /** Milliseconds since 1970: the internal date, when it came into this mailbox, the Date field. */
  readonly receivedAt: number
  readonly savedAt: number
  readonly sentAt: number
  /** Bytes, as a client is given them. */
  readonly size: number
  readonly digest: Digest
}

export function messageOf(row: MessageRow): Message {
  return {
    mailbox: row.mailbox,
    uid: row.uid,
    id: row.email,
    thread: row.thread,
    flags: row.flags,
    more: row.more,
    modseq: row.modseq,
    seen: (row.flags & seen) !== 0,
    receivedAt: row.received_at,
    savedAt: row.saved_at,
    sentAt: row.sent_at,
    size: row.size,
    digest: JSON.parse(row.digest) as Digest,
  }
}

export function refOf(row: BlobColumns): BlobRef {
  return { segment: row.blob_segment, offset: row.blob_start, size: row.blob_size }
}
