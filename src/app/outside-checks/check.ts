// What a check is given and what it answers. Knows none of them.
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
  readonly dkim: readonly DkimRecord[]
  /** The address for reports of others. */
  readonly reports: string
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
}

/** What one check found, and what it would rather see. */
export type Verdict = Omit<Finding, 'check'>
export type Check = (patient: Patient, instruments: Instruments) => Promise<Verdict>
