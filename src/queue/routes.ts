// Ways that mail takes by order of whoever runs the server, in place of the way its domain names:
// by the domains of recipient and sender. The first that fits counts.
import type { Attempt, Consignment, Courier, Tried } from './courier.ts'
import type { HopOutcome, Transport } from './transport.ts'

export interface Route {
  /** Domains of recipients; ".example.com" has all below it; none is all. */
  readonly to: readonly string[]
  /** Domains of senders, the same; the null sender has none. */
  readonly from: readonly string[]
  readonly courier: Courier
}

export class Routes implements Courier {
  readonly #routes: readonly Route[]
  readonly #otherwise: Courier | undefined

  constructor(routes: readonly Route[], otherwise?: Courier) {
    this.#routes = routes
    this.#otherwise = otherwise
  }

  deliver(consignment: Consignment, signal?: AbortSignal): Promise<Attempt> {
    const { destination, mail } = consignment
    const sender = mail.from?.domain ?? ''
    const route = this.#routes.find(({ to, from }) => fits(to, destination) && fits(from, sender))
    const courier = route?.courier ?? this.#otherwise
    return courier?.deliver(consignment, signal) ?? Promise.resolve(noWay(consignment))
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

export interface FixedHop {
  /** For the trace: "smtp.example.net". */
  readonly host: string
  /** How its connections are secured, in words; "" in clear. */
  readonly tls: string
  readonly now: () => number
}

/** A courier that takes everything to one hop. */
export class FixedCourier implements Courier {
  readonly #transport: Transport
  readonly #hop: FixedHop

  constructor(transport: Transport, hop: FixedHop) {
    this.#transport = transport
    this.#hop = hop
  }

  async deliver({ mail }: Consignment, signal?: AbortSignal): Promise<Attempt> {
    const at = this.#hop.now()
    const began = performance.now()
    const outcome = await this.#transport.send(mail, signal)
    const { recipients, failure, hop } = outcome
    const ms = Math.round(performance.now() - began)
    const { host, tls } = this.#hop
    const tried: Tried = { host, hop, tls, policy: 'route', at, ms, said: lastSaid(outcome) }
    const unreachable = failure !== '' && recipients.every(({ code }) => code === 0)
    return { tried: [tried], recipients, unreachable, failure }
  }
}

function lastSaid({ recipients, failure }: HopOutcome): string {
  if (failure !== '') return failure
  const worst = recipients.find(({ code }) => code >= 400) ?? recipients[0]
  if (!worst) return ''
  return [worst.code, worst.status, worst.text].filter((word) => word !== '').join(' ')
}
