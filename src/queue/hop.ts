// The port to one host of a destination: the queue says where and how safely, and whoever speaks
// the protocol says what came of it. Kept connections are the business of that side.
import type { HopOutcome, Outgoing } from './transport.ts'

/** How far the way to a host must be safe. */
export type HopTls =
  /** Never: a hop in the same room. */
  | { readonly is: 'none' }
  /** RFC 7435: TLS where it is offered, whoever is there; clear text where it is not. */
  | { readonly is: 'opportunistic' }
  /** TLS, with a certificate that names the host and that the system's authorities signed. */
  | { readonly is: 'verified' }
  /** TLS, with a chain (DER, leaf first) that this finds good: "" or why not. */
  | { readonly is: 'matching'; readonly judge: (chain: readonly Uint8Array[]) => string }

export interface Hop {
  /** "mx1.example.net": the name for TLS, and for the trace. */
  readonly name: string
  /** An address, or a name for the system to look up. */
  readonly address: string
  readonly port: number
  readonly tls: HopTls
  /** Connections of another word are not used: what makes `tls` or `login` different. */
  readonly tlsKey: string
  /** TLS from the first byte. */
  readonly implicit?: boolean
  readonly login?: { readonly user: string; readonly password: string }
  /** LMTP (RFC 2033) has a reply for each recipient behind the text. Default: SMTP. */
  readonly speaks?: 'smtp' | 'lmtp'
  /** Our own address for the connection, where it is of the family of the hop's. */
  readonly source?: string
}

/** RFC 8460 §4.3 */
export type TlsFailure =
  | 'starttls-not-supported'
  | 'certificate-host-mismatch'
  | 'certificate-expired'
  | 'certificate-not-trusted'
  | 'validation-failure'

export interface HopResult extends HopOutcome {
  /** "TLSv1.3 TLS_AES_256_GCM_SHA384 verified", or "" for clear text. */
  readonly tls: string
  readonly tlsFailure?: TlsFailure
  /** How far it came: what a refusal was about, or where it was lost. */
  readonly stage: 'connection' | 'greeting' | 'message'
  /** The end of the text was sent and no reply came: it may have been taken. */
  readonly doubtful: boolean
  /** It offers DSN and was told what was asked: RFC 3461 §6.2.3. */
  readonly passedOn: boolean
}

export interface Hops {
  /** Never rejects. */
  send(hop: Hop, mail: Outgoing, signal?: AbortSignal): Promise<HopResult>
  /** Ends the connections that are kept. */
  close(): Promise<void>
}
