// The words of the delivery room's door: who sends, to whom, what became of it.

import type { Address } from '../message/address.ts'
import type { AttemptFacts } from '../queue/row.ts'
import type { BlobRef } from '../store/blobs.ts'
import type { Origin } from '../trust/verdict.ts'

/** Who is speaking, as far as a protocol established it. */
export interface Client {
  /** The session's id in the log. */
  readonly session: string
  readonly protocol:
    | 'smtp'
    | 'submission'
    | 'lmtp'
    | 'gateway'
    | 'gateway-udp'
    | 'gateway-http'
    | 'report'
  readonly address: string
  readonly port: number
  /** The EHLO argument or "", as said; never trusted. */
  readonly hello: string
  /** It greeted with HELO: the trace says SMTP, not ESMTP (RFC 5321 §4.4). */
  readonly plain?: boolean
  /** "TLSv1.3", or "" on a plain connection. */
  readonly tls: string
  /** The logged-in account's address, or "". */
  readonly login: string
  /** In a trusted network (Postfix's mynetworks): may relay without login. */
  readonly trusted: boolean
}

/** Where one recipient's copy goes. Kept with the envelope from RCPT until it is filed. */
export type Place =
  | MailboxPlace
  | { readonly kind: 'sink' }
  /**
   * Owed to another server: for the recipient there, or for whom it is forwarded to. `inside`: owed
   * to mailboxes here, that it is held back from or redirected to.
   */
  | { readonly kind: 'queue'; readonly inside?: true; readonly forward?: Address }
  | { readonly kind: 'board'; readonly board: string }
  /** Kept apart until somebody decides. */
  | { readonly kind: 'quarantine' }
  /** A filter had it dropped. */
  | { readonly kind: 'nowhere' }

export interface MailboxPlace {
  readonly kind: 'mailbox'
  readonly account: string
  readonly mailbox: string
  /** By name: "\\Seen", "$Forwarded". */
  readonly flags?: readonly string[]
}

export interface Recipient {
  /** As the client said it (RCPT), parsed; a missing domain filled in. */
  readonly address: Address
  readonly place: Place
  /** Further places, where the address is an alias of several accounts. */
  readonly also?: readonly Place[]
  readonly notify?: Notify
  /** RFC 3461 §4.2: "rfc822;xtext", as it was said. */
  readonly originalRecipient?: string
}

export type RecipientVerdict =
  | { readonly is: 'accepted'; readonly recipient: Recipient }
  | { readonly is: 'unknown-user' | 'relay-denied' | 'disabled' | 'over-quota' | 'no-route' }

export type SenderVerdict = { readonly is: 'accepted' } | { readonly is: 'sender-denied' }

export interface Envelope {
  /** The message's id in log, trace and replies ("queued as"). Made when the transaction begins. */
  readonly id: string
  readonly client: Client
  /** null is the null reverse path of bounces. */
  readonly from: Address | null
  readonly recipients: readonly Recipient[]
  /** performance.now() when the client began this message (MAIL, or first byte of the object). */
  readonly began: number
  readonly smtpUtf8: boolean
  readonly asked?: Asked
}

/** What a client asked for besides delivery. What is missing was not asked. */
export interface Asked {
  /** RFC 3030 §3: "binarymime" may have any line ends, and NUL. */
  readonly body?: '8bitmime' | 'binarymime'
  /** RFC 8689 §4: every hop must be under TLS. */
  readonly requireTls?: true
  /** RFC 8689 §5: it is to come though the TLS that a policy demands fails. */
  readonly tlsOptional?: true
  /** RFC 6710 §5: -9 to 9; 0 is what others have. */
  readonly priority?: number
  readonly deliverBy?: DeliverBy
  /** RFC 4865: not to be delivered before, in milliseconds since 1970. */
  readonly heldUntil?: number
  /** RFC 3461 §4.3: what of the message a report of its failure returns. */
  readonly returned?: 'full' | 'headers'
  /** RFC 3461 §4.4: the sender's name of this transaction, for reports; xtext as it was said. */
  readonly envelopeId?: string
}

