// MTA-STS (RFC 8461): what a domain says of the hosts that its mail may go to, fetched over HTTPS
// and held to for as long as it says. Knows the policy and its life; not how a host is reached.
import type { Dns } from './dns/dns.ts'

export interface StsPolicy {
  readonly mode: 'enforce' | 'testing' | 'none'
  /** "mx.example.com", "*.example.net" */
  readonly mx: readonly string[]
  readonly maxAgeSeconds: number
  /** The policy as it was fetched, for reports (RFC 8460 §4.4). */
  readonly text: string
}

export interface KeptPolicy {
  readonly policy: StsPolicy
  /** Of the TXT record under which it was fetched. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly until: number
}

/** Where policies outlive the process: their worth is to be known before (RFC 8461 §10.2). */
export interface StsShelf {
  load(domain: string): Promise<KeptPolicy | undefined>
  save(domain: string, kept: KeptPolicy): Promise<void>
}

/** GET over HTTPS with a valid certificate, no redirect followed. @throws Error */
export type StsFetch = (url: string) => Promise<string>

export interface StsFound {
  readonly policy: StsPolicy | undefined
  /** Why there should be one and is none: for the reports of RFC 8460 §4.3. */
  readonly failure?: 'sts-policy-fetch-error' | 'sts-policy-invalid'
  readonly why?: string
}

const maxAgeMaxSeconds = 31_557_600
const cacheMax = 10_000
/** Between two looks at a domain; RFC 8461 §3.3 wants as much after a failure. */
const recheckMs = 300_000

/** The `id` of "v=STSv1; id=20260101T000000;", or undefined where it is no such record. */
export function stsRecordId(records: readonly string[]): string | undefined {
  // RFC 8461 §3.1: more than one is none.
  const own = records.filter((text) => /^v=STSv1\s*(;|$)/.test(text))
  if (own.length !== 1) return undefined
  return /;\s*id=([A-Za-z0-9]{1,32})\s*(;|$)/.exec(own[0]!)?.[1]
}

/** RFC 8461 §3.2; undefined where it is no policy. */
export function readStsPolicy(text: string): StsPolicy | undefined {
  const fields = text
    .split(/\r?\n/)
    .map((line) => /^([A-Za-z0-9][A-Za-z0-9_.-]*)\s*:\s*(.*?)\s*$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name = '', value = '']) => [name, value] as const)
  const one = (name: string) => fields.find(([key]) => key === name)?.[1] ?? ''
  const mode = one('mode')
  const mx = fields.filter(([key]) => key === 'mx').map(([, value]) => value.toLowerCase())
  if (one('version') !== 'STSv1' || !/^\d{1,10}$/.test(one('max_age'))) return undefined
  if (mode !== 'enforce' && mode !== 'testing' && mode !== 'none') return undefined
  if (mode !== 'none' && mx.length === 0) return undefined
  const maxAgeSeconds = Math.min(Number(one('max_age')), maxAgeMaxSeconds)
  return { mode, mx, maxAgeSeconds, text }
}

/** RFC 8461 §4.1: "*." stands for exactly one label. */
export function stsAllows(policy: StsPolicy, host: string): boolean {
  return policy.mx.some((pattern) =>
    pattern.startsWith('*.')
      ? host.slice(host.indexOf('.') + 1) === pattern.slice(2) && host.includes('.')
      : host === pattern,
  )
}

export interface StsOptions {
  readonly dns: Dns
  readonly fetch: StsFetch
  readonly shelf?: StsShelf
  readonly now?: () => number
}

export class StsPolicies {
  readonly #options: StsOptions
  readonly #known = new Map<string, KeptPolicy | undefined>()
  readonly #checked = new Map<string, { at: number; found: StsFound }>()
  readonly #flying = new Map<string, Promise<StsFound>>()

  constructor(options: StsOptions) {
    this.#options = options
  }

  /** Never rejects: without a policy, and without one that was known before, there is none. */
  find(domain: string): Promise<StsFound> {
    const now = this.#now()
    const checked = this.#checked.get(domain)
    if (checked && now - checked.at < recheckMs && now >= checked.at)
      return Promise.resolve(checked.found)
    const flying = this.#flying.get(domain)
    if (flying) return flying
    const flight = this.#find(domain)
      .catch((error: unknown): StsFound => fetchError(error))
      .then((found) => {
        this.#flying.delete(domain)
        bound(this.#checked, domain, { at: now, found })
        return found
      })
    this.#flying.set(domain, flight)
    return flight
  }

  async #find(domain: string): Promise<StsFound> {
    const kept = await this.#kept(domain)
    const answer = await this.#options.dns.query(`_mta-sts.${domain}`, 'TXT')
    const id = answer.is === 'found' ? stsRecordId(answer.records) : undefined
    // RFC 8461 §3.3: what is known holds though the record be gone or the DNS be blocked.
    if (id === undefined || id === kept?.id) return { policy: kept?.policy }
    const fetched = await this.#fetch(domain, id)
    return fetched.policy ? fetched : { ...fetched, policy: kept?.policy }
  }

  async #fetch(domain: string, id: string): Promise<StsFound> {
    let text: string
    try {
      text = await this.#options.fetch(`https://mta-sts.${domain}/.well-known/mta-sts.txt`)
    } catch (error) {
      return fetchError(error)
    }
    const policy = readStsPolicy(text)
    if (!policy) return { policy: undefined, failure: 'sts-policy-invalid', why: 'no policy in it' }
    const kept = { policy, id, until: this.#now() + policy.maxAgeSeconds * 1000 }
    bound(this.#known, domain, kept)
    await this.#options.shelf?.save(domain, kept).catch(() => {})
    return { policy }
  }

  async #kept(domain: string): Promise<KeptPolicy | undefined> {
    if (!this.#known.has(domain))
      bound(this.#known, domain, await this.#options.shelf?.load(domain).catch(() => undefined))
    const kept = this.#known.get(domain)
    return kept && kept.until > this.#now() ? kept : undefined
  }

  #now(): number {
    return (this.#options.now ?? Date.now)()
  }
}

function fetchError(error: unknown): StsFound {
  const why = error instanceof Error ? error.message.slice(0, 200) : 'failed'
  return { policy: undefined, failure: 'sts-policy-fetch-error', why }
}

function bound<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  const oldest = map.size >= cacheMax ? map.keys().next() : undefined
  if (oldest && !oldest.done) map.delete(oldest.value)
  map.set(key, value)
}
