// The port through which accepted mail leaves this process. The SMTP client end implements it.
import type { Reply } from '../base/reply.ts'
import type { Address } from '../message/address.ts'

export interface Outgoing {
  readonly from: Address | null
  readonly to: readonly Address[]
  /** Wire form: CRLF line ends, not dot-stuffed. May be called several times. */
  readonly body: () => AsyncIterable<Uint8Array>
  readonly size: number
  readonly smtpUtf8: boolean
  readonly asked?: OutgoingAsked
}

/** What the sender asked for, to be passed on to a hop that offers it. */
export interface OutgoingAsked {
  /** RFC 3030 §3: BODY; undefined for 7-bit or unknown. */
  readonly body?: '8bitmime' | 'binarymime'
  /** RFC 8689 */
  readonly requireTls?: true
  /** RFC 8689 §5: it is to come though the TLS that a policy demands fails. */
  readonly tlsOptional?: true
  /** RFC 6710 */
  readonly priority?: number
  /** RFC 2852, in milliseconds since 1970. */
  readonly deliverBy?: {
    readonly at: number
    readonly late: 'return' | 'notify'
    readonly trace: boolean
  }
  /** RFC 3461 §4.3, §4.4; xtext as it was said. */
  readonly returned?: 'full' | 'headers'
  readonly envelopeId?: string
  /** RFC 3461 §4.1, §4.2: one for each recipient, in order; undefined where nothing was asked. */
  readonly recipients?: readonly (RecipientAsked | undefined)[]
}

export interface RecipientAsked {
  /** [] is NEVER. */
  readonly notify?: readonly ('success' | 'failure' | 'delay')[]
  /** "rfc822;xtext" */
  readonly originalRecipient?: string
}

/** What the next hop said for one recipient; `code` 0 where it said nothing. */
export interface HopReply extends Reply {
  readonly address: Address
}

export interface HopOutcome {
  /** "192.0.2.7:25", for the trace. */
  readonly hop: string
  /** One for each recipient, in order. */
  readonly recipients: readonly HopReply[]
  /** A connection error in the system's words, "[Errno 111] Connection refused", or "". */
  readonly failure: string
}

export interface Transport {
  /** Never rejects: whatever goes wrong is in the outcome. */
  send(mail: Outgoing, signal?: AbortSignal): Promise<HopOutcome>
}
