// What the doctor found of our domains, kept for who looks again: an examination takes seconds, and
// nobody waits for it.
import { type Language, languages } from '../base/languages.ts'
import type { Dns } from '../trust/dns/dns.ts'
import type { LiveSettings } from './config/live.ts'

import type { Finding, Patient } from './outside-checks/check.ts'
import { examine } from './outside-checks/doctor.ts'
import { instrumentsOf, patientOf } from './outside-checks/instruments.ts'
import { refusalsIn } from './outside-checks/refusal-check.ts'
import { told } from './outside-checks/report.ts'
import { dkimRecords, wantedRecords } from './outside-checks/wanted-records.ts'
import type { Rooms } from './rooms.ts'

interface Ports {
  readonly live: LiveSettings
  readonly rooms: Rooms
  readonly dns: Dns | undefined
  readonly now: () => number
}

interface Checked {
  readonly at: number
  readonly patient: Patient
  readonly findings: readonly Finding[]
}

const freshMs = 600_000
const domainsMax = 1_000
const tracesLooked = 500

export class DnsChecks {
  readonly #ports: Ports
  readonly #known = new Map<string, Checked>()
  readonly #busy = new Map<string, Promise<void>>()

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** What is known of a domain; begins to look where that is nothing, old, or asked for. */
  async of(domain: string, language: string, anew: boolean) {
    const { now } = this.#ports
    const known = this.#known.get(domain)
    const old = !known || now() - known.at > freshMs
    if ((old || anew) && !this.#busy.has(domain)) this.#begin(domain)
    const patient = known?.patient ?? (await this.#patient(domain))
    const words: Language = languages.find((each) => each === language) ?? 'en'
    return {
      domain,
      checkedAt: known ? new Date(known.at).toISOString() : null,
      isChecking: this.#busy.has(domain),
      findings: (known?.findings ?? []).map((finding) => {
        const { check, state, have, want, why, fix } = told(finding, patient, words)
        return { check, state, have, want, why, fix }
      }),
      records: [...wantedRecords({ ...patient, dkim: patient.dkim ?? [] })],
    }
  }

  /** Those at work are waited for. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#busy.values())
  }

  #begin(domain: string): void {
    const work = this.#examine(domain)
      .catch(() => {})
      .finally(() => this.#busy.delete(domain))
    this.#busy.set(domain, work)
  }

  async #examine(domain: string): Promise<void> {
    const { live, dns, now } = this.#ports
    const patient = await this.#patient(domain)
    const instruments = instrumentsOf(live.current)
    const findings = await examine(patient, dns ? { ...instruments, dns } : instruments)
    this.#known.delete(domain)
    this.#known.set(domain, { at: now(), patient, findings })
    const oldest = this.#known.size > domainsMax ? this.#known.keys().next() : undefined
    if (oldest && !oldest.done) this.#known.delete(oldest.value)
  }

  async #patient(domain: string): Promise<Patient> {
    const { live, rooms } = this.#ports
    const keys = await rooms.keys.show(domain)
    const traces = await rooms.traces.list({ limit: tracesLooked })
    const known = { dkim: dkimRecords(keys), refusals: refusalsIn(traces) }
    return { ...patientOf(live.current, domain, []), ...known }
  }
}
