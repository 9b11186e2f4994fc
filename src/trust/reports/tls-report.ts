// A TLS report (RFC 8460 §4) written and read. Knows JSON, not mail.
import { dayText, type ReceivedReport, type ReceivedRow, type TlsFacts } from './kinds.ts'

export interface TlsReport {
  readonly domain: string
  /** Who we are, and where we can be asked. */
  readonly by: string
  readonly email: string
  readonly reportId: string
  readonly day: number
  readonly rows: readonly { readonly facts: TlsFacts; readonly n: number }[]
}

/** RFC 8460 §4.4 */
export function tlsJson({ domain, by, email, reportId, day, rows }: TlsReport): string {
  const policies = Map.groupBy(rows, ({ facts }) => `${facts.policy}\n${facts.policyText}`)
  return JSON.stringify({
    'organization-name': by,
    'date-range': {
      'start-datetime': `${dayText(day)}T00:00:00Z`,
      'end-datetime': `${dayText(day)}T23:59:59Z`,
    },
    'contact-info': email,
    'report-id': reportId,
    policies: [...policies.values()].map((list) => policyOf(domain, list)),
  })
}

function policyOf(domain: string, list: TlsReport['rows']) {
  const failed = list.filter(({ facts }) => facts.failure !== '')
  const { policy, policyText } = list[0]!.facts
  const lines = policyText.split(/\r?\n/).filter((line) => line !== '')
  const sum = (some: TlsReport['rows']) => some.reduce((total, { n }) => total + n, 0)
  const mx = lines.flatMap((line) => /^mx\s*:\s*(\S+)/.exec(line)?.[1] ?? [])
  return {
    policy: {
      'policy-type': policy,
      ...(lines.length > 0 ? { 'policy-string': lines } : {}),
      'policy-domain': domain,
      ...(policy === 'sts' && mx.length > 0 ? { 'mx-host': mx } : {}),
    },
    summary: {
      'total-successful-session-count': sum(list) - sum(failed),
      'total-failure-session-count': sum(failed),
    },
    'failure-details': failed.map(({ facts, n }) => ({
      'result-type': facts.failure,
      ...(facts.host === '' ? {} : { 'receiving-mx-hostname': facts.host }),
      ...(facts.address === '' ? {} : { 'receiving-ip': facts.address }),
      'failed-session-count': n,
      ...(facts.why === '' ? {} : { 'failure-reason-code': facts.why }),
    })),
  }
}

const policiesMax = 100
const rowsMax = 2_000
const textMaxChars = 300

/** One for each domain that it is about. @throws Error with what is wrong with it, in words */
export function readTlsReport(text: string): readonly ReceivedReport[] {
  const report = recordOf(parsed(text))
  const range = recordOf(report['date-range'])
  const reportId = textOf(report['report-id'])
  const policies = listOf(report.policies).slice(0, policiesMax).map(readPolicy)
  const domains = Map.groupBy(policies, ({ domain }) => domain)
  domains.delete('')
  if (reportId === '' || domains.size === 0) throw new Error('no TLS report')
  const common = {
    ...{ kind: 'tls' as const, reportId, by: textOf(report['organization-name']) },
    begin: timeOf(range['start-datetime']),
    end: timeOf(range['end-datetime']),
  }
  return [...domains].map(([domain, list]) => ({
    ...{ ...common, domain },
    good: list.reduce((sum, { good }) => sum + good, 0),
    bad: list.reduce((sum, { bad }) => sum + bad, 0),
    rows: list
      .flatMap(({ rows }) => rows)
      .slice(0, rowsMax)
      .toSorted((a, b) => b.count - a.count),
  }))
}

interface Policy {
  readonly domain: string
  readonly good: number
  readonly bad: number
  readonly rows: readonly ReceivedRow[]
}

function readPolicy(given: unknown): Policy {
  const { policy, summary, ...rest } = recordOf(given)
  const named = recordOf(policy)
  const type = textOf(named['policy-type'])
  const counts = recordOf(summary)
  const good = countOf(counts['total-successful-session-count'])
  const failures = listOf(rest['failure-details']).slice(0, rowsMax).map(recordOf)
  const rows = failures.map((one): ReceivedRow => {
    const words = [one['receiving-mx-hostname'], one['receiving-ip'], one['result-type']]
    const why = textOf(one['failure-reason-code'])
    const said = [type, ...words.map(textOf), why].filter((word) => word !== '').join(' ')
    return { count: countOf(one['failed-session-count']), good: false, said }
  })
  return {
    domain: textOf(named['policy-domain']).toLowerCase(),
    good,
    bad: countOf(counts['total-failure-session-count']),
    rows: good > 0 ? [{ count: good, good: true, said: type }, ...rows] : rows,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('no JSON')
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  const whole = typeof value === 'object' && value !== null && !Array.isArray(value)
  return whole ? (value as Record<string, unknown>) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, textMaxChars) : ''
}

function countOf(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0
}

function timeOf(value: unknown): number {
  const at = Date.parse(textOf(value))
  return Number.isFinite(at) && at > 0 && at < 1e14 ? at : 0
}
