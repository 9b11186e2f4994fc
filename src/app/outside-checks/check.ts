// What a check is given and what it answers. Knows none of them.
import type { ReceiverCause } from '../../delivery/receivers.table.ts'
import type { Dns } from '../../trust/dns/dns.ts'
import type { StsFetch } from '../../trust/mta-sts.ts'
import type { Network } from './network.ts'
import type { CheckName } from './texts.table.ts'
import type { DkimRecord } from './wanted-records.ts'

export interface Patient {
  readonly domain: string
  /** The name of the server. */
  readonly server: string
  /** Its public addresses where the administrator named them; else those of the DNS. */
  readonly addresses: readonly string[]
  /** Of the keys it signs with, or will; undefined where nobody could be asked. */
  readonly dkim?: readonly DkimRecord[] | undefined
  /** What other servers said lately; undefined where nobody could be asked. */
  readonly refusals?: readonly Refusal[] | undefined
  /** The address for reports of others. */
  readonly reports: string
  /** The name in CAA records of the authority that issues by itself, or "". */
  readonly issuer: string
  /** PEM of what the server shows. */
  readonly certificate: string
  /** An authority signed it. */
  readonly certified: boolean
  /** Why an authority did not issue one, or "". */
  readonly refusal: string
}

export interface Instruments {
  readonly dns: Dns
  readonly fetch: StsFetch
  readonly network: Network
  readonly now: () => number
}

export interface Finding {
  readonly check: CheckName
  readonly state: 'good' | 'warning' | 'bad' | 'unknown'
  readonly have: string
  readonly want: string
  /** What others mean by it, where that is what was found. */
  readonly meaning?: ReceiverCause
}

/** What another server said to mail from here. */
export interface Refusal {
  readonly domain: string
  readonly code: number
  readonly text: string
}

/** What one check found, and what it would rather see. */
export type Verdict = Omit<Finding, 'check'>
export type Check = (patient: Patient, instruments: Instruments) => Promise<Verdict>
