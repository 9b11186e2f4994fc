// The courier to the world: finds the hosts of a destination and tries them in turn, as safely as
// their domain demands. Knows routes and policies; what is said to a host, and when to come again,
// is known to others.
import { Networks } from '../base/networks.ts'
import { type Reply, replyLine } from '../base/reply.ts'
import type { Dns } from '../trust/dns/dns.ts'
import type { StsPolicies, StsPolicy } from '../trust/mta-sts.ts'
import type { Attempt, Consignment, Courier, Tried } from './courier.ts'
import type { Hop, HopResult, Hops } from './hop.ts'
import { type HostTls, tlsFor } from './host-tls.ts'
import type { HopReply, Outgoing } from './transport.ts'
import { type MxHost, wayTo } from './way.ts'

export interface MxCourierOptions {
  readonly dns: Dns
  readonly hops: Hops
  readonly sts: StsPolicies
  /** 25; another one for tests and simulations. */
  readonly port?: number
  /** Whether a host name is ours: mail that would come back is refused. */
  readonly isOurs: (host: string) => boolean
  /** Whether an address is ours, under whatever name. */
  readonly isOurAddress?: (address: string) => Promise<boolean>
  /** Addresses inside that mail may go to by MX; see `inside`. */
  readonly allowed: () => Networks
  readonly ipv6?: () => boolean
  readonly now?: () => number
  readonly random?: () => number
  /** Told of each TLS session that a policy was about, RFC 8460. */
  readonly onTls?: (finding: TlsFinding) => void
}

/** How one host's TLS went, for the reports that its domain may ask for. */
export interface TlsFinding {
  readonly domain: string
  readonly host: string
  readonly address: string
  readonly policy: 'sts' | 'tlsa' | 'no-policy-found'
  /** The text of the MTA-STS policy, or the TLSA records. */
  readonly policyText: string
  /** RFC 8460 §4.3, or "" for a session that was as it should be. */
  readonly failure: string
  readonly why: string
}

/** Where nobody in the world has a mail server: RFC 6890 and multicast. */
export const inside: readonly string[] = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3'],
  ...['::/127', '64:ff9b:1::/48', 'fc00::/7', 'fe80::/10', 'ff00::/8'],
]

/** RFC 5321 §5.1 wants two; each may cost a whole timeout. */
const addressesMax = 5
/** Sessions in which something was said about the message; more would be pressing. */
const sessionsMax = 2

export class MxCourier implements Courier {
  readonly #options: MxCourierOptions
  readonly #inside = new Networks(inside)

  constructor(options: MxCourierOptions) {
    this.#options = options
  }

