// A message's row in the database, and what it means.
import type { Digest } from '../message/digest.ts'
import type { BlobRef } from '../store/blobs.ts'

export interface BlobColumns {
  readonly blob_segment: number
  readonly blob_start: number
  readonly blob_size: number
}

export interface MessageRow extends BlobColumns {
  readonly mailbox: string
  readonly uid: number
  readonly id: string
  readonly modseq: number
  readonly seen: number
  readonly received_at: number
  readonly size: number
  readonly digest: string
}

export interface Message {
  readonly mailbox: string
  readonly uid: number
  /** Stays with the message wherever it is moved. */
  readonly id: string
  readonly modseq: number
  readonly seen: boolean
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  /** Bytes, as a client is given them. */
  readonly size: number
  readonly digest: Digest
}

export function messageOf(row: MessageRow): Message {
  return {
    mailbox: row.mailbox,
    uid: row.uid,
    id: row.id,
    modseq: row.modseq,
    seen: row.seen !== 0,
    receivedAt: row.received_at,
    size: row.size,
    digest: JSON.parse(row.digest) as Digest,
  }
}

export function refOf(row: BlobColumns): BlobRef {
  return { segment: row.blob_segment, offset: row.blob_start, size: row.blob_size }
}
