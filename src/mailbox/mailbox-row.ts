// A mailbox's row in the database, and what it means.
import type { MailboxRow } from './read-jobs.ts'

export interface Mailbox {
  readonly id: string
  /** Its levels with "/" between them. */
  readonly name: string
  /** "inbox", "sent" … (RFC 8621 §2), or "". */
  readonly role: string
  readonly board: boolean
  readonly subscribed: boolean
  /** RFC 8621 §2: the smaller, the earlier among its siblings. */
  readonly sortOrder: number
  readonly uidValidity: number
  readonly uidNext: number
  /** Of the last change to its messages: HIGHESTMODSEQ. */
  readonly modseq: number
  readonly messages: number
  /** Without \Seen. */
  readonly unseen: number
  /** Without \Seen, \Draft and \Deleted (RFC 8621 §2). */
  readonly unread: number
  /** With \Deleted. */
  readonly deleted: number
  readonly bytes: number
}

export function mailboxOf(row: MailboxRow): Mailbox {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    board: row.board !== 0,
    subscribed: row.subscribed !== 0,
    sortOrder: row.sort_order ?? 0,
    uidValidity: row.uid_validity,
    uidNext: row.uid_next,
    modseq: row.modseq,
    messages: row.messages,
    unseen: row.unseen,
    unread: row.unread,
    deleted: row.deleted,
    bytes: row.bytes,
  }
}
