// SPF, RFC 7208: may this address send mail in the name of this domain? Asks the DNS through our
// port, within the limits of §4.6.4, and knows nothing of messages.
import { plainAddress } from '../../base/networks.ts'
import { sameNetwork } from '../address-bits.ts'
import type { Dns, DnsAnswer, Records, RecordType } from '../dns/dns.ts'
import { questionName, reverseName } from '../dns/names.ts'
import { isUnder } from '../words.ts'
import { expand, expandName, type MacroValues } from './macros.ts'
import { type Directive, isSpf, type Mechanism, readSpf, type SpfRecord } from './record.ts'

export type SpfResult =
  | 'none'
  | 'neutral'
  | 'pass'
  | 'fail'
  | 'softfail'
  | 'temperror'
  | 'permerror'

export interface SpfQuestion {
  /** The client's. */
  readonly address: string
  readonly helo: string
  /** Of MAIL FROM; "" for none, and the HELO name answers for it (RFC 7208 §2.4). */
  readonly local: string
  readonly domain: string
  /** Our own name. */
  readonly receiver: string
  /** Milliseconds since 1970. */
  readonly now: number
}

export interface SpfAnswer {
  readonly result: SpfResult
  /** The domain that was asked about. */
  readonly domain: string
  /** What decided, in a few words: the mechanism that matched, or the mistake. */
  readonly why: string
  /** What the domain's owner says about a failure (RFC 7208 §6.2), or "". Never trusted. */
  readonly explanation: string
}

/** RFC 7208 §4.6.4, and what the whole may take (§4.6.4: at least 20 seconds). */
export interface SpfLimits {
  readonly lookupsMax: number
  readonly voidsMax: number
  readonly timeMaxMs: number
}

export const spfLimits: SpfLimits = { lookupsMax: 10, voidsMax: 2, timeMaxMs: 20_000 }

const namesMax = 10
const resultOf = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' } as const

export async function checkSpf(
  question: SpfQuestion,
  dns: Dns,
  limits: SpfLimits = spfLimits,
): Promise<SpfAnswer> {
  const address = plainAddress(question.address).toLowerCase()
  const asked = question.domain === '' ? { local: '', domain: question.helo } : question
  const domain = questionName(asked.domain)
  const answer = (result: SpfResult, why: string): SpfAnswer => {
    return { result, domain: asked.domain.toLowerCase(), why, explanation: '' }
  }
  if (domain === undefined || !/^[^[\]\s\x00-\x20\x7f]+\.[^.[\]]+$/.test(domain))
    return answer('none', 'no domain to ask about')
  const { promise: late, resolve } = Promise.withResolvers<SpfAnswer>()
  const timer = setTimeout(() => resolve(answer('temperror', 'took too long')), limits.timeMaxMs)
  const check = new Check({ ...question, local: asked.local, domain, address }, dns, limits)
  const found = await Promise.race([check.run(domain), late])
  clearTimeout(timer)
  return found
}

/** Ends a check at once. */
class Broken {
  readonly result: 'temperror' | 'permerror'
  readonly why: string

  constructor(result: 'temperror' | 'permerror', why: string) {
    this.result = result
    this.why = why
  }
}

interface Verdict {
  readonly result: SpfResult
  readonly why: string
  /** Whose explanation is due: the record that failed, and its domain. */
  readonly exp?: { readonly spec: string; readonly domain: string }
}

class Check {
  readonly #question: SpfQuestion
  readonly #dns: Dns
  readonly #limits: SpfLimits
  #lookups = 0
  #voids = 0
  #validated: Promise<readonly string[]> | undefined

  constructor(question: SpfQuestion, dns: Dns, limits: SpfLimits) {
    this.#question = question
    this.#dns = dns
    this.#limits = limits
  }

  async run(domain: string): Promise<SpfAnswer> {
    try {
      const verdict = await this.#evaluate(domain)
      const { result, why, exp } = verdict
      const explanation = exp && result === 'fail' ? await this.#explain(exp) : ''
      return { result, domain, why, explanation }
    } catch (error) {
      if (!(error instanceof Broken)) throw error
      return { result: error.result, domain, why: error.why, explanation: '' }
    }
  }

  /** check_host(), RFC 7208 §4. */
  async #evaluate(domain: string): Promise<Verdict> {
    const record = await this.#record(domain)
    if (!record) return { result: 'none', why: `${domain} has no SPF record` }
    for (const directive of record.directives) {
      if (!(await this.#matches(directive.mechanism, domain))) continue
      return this.#matched(directive, record, domain)
    }
    const ended = record.directives.some(({ mechanism }) => mechanism.is === 'all')
    if (record.redirect === undefined || ended)
      return { result: 'neutral', why: 'nothing in the record matches' }
    this.#count('redirect')
    const target = await expandName(record.redirect, this.#values(domain))
    const verdict = questionName(target) ? await this.#evaluate(target) : undefined
    if (!verdict || verdict.result === 'none')
      throw new Broken('permerror', `redirect to ${target}, which has no SPF record`)
    return verdict
  }

  #matched({ qualifier, text }: Directive, record: SpfRecord, domain: string): Verdict {
    const result = resultOf[qualifier]
    const exp = record.exp === undefined ? {} : { exp: { spec: record.exp, domain } }
    return { result, why: `${text} of ${domain}`, ...exp }
  }

  async #record(domain: string): Promise<SpfRecord | undefined> {
    const answer = await this.#ask(domain, 'TXT', false)
    const texts = answer.filter(isSpf)
    if (texts.length === 0) return undefined
    if (texts.length > 1) throw new Broken('permerror', `${domain} has ${texts.length} SPF records`)
    const record = readSpf(texts[0]!)
    if (typeof record === 'string') throw new Broken('permerror', `${domain}: ${record}`)
    return record
  }