/** RFC 2852 */
export interface DeliverBy {
  /** Milliseconds since 1970. */
  readonly at: number
  /** What is done with a message that is late. */
  readonly late: 'return' | 'notify'
  /** Whether the sender is told of each relay. */
  readonly trace: boolean
}

/** RFC 3461 §4.1: what the sender is told of; [] is NEVER. */
export type Notify = readonly ('success' | 'failure' | 'delay')[]

/** One hop of a message's way, for the journey strip. */
export interface Step {
  readonly step: 'socket' | 'checked' | 'filtered' | 'sorted' | 'relayed' | 'code' | 'mailbox'
  /** Milliseconds since the message began, one decimal. */
  readonly ms: number
  readonly ok: boolean
  /** The literal reply or place, where there is one: "250 2.0.0 …", "iqbal@example.com INBOX". */
  readonly said: string
}

export interface RecipientTrace {
  readonly address: string
  readonly code: number
  readonly status: string
  readonly text: string
  /**
   * "mailbox", "sink", "board", "queue", "hop" once it was handed over, "returned", "cancelled",
   * "quarantine", "nowhere", or "" where it went nowhere.
   */
  readonly place: string
}

/** The life of one message, accepted or refused: what a board card and `amplop trace` show. */
export interface Trace {
  readonly id: string
  /** Milliseconds since 1970 when it was accepted or refused. */
  readonly at: number
  readonly client: Client
  readonly from: string
  readonly recipients: readonly RecipientTrace[]
  /** Decoded, at most 1,000 characters. */
  readonly subject: string
  readonly messageId: string
  readonly size: number
  readonly accepted: boolean
  readonly code: number
  readonly status: string
  readonly text: string
  readonly steps: readonly Step[]
  /** Where it came from, as far as that was proved; undefined where nobody asked. */
  readonly origin?: Origin
  /** The message's bytes as received; null where it was refused. */
  readonly blob: BlobRef | null
  /** The board it shows on, or "". */
  readonly board: string
  /** What the queue tried, where it did. */
  readonly attempts?: readonly AttemptFacts[]
}

/** A message on its way in: bytes as the sender meant them (CRLF, dots unstuffed). */
export interface Intake {
  /** Resolves when more may be written. Rejects with `Refused('too-big' | 'storage-failed' …)`. */
  write(chunk: Uint8Array): Promise<void> | void
  readonly size: number
  /** Resolves when message, mailboxes and trace are on disk: only then may the client hear 250. */
  finish(): Promise<Trace>
  /** The client is lost or the message refused: nothing is stored. */
  abort(): void
}

/** A message that was turned away before it had bytes worth keeping, for the board and the log. */
export interface Refusal {
  readonly client: Client
  readonly from: string
  readonly recipients: readonly RecipientTrace[]
  readonly subject: string
  readonly text: string
  readonly messageId: string
  readonly began: number
  readonly steps: readonly Step[]
  readonly board: string
}

/** The door of the delivery room, as the protocols see it. */
export interface Delivery {
  /** May this client send as `from`? Rejects with `Refused('no-space')` while nothing is taken. */
  sender(client: Client, from: Address | null): Promise<SenderVerdict>
  /** What would become of mail for `to`? `to.domain` may be "": the default domain is filled in. */
  recipient(client: Client, to: Address): Promise<RecipientVerdict>
  /** The accounts that `to` means here, by address; none where it means nobody. */
  members(to: Address): Promise<readonly string[]>
  /** Begins to take a message for an envelope with at least one recipient. */
  accept(envelope: Envelope): Intake
  /** Records that a message was refused or could not be relayed. Never rejects. */
  refused(refusal: Refusal): Promise<void>
}
