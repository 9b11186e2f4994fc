// The test suites of openspf.org for RFC 7208 and RFC 4408. They are read from a folder beside the
// project, or the one in AMPLOP_CORPUS, and are no part of it.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import type { Dns, DnsAnswer, Records, RecordType } from '../dns/dns.ts'
import { questionName } from '../dns/names.ts'
import { checkSpf, type SpfLimits, spfLimits } from './spf.ts'

const corpus = process.env.AMPLOP_CORPUS ?? join(import.meta.dirname, '../../../../shared/corpus')
const skip = existsSync(corpus) ? false : 'corpus absent (AMPLOP_CORPUS)'

type Entry = 'TIMEOUT' | Readonly<Record<string, unknown>>

interface Scenario {
  readonly tests: Readonly<Record<string, Case>>
  readonly zonedata: Readonly<Record<string, readonly Entry[]>>
}

interface Case {
  readonly helo: string | null
  readonly host: string
  readonly mailfrom: string | null
  readonly result: string | readonly string[]
  readonly explanation?: string
}

/** The zone of a scenario, where SPF records stand for TXT ones unless there are any. */
class ScenarioDns implements Dns {
  readonly #zone: ReadonlyMap<string, readonly Entry[]>

  constructor(zone: Scenario['zonedata']) {
    this.#zone = new Map(Object.entries(zone).map(([name, list]) => [name.toLowerCase(), list]))
  }

  async query<T extends RecordType>(said: string, type: T): Promise<DnsAnswer<T>> {
    let name = questionName(said)
    for (let hops = 0; hops < 10; hops++) {
      const entries = name === undefined ? undefined : this.#zone.get(name)
      if (!entries) return { is: 'no-name', secure: false }
      const records = valuesOf(entries, type)
      if (records === 'TIMEOUT') return { is: 'failed', why: 'time ran out' }
      if (records.length > 0)
        return { is: 'found', records: records as Records[T][], secure: false }
      const [alias] = valuesOf(entries, 'CNAME')
      if (typeof alias !== 'string') return { is: 'no-record', secure: false }
      name = questionName(alias)
    }
    return { is: 'failed', why: 'a loop' }
  }
}

function valuesOf(entries: readonly Entry[], type: string): readonly unknown[] | 'TIMEOUT' {
  const has = (kind: string) => entries.some((entry) => entry !== 'TIMEOUT' && kind in entry)
  const kind = type === 'TXT' && !has('TXT') ? 'SPF' : type
  const values: unknown[] = []
  for (const entry of entries) {
    if (entry === 'TIMEOUT') {
      if (values.length === 0) return 'TIMEOUT'
      continue
    }
    const value = entry[kind]
    if (value === 'TIMEOUT') return 'TIMEOUT'
    if (value !== undefined && value !== 'NONE') values.push(recordOf(kind, value))
  }
  return values
}

function recordOf(kind: string, value: unknown): unknown {
  if (kind === 'MX') {
    const [preference, exchange] = value as [number, string]
    return { preference, exchange: exchange.replace(/\.$/, '').toLowerCase() }
  }
  if (kind === 'TXT' || kind === 'SPF') {
    const text = Array.isArray(value) ? value.join('') : String(value)
    return Buffer.from(text, 'utf8').toString('latin1')
  }
  return String(value).replace(/\.$/, '').toLowerCase()
}

async function play(name: string, limits: SpfLimits) {
  const text = readFileSync(join(corpus, 'spf/test', name), 'utf8')
  const wrong: string[] = []
  let count = 0
  for (const document of parseAllDocuments(text, { uniqueKeys: false })) {
    const scenario = document.toJS() as Scenario | null
    if (!scenario) continue
    const dns = new ScenarioDns(scenario.zonedata ?? {})
    for (const [id, expected] of Object.entries(scenario.tests)) {
      count++
      const problem = await problemOf(expected, dns, limits)
      if (problem !== '') wrong.push(`${id}: ${problem}`)
    }
  }
  return { count, wrong }
}

async function problemOf(expected: Case, dns: Dns, limits: SpfLimits): Promise<string> {
  const { host, helo, mailfrom } = expected
  const at = (mailfrom ?? '').lastIndexOf('@')
  const answer = await checkSpf(
    {
      ...{ address: String(host), helo: helo ?? '', receiver: 'receiver.example.net' },
      local: (mailfrom ?? '').slice(0, Math.max(at, 0)),
      domain: (mailfrom ?? '').slice(at + 1),
      now: Date.now(),
    },
    dns,
    limits,
  )
  const results = [expected.result].flat()
  if (!results.includes(answer.result))
    return `${answer.result} (${answer.why}) instead of ${results.join(' or ')}`
  const { explanation } = expected
  if (answer.result !== 'fail' || explanation === undefined || explanation === 'DEFAULT') return ''
  return answer.explanation === explanation ? '' : `explains "${answer.explanation}"`
}

test('the suite for RFC 7208 passes, all 203 cases', { skip }, async () => {
  assert.deepEqual(await play('rfc7208-tests.yml', spfLimits), { count: 203, wrong: [] })
})

// RFC 4408 had no limit on lookups without an answer.
test('the suite for RFC 4408 passes, all 191 cases', { skip }, async () => {
  const limits = { ...spfLimits, voidsMax: 100 }
  assert.deepEqual(await play('rfc4408-tests.yml', limits), { count: 191, wrong: [] })
})