  async #matches(mechanism: Mechanism, domain: string): Promise<boolean> {
    const { address } = this.#question
    if (mechanism.is === 'all') return true
    if ('bits' in mechanism) {
      const six = address.includes(':')
      return six === (mechanism.is === 'ip6') && inNetwork(address, mechanism)
    }
    this.#count(mechanism.is)
    const { spec } = mechanism
    const target = spec === '' ? domain : await expandName(spec, this.#values(domain))
    switch (mechanism.is) {
      case 'include':
        return await this.#included(target)
      case 'exists':
        return (await this.#ask(target, 'A')).length > 0
      case 'ptr':
        return (await this.#names()).some((name) => isUnder(name, target.toLowerCase()))
      case 'a':
        return await this.#hasAddress(target, mechanism)
      case 'mx':
        return await this.#hasExchange(target, mechanism)
    }
  }

  /** RFC 7208 §5.2. */
  async #included(target: string): Promise<boolean> {
    const { result } = questionName(target) ? await this.#evaluate(target) : { result: 'none' }
    if (result === 'none')
      throw new Broken('permerror', `include of ${target}, which has no SPF record`)
    return result === 'pass'
  }

  async #hasAddress(name: string, bits: { bits4: number; bits6: number }): Promise<boolean> {
    const { address } = this.#question
    const six = address.includes(':')
    const found = await this.#ask(name, six ? 'AAAA' : 'A')
    return found.some((one) => sameNetwork(one, address, six ? bits.bits6 : bits.bits4))
  }

  async #hasExchange(target: string, bits: { bits4: number; bits6: number }): Promise<boolean> {
    const exchanges = await this.#ask(target, 'MX')
    if (exchanges.length > namesMax) throw new Broken('permerror', `more than ${namesMax} MX`)
    for (const { exchange } of exchanges)
      if (exchange !== '' && (await this.#hasAddress(exchange, bits))) return true
    return false
  }

  /** The client's names that lead back to it, RFC 7208 §5.5; trouble is as good as none. */
  #names(): Promise<readonly string[]> {
    this.#validated ??= this.#validate()
    return this.#validated
  }

  async #validate(): Promise<readonly string[]> {
    const { address } = this.#question
    const found = await this.#dns.query(reverseName(address), 'PTR')
    this.#countVoid(found)
    if (found.is !== 'found') return []
    const names: string[] = []
    for (const name of found.records.slice(0, namesMax)) {
      const forward = await this.#dns.query(name, address.includes(':') ? 'AAAA' : 'A')
      if (forward.is !== 'found') continue
      if (forward.records.some((one) => sameNetwork(one, address, 128))) names.push(name)
    }
    return names
  }

  #values(domain: string): MacroValues {
    const { local, domain: senderDomain, address, helo, receiver, now } = this.#question
    return {
      local: local === '' ? 'postmaster' : local,
      ...{ senderDomain, domain, address, helo, receiver },
      now: Math.floor(now / 1000),
      // RFC 7208 §7.3: the domain itself first, then one below it.
      validated: async () => {
        const names = await this.#names()
        const own = names.find((name) => name === domain)
        return own ?? names.find((name) => isUnder(name, domain)) ?? names[0] ?? 'unknown'
      },
    }
  }

  /** RFC 7208 §6.2: whatever goes wrong, there is no explanation. */
  async #explain({ spec, domain }: { spec: string; domain: string }): Promise<string> {
    const values = this.#values(domain)
    const name = await expandName(spec, values)
    const found = await this.#dns.query(name, 'TXT')
    if (found.is !== 'found' || found.records.length !== 1) return ''
    const text = found.records[0]!
    const wrong = /%(?![%_-]|\{[slodiphcrtv](?:[1-9]\d{0,2})?r?[.\-+,/_=]*\})/i
    if (/[^\x20-\x7e]/.test(text) || wrong.test(text.replaceAll('%%', ''))) return ''
    return await expand(text, values)
  }

  async #ask<T extends RecordType>(name: string, type: T, counts = true): Promise<Answered<T>> {
    if (questionName(name) === undefined) return []
    const answer = await this.#dns.query(name, type)
    if (answer.is === 'failed') throw new Broken('temperror', `${name} ${type}: ${answer.why}`)
    if (counts) this.#countVoid(answer)
    return answer.is === 'found' ? answer.records : []
  }

  #count(what: string): void {
    const { lookupsMax } = this.#limits
    if (++this.#lookups > lookupsMax)
      throw new Broken('permerror', `more than ${lookupsMax} lookups, at ${what}`)
  }

  #countVoid({ is }: { readonly is: DnsAnswer<RecordType>['is'] }): void {
    if (is === 'found' || is === 'failed' || ++this.#voids <= this.#limits.voidsMax) return
    throw new Broken('permerror', `more than ${this.#limits.voidsMax} lookups without an answer`)
  }
}

type Answered<T extends RecordType> = readonly Records[T][]

function inNetwork(address: string, network: { address: string; bits: number }): boolean {
  return sameNetwork(address, network.address, network.bits)
}
