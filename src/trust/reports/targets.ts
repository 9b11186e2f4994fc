// Where a domain wants its reports: RFC 8460 §3 and RFC 7489 §6.2, and whether somebody else has
// agreed to get them.
import { dmarcRecord, mayReport } from '../dmarc/dmarc.ts'
import type { Dns } from '../dns/dns.ts'
import type { PublishedPolicy } from './dmarc-report.ts'
import type { ReportKind } from './kinds.ts'

export interface Target {
  readonly kind: 'mail' | 'web'
  /** "dmarc@example.net", or "https://…". */
  readonly to: string
  /** Infinity where nothing is said. */
  readonly maxBytes: number
}

export type Wanted =
  | {
      readonly is: 'wanted'
      readonly targets: readonly Target[]
      /** For DMARC: what the domain publishes now. */
      readonly published?: PublishedPolicy
    }
  | { readonly is: 'not-wanted'; readonly why: string }
  /** Ask again later. */
  | { readonly is: 'unknown'; readonly why: string }

const targetsMax = 5

export function reportsWanted(kind: ReportKind, domain: string, dns: Dns): Promise<Wanted> {
  return kind === 'tls' ? tlsWanted(domain, dns) : dmarcWanted(domain, dns)
}

async function tlsWanted(domain: string, dns: Dns): Promise<Wanted> {
  const answer = await dns.query(`_smtp._tls.${domain}`, 'TXT')
  if (answer.is === 'failed') return { is: 'unknown', why: answer.why }
  const records = answer.is === 'found' ? answer.records : []
  // RFC 8460 §3: more than one is none.
  const own = records.filter((text) => /^v=TLSRPTv1\s*;/.test(text))
  const rua = own.length === 1 ? /;\s*rua=([^;]*)/.exec(own[0]!)?.[1] : undefined
  const targets = targetsIn(rua ?? '', ['mail', 'web'])
  return targets.length > 0
    ? { is: 'wanted', targets }
    : { is: 'not-wanted', why: 'it has no TLSRPT record' }
}

async function dmarcWanted(domain: string, dns: Dns): Promise<Wanted> {
  const found = await dmarcRecord(domain, dns)
  if ('result' in found)
    return { is: found.result === 'temperror' ? 'unknown' : 'not-wanted', why: found.why }
  const { tags } = found
  const targets: Target[] = []
  for (const target of targetsIn(tags.get('rua') ?? '', ['mail'])) {
    const host = target.to.slice(target.to.lastIndexOf('@') + 1)
    if (await mayReport(domain, host, dns)) targets.push(target)
  }
  if (targets.length === 0) return { is: 'not-wanted', why: 'it names nobody who agreed' }
  const tag = (name: string, fallback: string) => tags.get(name) ?? fallback
  const p = tag('p', 'none')
  const published = {
    ...{ domain, adkim: tag('adkim', 'r'), aspf: tag('aspf', 'r') },
    ...{ p, sp: tag('sp', p), pct: tag('pct', '100') },
  }
  return { is: 'wanted', targets, published }
}

/** "mailto:a@example.net!10m,https://example.net/tls" */
function targetsIn(list: string, kinds: readonly Target['kind'][]): readonly Target[] {
  return list
    .split(',')
    .slice(0, targetsMax)
    .flatMap((one) => targetOf(one.trim()) ?? [])
    .filter(({ kind }) => kinds.includes(kind))
}

const mailForm = /^mailto:([^\s<>"?!]+@[^\s<>"?!@]+?)(?:!(\d{1,12})([kmgt]?))?$/i
const webForm = /^https:\/\/[^\s<>"!]+$/i
const units: Readonly<Record<string, number>> = { k: 10, m: 20, g: 30, t: 40 }

function targetOf(uri: string): Target | undefined {
  const [, address, digits, unit = ''] = mailForm.exec(uri) ?? []
  if (address !== undefined) {
    const size = Number(digits) * 2 ** (units[unit.toLowerCase()] ?? 0)
    const to = decoded(address)
    return to === undefined
      ? undefined
      : { kind: 'mail', to, maxBytes: digits === undefined ? Infinity : size }
  }
  return webForm.test(uri) ? { kind: 'web', to: uri, maxBytes: Infinity } : undefined
}

/** RFC 6068 §2: "%21" is "!". */
function decoded(address: string): string | undefined {
  try {
    return decodeURIComponent(address)
  } catch {
    return undefined
  }
}
