// The port through which accepted mail leaves this process. The SMTP client end implements it.
import type { Reply } from '../base/reply.ts'
import type { Address } from '../message/address.ts'

export interface Outgoing {
  readonly from: Address | null
  readonly to: readonly Address[]
  /** Wire form: CRLF line ends, not dot-stuffed. Called once for each attempt. */
  readonly body: () => AsyncIterable<Uint8Array>
  readonly size: number
  readonly smtpUtf8: boolean
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
