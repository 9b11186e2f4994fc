// A DMARC aggregate report (RFC 7489 §7.2, Appendix C) written and read. Knows XML, not mail.
import {
  type DmarcFacts,
  dayMs,
  type ReceivedReport,
  type ReceivedRow,
  type Signature,
} from './kinds.ts'
import { escaped, readXml } from './xml.ts'

export interface PublishedPolicy {
  readonly domain: string
  readonly adkim: string
  readonly aspf: string
  readonly p: string
  readonly sp: string
  readonly pct: string
}

export interface DmarcReport {
  /** Who we are, and where we can be asked. */
  readonly by: string
  readonly email: string
  readonly reportId: string
  readonly day: number
  readonly published: PublishedPolicy
  readonly rows: readonly { readonly facts: DmarcFacts; readonly n: number }[]
}

export function dmarcXml(report: DmarcReport): string {
  const { by, email, reportId, day, published, rows } = report
  const begin = (day * dayMs) / 1000
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<feedback>',
    '<version>1.0</version>',
    '<report_metadata>',
    ...[leaf('org_name', by), leaf('email', email), leaf('report_id', reportId)],
    `<date_range>${leaf('begin', begin)}${leaf('end', begin + dayMs / 1000 - 1)}</date_range>`,
    '</report_metadata>',
    '<policy_published>',
    ...Object.entries(published).map(([name, value]) => leaf(name, value as string)),
    '</policy_published>',
    ...rows.map(({ facts, n }) => recordOf(facts, n)),
    '</feedback>\n',
  ].join('\n')
}

function recordOf(facts: DmarcFacts, n: number): string {
  const { source, disposition, dkim, spf, reason, from, mailFrom, signatures } = facts
  const why = reason === '' ? '' : `<reason>${leaf('type', reason)}</reason>`
  const spfResult = [
    ...[leaf('domain', facts.spfDomain), leaf('scope', facts.spfScope)],
    leaf('result', facts.spfResult),
  ]
  return [
    '<record>',
    `<row>${leaf('source_ip', source)}${leaf('count', n)}`,
    `<policy_evaluated>${leaf('disposition', disposition)}${leaf('dkim', dkim)}${leaf('spf', spf)}${why}</policy_evaluated></row>`,
    `<identifiers>${leaf('envelope_from', mailFrom)}${leaf('header_from', from)}</identifiers>`,
    `<auth_results>${signatures.map(signatureOf).join('')}<spf>${spfResult.join('')}</spf></auth_results>`,
    '</record>',
  ].join('\n')
}

function signatureOf({ domain, selector, result }: Signature): string {
  return `<dkim>${leaf('domain', domain)}${leaf('selector', selector)}${leaf('result', result)}</dkim>`
}

function leaf(name: string, value: string | number): string {
  return `<${name}>${escaped(String(value))}</${name}>`
}

const rowsMax = 2_000
const textMaxChars = 300

/** @throws Error with what is wrong with it, in words */
export async function readDmarcReport(xml: string): Promise<ReceivedReport> {
  const said = new Map<string, string>()
  const rows = new Rows()
  let record = new Map<string, string>()
  await readXml(xml, {
    open: (path) => {
      if (path === 'feedback/record') record = new Map()
    },
    close: (path, text) => {
      const value = text.slice(0, textMaxChars)
      if (path.startsWith('feedback/record/')) record.set(path.slice(16), value)
      else if (path === 'feedback/record') rows.add(record)
      else if (said.size < 100) said.set(path.replace(/^feedback\//, ''), value)
    },
  })
  const get = (name: string) => said.get(name) ?? ''
  const domain = get('policy_published/domain').toLowerCase()
  const reportId = get('report_metadata/report_id')
  if (domain === '' || reportId === '') throw new Error('no DMARC report')
  return {
    ...{ kind: 'dmarc', domain, reportId, by: get('report_metadata/org_name') },
    begin: timeOf(get('report_metadata/date_range/begin')),
    end: timeOf(get('report_metadata/date_range/end')),
    ...rows.sums(),
  }
}

/** RFC 7489, Appendix C: seconds since 1970. */
function timeOf(text: string): number {
  const seconds = Number(text)
  return Number.isFinite(seconds) && seconds > 0 && seconds < 1e11 ? Math.round(seconds * 1000) : 0
}

/** Rows of a report as they come. */
class Rows {
  readonly #list: ReceivedRow[] = []
  #good = 0
  #bad = 0

  add(record: ReadonlyMap<string, string>): void {
    const get = (name: string) => record.get(name) ?? ''
    const count = Math.trunc(Number(get('row/count')))
    if (!(count > 0) || count > Number.MAX_SAFE_INTEGER) return
    const [dkim, spf] = [get('row/policy_evaluated/dkim'), get('row/policy_evaluated/spf')]
    const good = dkim === 'pass' || spf === 'pass'
    if (good) this.#good += count
    else this.#bad += count
    if (this.#list.length >= rowsMax) return
    const signed = get('auth_results/dkim/domain')
    const proofs = [
      `dkim=${dkim || '-'}${signed === '' ? '' : ` (${signed} ${get('auth_results/dkim/result')})`}`,
      `spf=${spf || '-'} (${get('auth_results/spf/domain')} ${get('auth_results/spf/result')})`,
    ]
    const done = get('row/policy_evaluated/disposition') || 'none'
    const said = `${get('row/source_ip')} ${get('identifiers/header_from')} ${proofs.join(' ')} ${done}`
    this.#list.push({ count, good, said })
  }

  sums() {
    return {
      ...{ good: this.#good, bad: this.#bad },
      rows: this.#list.toSorted((a, b) => b.count - a.count),
    }
  }
}
