// The port between the queue, which knows what is owed and when, and whoever takes it where a
// domain's mail goes. One call is one attempt; the queue decides what comes after it.
import type { HopReply, Outgoing } from './transport.ts'

/** One message for some recipients of one destination. */
export interface Consignment {
  /** The envelope's id, for logs. */
  readonly message: string
  /** A domain in lower case and A-labels, or an address literal "[192.0.2.1]". */
  readonly destination: string
  readonly mail: Outgoing
  /** The attempts made before this one. */
  readonly attempts: number
  /** Our own address for connections, where a route names one. */
  readonly source?: string
}

/** One host that was tried, for the trace: RFC 5321 §5.1 asks for several in turn. */
export interface Tried {
  /** The name of the host, "mx1.example.net". */
  readonly host: string
  /** "192.0.2.7:25", or "" where it was not even dialled. */
  readonly hop: string
  /** "TLSv1.3 TLS_AES_256_GCM_SHA384 verified", or "" for clear text. */
  readonly tls: string
  /** What demanded TLS, if anything did. */
  readonly policy: '' | 'mta-sts' | 'dane' | 'requiretls' | 'route'
  /** Milliseconds since 1970. */
  readonly at: number
  readonly ms: number
  /** The last reply line, or the error in words. */
  readonly said: string
}

export interface Attempt {
  readonly tried: readonly Tried[]
  /**
   * One for each recipient, in order: 2xx is delivered, 5xx is final, 4xx and 0 are for later.
   * What is final without anybody's reply has one of RFC 3463 (556 5.1.10 for a null MX).
   */
  readonly recipients: readonly HopReply[]
  /** Nothing was said about this message: the destination is to be left alone for a while. */
  readonly unreachable: boolean
  /** Nobody was asked, since our own DNS gave no answer. */
  readonly blind?: boolean
  /** Why there is no reply, "" where there is one. */
  readonly failure: string
  /** The hop offered DSN and was told what was asked: reports of success are its own to make. */
  readonly passedOn?: boolean
}

export interface Courier {
  /** Never rejects: whatever goes wrong is in the attempt. */
  deliver(consignment: Consignment, signal?: AbortSignal): Promise<Attempt>
  /** Whether the DNS answers for a destination; a courier that asks no DNS has no word on it. */
  knows?(destination: string): Promise<boolean>
}
