// How much mail one account, one network and one recipient may send or get in a minute, an hour and
// a day. Bounded, forgets at a restart. Knows no protocol.
import type { Log } from '../base/log.ts'
import { neighbourhood } from '../base/networks.ts'
import { Refused } from '../base/refused.ts'
import type { Client } from './types.ts'

/** 0 is unlimited. */
export interface Pace {
  readonly perMinute: number
  readonly perHour: number
  readonly perDay: number
}

export interface RateLimits {
  readonly accountMessages: Pace
  readonly accountRecipients: Pace
  /** From one IPv4 address or IPv6 /64 that is not trusted, with a login or without. */
  readonly networkMessages: Pace
  readonly networkRecipients: Pace
  /** To one account, from those who have no login and are not trusted. */
  readonly recipientMessages: Pace
}

interface Ports {
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export class Rates {
  readonly #limits: { readonly [Kind in keyof RateLimits]: Counts }

  constructor(limits: RateLimits, ports: Ports) {
    this.#limits = {
      accountMessages: new Counts('messages of an account', limits.accountMessages, ports),
      accountRecipients: new Counts('recipients of an account', limits.accountRecipients, ports),
      networkMessages: new Counts('messages of a network', limits.networkMessages, ports),
      networkRecipients: new Counts('recipients of a network', limits.networkRecipients, ports),
      recipientMessages: new Counts('messages to an account', limits.recipientMessages, ports),
    }
  }

  /** One more message begins. @throws Refused 'rate-limited' */
  message(client: Client): void {
    const { accountMessages, networkMessages } = this.#limits
    count(owing(client, accountMessages, networkMessages))
  }

  /** One more recipient, who is these accounts. @throws Refused 'rate-limited' */
  recipient(client: Client, accounts: readonly string[]): void {
    const { accountRecipients, networkRecipients, recipientMessages } = this.#limits
    const foreign = client.login === '' && !isHouse(client)
    const reached = foreign ? accounts.map((name) => [recipientMessages, name] as const) : []
    count([...owing(client, accountRecipients, networkRecipients), ...reached])
  }
}

type Owing = readonly (readonly [Counts, string])[]

function owing(client: Client, account: Counts, network: Counts): Owing {
  const { login } = client
  return [
    ...(login === '' ? [] : [[account, login] as const]),
    ...(isHouse(client) ? [] : [[network, neighbourhood(client.address)] as const]),
  ]
}

/** Who speaks LMTP is a server in front of this one, with limits of its own. */
function isHouse({ trusted, protocol }: Client): boolean {
  return trusted || protocol === 'lmtp'
}

/** All or none: what one limit refuses does not count for the others. */
function count(all: Owing): void {
  for (const [counts, name] of all) counts.check(name)
  for (const [counts, name] of all) counts.add(name)
}

const spansMs = [60_000, 3_600_000, 86_400_000] as const
const namesMax = 50_000

interface Span {
  since: number
  count: number
  told: boolean
}

/** Counts of each name, each span from its first one on. */
class Counts {
  readonly #what: string
  readonly #limits: readonly { readonly lengthMs: number; readonly max: number }[]
  readonly #ports: Ports
  /** Longest untouched first. */
  readonly #names = new Map<string, readonly Span[]>()

  constructor(what: string, { perMinute, perHour, perDay }: Pace, ports: Ports) {
    this.#what = what
    this.#limits = [perMinute, perHour, perDay]
      .map((max, n) => ({ max, lengthMs: spansMs[n]! }))
      .filter(({ max }) => max > 0)
    this.#ports = ports
  }

  /** @throws Refused 'rate-limited' */
  check(name: string): void {
    for (const [n, span] of this.#current(name).entries()) {
      const { max = 0, lengthMs = 0 } = this.#limits[n] ?? {}
      if (span.count < max) continue
      const fields = { of: this.#what, name, max, inMs: lengthMs }
      // Once for a span: a flood of mail must not become one of lines.
      if (!span.told) this.#ports.log.warn('rate-limited', fields)
      span.told = true
      throw new Refused('rate-limited', `${max} ${this.#what} ${name}`)
    }
  }

  add(name: string): void {
    if (this.#limits.length === 0) return
    const spans = this.#current(name)
    for (const span of spans) span.count++
    this.#names.delete(name)
    const oldest = this.#names.size >= namesMax ? this.#names.keys().next() : undefined
    if (oldest && !oldest.done) this.#names.delete(oldest.value)
    this.#names.set(name, spans)
  }

  /** What counts now, beginning anew what is over; or what a new name begins with. */
  #current(name: string): readonly Span[] {
    const now = this.#ports.now()
    const fresh = { since: now, count: 0, told: false }
    const spans = this.#names.get(name)
    if (!spans) return this.#limits.map(() => ({ ...fresh }))
    for (const [n, span] of spans.entries())
      if (Math.abs(now - span.since) >= this.#limits[n]!.lengthMs) Object.assign(span, fresh)
    return spans
  }
}
