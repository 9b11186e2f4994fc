// How far the way to one host must be safe: DANE where the DNS proves it, else MTA-STS, and what
// the sender demanded. RFC 7672 §2, RFC 8461 §5, RFC 8689 §4.2.1.
import { daneVerdict, usableTlsa } from '../trust/dane.ts'
import type { Dns, TlsaRecord } from '../trust/dns/dns.ts'
import { type StsPolicy, stsAllows } from '../trust/mta-sts.ts'
import type { Tried } from './courier.ts'
import type { HopTls } from './hop.ts'

export type HostTls =
  | {
      readonly is: 'go'
      readonly tls: HopTls
      readonly tlsKey: string
      readonly policy: Tried['policy']
      /** The TLSA records, a line each, for reports (RFC 8460 §4.4). */
      readonly tlsa?: string
    }
  /** This host is not to be used, now or ever; `why` is for the trace. */
  | { readonly is: 'stop'; readonly policy: Tried['policy']; readonly why: string }

export interface TlsQuestion {
  readonly host: string
  readonly port: number
  /** The domain that the mail is for, which a certificate below a DANE anchor may name. */
  readonly domain: string
  /** The answers that led to the host and to its addresses were validated. */
  readonly secure: boolean
  readonly sts: StsPolicy | undefined
  readonly requireTls: boolean
  /** RFC 8689 §5 */
  readonly tlsOptional: boolean
}

export async function tlsFor(dns: Dns, asked: TlsQuestion): Promise<HostTls> {
  const { host, sts, requireTls, secure, tlsOptional } = asked
  if (tlsOptional && !requireTls)
    return { is: 'go', tls: { is: 'opportunistic' }, tlsKey: '', policy: '' }
  const dane = secure ? await daneFor(dns, asked) : undefined
  if (dane) return dane
  if (sts?.mode === 'enforce')
    return stsAllows(sts, host)
      ? { is: 'go', tls: { is: 'verified' }, tlsKey: 'verified', policy: 'mta-sts' }
      : { is: 'stop', policy: 'mta-sts', why: `the MTA-STS policy does not name ${host}` }
  if (!requireTls) return { is: 'go', tls: { is: 'opportunistic' }, tlsKey: '', policy: '' }
  // RFC 8689 §4.2.1: the name of the host must be proven, too.
  if (!secure && !(sts && stsAllows(sts, host)))
    return { is: 'stop', policy: 'requiretls', why: `nothing proves that ${host} is the host` }
  return { is: 'go', tls: { is: 'verified' }, tlsKey: 'verified', policy: 'requiretls' }
}

async function daneFor(dns: Dns, asked: TlsQuestion): Promise<HostTls | undefined> {
  const { host, port, domain } = asked
  const answer = await dns.query(`_${port}._tcp.${host}`, 'TLSA')
  // RFC 7672 §2.1.2: a zone that is signed and does not answer may be under attack.
  if (answer.is === 'failed')
    return { is: 'stop', policy: 'dane', why: `the TLSA records of ${host}: ${answer.why}` }
  if (answer.is !== 'found' || !answer.secure) return undefined
  const usable = usableTlsa(answer.records)
  // RFC 7672 §2.2: records that cannot be used demand TLS all the same, with whomever.
  const judge = (chain: readonly Uint8Array[]) =>
    usable.length === 0 ? '' : daneVerdict(usable, [host, domain], chain)
  const tlsKey = `dane ${domain} ${usable.map(keyOf).join()}`
  const tlsa = answer.records.map(lineOf).join('\n')
  return { is: 'go', tls: { is: 'matching', judge }, tlsKey, policy: 'dane', tlsa }
}

function lineOf({ usage, selector, matching, data }: TlsaRecord): string {
  return `${usage} ${selector} ${matching} ${Buffer.from(data).toString('hex')}`
}

function keyOf({ usage, selector, matching, data }: TlsaRecord): string {
  return `${usage}${selector}${matching}${Buffer.from(data).toString('base64')}`
}
