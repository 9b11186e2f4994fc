// Ways that mail takes by order of whoever runs the server, in place of the way its domain names:
// by the domains of recipient and sender, and from which attempt on. The first that fits counts.
import type { Attempt, Consignment, Courier, Tried } from './courier.ts'
import type { Hop, HopResult, Hops } from './hop.ts'
import type { HopReply } from './transport.ts'

export interface Route {
  /** Domains of recipients; ".example.com" has all below it; none is all. */
  readonly to: readonly string[]
  /** Domains of senders, the same; the null sender has none. */
  readonly from: readonly string[]
  /** From this attempt on, the first is 1. */
  readonly attempt: number
  /** undefined: the usual way, as for what no route leads. */
  readonly courier: Courier | undefined
  /** Our own address for connections. */
  readonly source?: string
}

export class Routes implements Courier {
  readonly #routes: readonly Route[]
  readonly #otherwise: Courier | undefined

  constructor(routes: readonly Route[], otherwise?: Courier) {
    this.#routes = routes
    this.#otherwise = otherwise
  }

  deliver(consignment: Consignment, signal?: AbortSignal): Promise<Attempt> {
    const { destination, mail, attempts } = consignment
    const sender = mail.from?.domain ?? ''
    const route = this.#routes.find(
      ({ to, from, attempt }) =>
        attempts + 1 >= attempt && fits(to, destination) && fits(from, sender),
    )
    const courier = route?.courier ?? this.#otherwise
    const given = route?.source ? { ...consignment, source: route.source } : consignment
    return courier?.deliver(given, signal) ?? Promise.resolve(noWay(consignment))
  }

  knows(destination: string): Promise<boolean> {
    return this.#otherwise?.knows?.(destination) ?? Promise.resolve(true)
  }
}

function fits(domains: readonly string[], domain: string): boolean {
  return (
    domains.length === 0 ||
    domains.some((one) => (one.startsWith('.') ? domain.endsWith(one) : domain === one))
  )
}

/** For later: settings are mended sooner than mail is given up. */
function noWay({ mail }: Consignment): Attempt {
  const recipients = mail.to.map((address) => ({ address, code: 0, status: '', text: '' }))
  return { tried: [], recipients, unreachable: true, failure: 'no route leads there' }
}

/** A courier that takes everything to one hop, over connections that are kept. */
export class HopCourier implements Courier {
  readonly #hops: Hops
  readonly #hop: Hop
  readonly #now: () => number

  constructor(hops: Hops, hop: Hop, now: () => number) {
    this.#hops = hops
    this.#hop = hop
    this.#now = now
  }

  async deliver({ mail, source }: Consignment, signal?: AbortSignal): Promise<Attempt> {
    const at = this.#now()
    const began = performance.now()
    const hop = source ? { ...this.#hop, source } : this.#hop
    const result = await this.#hops.send(hop, mail, signal)
    const { tls, passedOn } = result
    const ms = Math.round(performance.now() - began)
    const said = lastSaid(result)
    const tried: Tried = {
      ...{ host: hop.name, hop: result.hop, tls, policy: 'route', at, ms, said },
    }
    // Who refuses us before it hears of the message has refused our settings, not the message.
    const unreachable = result.stage !== 'message'
    const recipients = unreachable ? result.recipients.map(unsaid) : result.recipients
    const failure = unreachable ? said || 'no reply' : result.failure
    return { tried: [tried], recipients, unreachable, failure, passedOn }
  }
}

function unsaid({ address }: HopReply): HopReply {
  return { address, code: 0, status: '', text: '' }
}

function lastSaid({ recipients, failure }: HopResult): string {
  if (failure !== '') return failure
  const worst = recipients.find(({ code }) => code >= 400) ?? recipients[0]
  if (!worst) return ''
  return [worst.code, worst.status, worst.text].filter((word) => word !== '').join(' ')
}