  async deliver(consignment: Consignment, signal?: AbortSignal): Promise<Attempt> {
    const round = new Round(this.#options, consignment, signal)
    try {
      await this.#deliver(round)
      round.settle()
    } catch (error) {
      round.note({ failure: error instanceof Error ? error.message : 'failed' })
    }
    return round.attempt()
  }

  async knows(destination: string): Promise<boolean> {
    if (destination.startsWith('[')) return true
    const answer = await this.#options.dns.query(destination, 'MX')
    const host = answer.is === 'found' ? answer.records[0]?.exchange : destination
    if (answer.is === 'failed' || !host) return answer.is !== 'failed'
    return (await this.#options.dns.query(host, 'A')).is !== 'failed'
  }

  async #deliver(round: Round): Promise<void> {
    const { destination } = round.consignment
    if (destination.startsWith('[')) {
      const address = destination.slice(1, -1).replace(/^ipv6:/i, '')
      const host = { name: destination, preference: 0 }
      const stop = this.#forbidden(address)
      return stop ? round.end(stop) : round.visit(host, [address], opportunistic)
    }
    const { dns, isOurs, random = Math.random } = this.#options
    const [way, sts] = await Promise.all([
      wayTo(destination, { dns, isOurs, random }),
      this.#options.sts.find(destination),
    ])
    if (way.is === 'none') return round.end(way.reply)
    if (way.is === 'unknown') return round.unseen(way.why)
    round.sts = sts.policy
    if (sts.failure) round.tell('', { failure: sts.failure, why: sts.why ?? '' })
    for (const host of way.hosts) {
      if (round.done) return
      await this.#host(round, host, way.secure)
    }
  }

  async #host(round: Round, host: MxHost, secure: boolean): Promise<void> {
    const found = await this.#addresses(host.name)
    if ('reply' in found) return round.nowhere(host, found)
    // RFC 5321 §5.1: from here on every host is as far from the recipient as we are.
    if (await this.#isHere(found)) return round.here(host)
    const asked = {
      ...{ host: host.name, port: this.#options.port ?? 25, secure: secure && found.secure },
      ...{ domain: round.consignment.destination, sts: round.sts },
      requireTls: round.consignment.mail.asked?.requireTls === true,
      tlsOptional: round.consignment.mail.asked?.tlsOptional === true,
    }
    const tls = await tlsFor(this.#options.dns, asked)
    if (tls.is === 'go') return round.visit(host, found.addresses, tls)
    round.stopped(host, tls)
  }

  async #isHere({ addresses }: Addresses): Promise<boolean> {
    const { isOurAddress } = this.#options
    if (!isOurAddress) return false
    for (const address of addresses) if (await isOurAddress(address)) return true
    return false
  }

  /** Both families by turns, the newer one first, as far as mail may go there. */
  async #addresses(host: string): Promise<Addresses | Nowhere> {
    const { dns, ipv6 = () => true } = this.#options
    const [four, six] = await Promise.all([
      dns.query(host, 'A'),
      ipv6() ? dns.query(host, 'AAAA') : undefined,
    ])
    const fours = four.is === 'found' ? four.records : []
    const sixes = six?.is === 'found' ? six.records : []
    const all = Array.from({ length: Math.max(fours.length, sixes.length) }, (_, n) => [
      ...[sixes[n], fours[n]],
    ]).flat()
    const known = all.filter((one) => one !== undefined)
    const addresses = known.filter((one) => !this.#forbidden(one))
    const secure = [four, six].every((one) => !one || (one.is !== 'failed' && one.secure))
    if (addresses.length > 0) return { addresses, secure }
    const failed = [four, six].find((one) => one?.is === 'failed')
    if (failed?.is === 'failed') return { reply: undefined, why: `${host}: ${failed.why}` }
    if (known.length > 0) return { reply: this.#forbidden(known[0]!), why: '' }
    return { reply: { code: 550, status: '5.4.4', text: `${host} has no address` }, why: '' }
  }

  /** What is inside belongs to nobody in the world, and may belong to somebody here. */
  #forbidden(address: string): Reply | undefined {
    if (!this.#inside.has(address) || this.#options.allowed().has(address)) return undefined
    return { code: 550, status: '5.4.4', text: `No mail goes to ${address}, a private address` }
  }
}

interface Addresses {
  readonly addresses: readonly string[]
  readonly secure: boolean
}

interface Nowhere {
  /** undefined: it is not known yet. */
  readonly reply: Reply | undefined
  readonly why: string
}

interface Told {
  readonly failure: string
  readonly why: string
  readonly address?: string
  readonly dane?: boolean
  readonly tlsa?: string
}

type Go = HostTls & { readonly is: 'go' }
const opportunistic: Go = { is: 'go', tls: { is: 'opportunistic' }, tlsKey: '', policy: '' }
const silence: Reply = { code: 0, status: '', text: '' }

/** One attempt: who was tried, and what each recipient has by now. */
class Round {
  readonly consignment: Consignment
  sts: StsPolicy | undefined
  readonly #options: MxCourierOptions
  readonly #signal: AbortSignal | undefined
  readonly #tried: Tried[] = []
  readonly #replies: Reply[]
  #failure = ''
  #visits = 0
  #sessions = 0
  #over = false
  /** No further host is asked. */
  #last = false
  /** Hosts where it may be otherwise at another time. */
  #hopeful = false
  #blind = false
  #verdict: Reply | undefined
  #passedOn = false

  constructor(options: MxCourierOptions, consignment: Consignment, signal?: AbortSignal) {
    this.#options = options
    this.consignment = consignment
    this.#signal = signal
    this.#replies = consignment.mail.to.map(() => silence)
  }

  get done(): boolean {
    const enough = this.#visits >= addressesMax || this.#sessions >= sessionsMax
    return (
      this.#over ||
      this.#last ||
      enough ||
      this.#signal?.aborted === true ||
      this.#open().length === 0
    )
  }

  /** Final for all, without asking anybody. */
  end(reply: Reply): void {
    this.#over = true
    for (const n of this.#open()) this.#replies[n] = reply
  }

  note({ failure }: { failure: string }): void {
    this.#failure = failure
  }

  /** The DNS does not say. */
  unseen(why: string): void {
    this.#blind = true
    this.#failure = why
  }

  nowhere({ name }: MxHost, { reply, why }: Nowhere): void {
    this.#tried.push({ ...this.#blank(name), said: reply ? replyLine(reply) : why })
    if (reply) this.#verdict ??= reply
    else this.#hopeful = true
    if (reply) this.#failure = reply.text
    else this.unseen(why)
  }

  /** The host is ourselves: no other is asked. */
  here({ name }: MxHost): void {
    const text = `Mail for ${this.consignment.destination} would come back to this server`
    const reply = { code: 554, status: '5.4.6', text }
    this.#tried.push({ ...this.#blank(name), said: replyLine(reply) })
    this.#last = true
    this.#verdict ??= reply
    this.#failure ||= text
  }

  stopped({ name }: MxHost, { policy, why }: HostTls & { is: 'stop' }): void {
    this.#tried.push({ ...this.#blank(name), policy, said: why })
    this.#failure = why
    // RFC 8689 §4.2.1: what the sender demanded and cannot be is returned, not tried for days.
    if (policy === 'requiretls') this.#verdict ??= { code: 550, status: '5.7.10', text: why }
    else this.#hopeful = true
    if (policy === 'mta-sts') this.tell(name, { failure: 'validation-failure', why })
    if (policy === 'dane') this.tell(name, { failure: 'dnssec-invalid', why })
  }

  /** No host was left to try: a verdict where it will be the same tomorrow. */
  settle(): void {
    if (!this.#over && !this.#hopeful && this.#sessions === 0 && this.#verdict)
      this.end(this.#verdict)
  }

  async visit(host: MxHost, addresses: readonly string[], tls: Go): Promise<void> {
    const { source } = this.consignment
    for (const address of addresses) {
      if (this.done) return
      const hop: Hop = {
        ...{ name: host.name, address, port: this.#options.port ?? 25 },
        ...{ tls: tls.tls, tlsKey: tls.tlsKey },
        ...(source ? { source } : {}),
      }
      const open = this.#open()
      const at = this.#now()
      this.#visits++
      const result = await this.#options.hops.send(hop, this.#mailFor(open), this.#signal)
      this.#record(host, tls, result, { at, address })
      this.#take(open, result)
    }
  }

  attempt(): Attempt {
    const { to } = this.consignment.mail
    const recipients = to.map((address, n): HopReply => ({ address, ...this.#replies[n]! }))
    const answered = recipients.every(({ code }) => code > 0)
    return {
      tried: this.#tried,
      recipients,
      unreachable: this.#sessions === 0 && !this.#over,
      blind: this.#blind && this.#visits === 0 && !this.#over,
      failure: answered ? '' : this.#failure || 'no host could be tried',
      passedOn: this.#passedOn,
    }
  }

  #record(host: MxHost, tls: Go, result: HopResult, when: { at: number; address: string }): void {
    const first = result.recipients.find(({ code }) => code >= 400) ?? result.recipients[0]
    const said = result.failure || (first && first.code > 0 ? replyLine(first) : '')
    const ms = this.#now() - when.at
    const { policy } = tls
    this.#tried.push({
      ...{ host: host.name, hop: result.hop, tls: result.tls, policy, at: when.at, ms, said },
    })
    const testing = this.sts?.mode === 'testing' && !result.tls.endsWith(' verified')
    const clear = result.tls === '' ? 'starttls-not-supported' : ''
    const failure = result.tlsFailure ?? (clear || (testing ? 'validation-failure' : ''))
    if (result.stage === 'message' || result.tlsFailure)
      this.tell(host.name, {
        failure,
        why: result.failure,
        address: when.address,
        dane: policy === 'dane',
        tlsa: tls.tlsa ?? '',
      })
  }

  /** What one host said, and whether the next one is to be asked. */
  #take(open: readonly number[], result: HopResult): void {
    const about = result.stage === 'message'
    if (about) this.#sessions++
    if (about) this.#passedOn = result.passedOn
    let refused = false
    for (const [k, n] of open.entries()) {
      const { code, status, text } = result.recipients[k] ?? silence
      refused ||= code >= 500
      // RFC 5321 §4.2.4.2: a host that will not have us at all may have a neighbour that does.
      if (!about && code >= 500) this.#verdict ??= { code, status, text }
      else this.#replies[n] = { code, status, text }
    }
    if (!about && !refused) this.#hopeful = true
    this.#failure = result.failure
    // It may have been taken: another host would be given it a second time.
    if (result.doubtful) this.#over = true
  }

  /** Recipients without a final reply. */
  #open(): readonly number[] {
    const open = [...this.#replies.keys()]
    return open.filter(
      (n) => this.#replies[n]!.code < 200 || /^4/.test(`${this.#replies[n]!.code}`),
    )
  }

  #mailFor(open: readonly number[]): Outgoing {
    const { mail } = this.consignment
    if (open.length === mail.to.length) return mail
    const { asked } = mail
    const recipients = asked?.recipients && open.map((n) => asked.recipients?.[n])
    return {
      ...mail,
      to: open.map((n) => mail.to[n]!),
      ...(asked ? { asked: { ...asked, ...(recipients ? { recipients } : {}) } } : {}),
    }
  }

  tell(host: string, told: Told): void {
    const { failure, why, address = '', dane = false, tlsa = '' } = told
    const policy =
      dane || failure === 'dnssec-invalid' ? 'tlsa' : this.sts ? 'sts' : 'no-policy-found'
    const { destination: domain, mail } = this.consignment
    // RFC 8460 §5.3: what comes whatever TLS does is not in the next report.
    if (mail.asked?.tlsOptional) return
    const policyText = policy === 'sts' ? (this.sts?.text ?? '') : tlsa
    this.#options.onTls?.({ domain, host, address, policy, policyText, failure, why })
  }

  #blank(host: string): Tried {
    return { host, hop: '', tls: '', policy: '', at: this.#now(), ms: 0, said: '' }
  }

  #now(): number {
    return (this.#options.now ?? Date.now)()
  }
}
