// The two kinds of report that servers send each other about a day of mail: how TLS went
// (RFC 8460), and whose mail proved its origin (RFC 7489 §7.2). Knows what is counted for each.

export type ReportKind = 'tls' | 'dmarc'

/** How sessions with one host went. */
export interface TlsFacts {
  readonly policy: 'sts' | 'tlsa' | 'no-policy-found'
  /** The policy as its domain published it, a line each. */
  readonly policyText: string
  readonly host: string
  readonly address: string
  /** RFC 8460 §4.3, or "" for sessions that were as they should be. */
  readonly failure: string
  readonly why: string
}

export type Disposition = 'none' | 'quarantine' | 'reject'

/** Messages of one source that proved the same. */
export interface DmarcFacts {
  readonly source: string
  readonly disposition: Disposition
  readonly dkim: 'pass' | 'fail'
  readonly spf: 'pass' | 'fail'
  /** Why something else was done than the domain asks for (RFC 7489, Appendix C), or "". */
  readonly reason: string
  readonly from: string
  readonly mailFrom: string
  readonly signatures: readonly Signature[]
  readonly spfDomain: string
  readonly spfScope: 'mfrom' | 'helo'
  readonly spfResult: string
}

export interface Signature {
  readonly domain: string
  readonly selector: string
  readonly result: string
}

/** What a report of somebody else says, in short. */
export interface ReceivedReport {
  readonly kind: ReportKind
  /** The domain that it is about. */
  readonly domain: string
  /** Who sent it. */
  readonly by: string
  readonly reportId: string
  /** Milliseconds since 1970. */
  readonly begin: number
  readonly end: number
  /** Sessions, or messages, that were as they should be, and the others. */
  readonly good: number
  readonly bad: number
  /** The most frequent first; what does not fit is in the sums alone. */
  readonly rows: readonly ReceivedRow[]
}

export interface ReceivedRow {
  readonly count: number
  readonly good: boolean
  /** For a person: "192.0.2.1 dkim=fail spf=fail none", "mx.example.net certificate-expired". */
  readonly said: string
}

export const dayMs = 86_400_000

/** The day of a time, counted from 1970 in UTC. */
export function dayOf(at: number): number {
  return Math.floor(at / dayMs)
}

/** "2026-11-29" */
export function dayText(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}
