// The resolver: asks the name servers it is given, one after the other, and remembers what they
// said for as long as they said it holds. Knows no mail, and validates nothing itself.
import type { Dns, DnsAnswer, Records, RecordType } from './dns.ts'
import { askByTcp, askByUdp, type Exchanged, type NameServer } from './exchange.ts'
import { questionName } from './names.ts'
import { isConclusive, nothingSeconds, question, walk } from './packets.ts'
import { Slots } from './slots.ts'

export interface ResolverOptions {
  /** In the order in which they are asked; read for each question, as the system's may change. */
  readonly servers: () => readonly NameServer[]
  /** Whether a server's word that it validated an answer is taken (RFC 4035 §4.9.3). */
  readonly trusts: (server: NameServer) => boolean
  /** For the first try at a server; the second has twice, the third four times as long. */
  readonly timeoutMs?: number
  readonly roundsMax?: number
  readonly cacheMax?: number
  readonly now?: () => number
}

interface Kept {
  readonly answer: DnsAnswer<RecordType>
  readonly until: number
}

interface Found {
  readonly answer: DnsAnswer<RecordType>
  /** Seconds. */
  readonly ttl: number
}

const chainMax = 8
const inFlightMax = 256
const waitingMax = 20_000
/** RFC 2308 §7: failures too are remembered, shortly, so that nobody is asked in a frenzy. */
const failureSeconds = 5
const noError = 0
const formatError = 1
const nameError = 3
const notImplemented = 4
const rcodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']

export class Resolver implements Dns {
  readonly #options: Required<ResolverOptions>
  readonly #cache = new Map<string, Kept>()
  readonly #flying = new Map<string, Promise<DnsAnswer<RecordType>>>()
  readonly #slots = new Slots(inFlightMax, waitingMax)
  /** Servers that choke on EDNS; bounded by how many are configured. */
  readonly #plain = new Set<string>()

  constructor(options: ResolverOptions) {
    const defaults = { timeoutMs: 1500, roundsMax: 3, cacheMax: 20_000, now: Date.now }
    this.#options = { ...defaults, ...options }
  }

  /** Forgets everything, as for a question that must not be answered from memory. */
  forget(): void {
    this.#cache.clear()
  }

  async query<T extends RecordType>(name: string, type: T): Promise<DnsAnswer<T>> {
    const asked = questionName(name)
    if (asked === undefined) return { is: 'no-name', secure: false }
    const key = `${type} ${asked}`
    const kept = this.#cache.get(key)
    if (kept && kept.until > this.#options.now()) return kept.answer as DnsAnswer<T>
    const flying = this.#flying.get(key) ?? this.#fly(key, asked, type)
    return (await flying) as DnsAnswer<T>
  }

  #fly(key: string, name: string, type: RecordType): Promise<DnsAnswer<RecordType>> {
    const flight = this.#resolve(name, type).then(({ answer, ttl }) => {
      this.#flying.delete(key)
      this.#keep(key, answer, ttl)
      return answer
    })
    this.#flying.set(key, flight)
    return flight
  }

  #keep(key: string, answer: DnsAnswer<RecordType>, ttl: number): void {
    if (ttl <= 0) return
    this.#cache.delete(key)
    const oldest =
      this.#cache.size >= this.#options.cacheMax ? this.#cache.keys().next() : undefined
    if (oldest && !oldest.done) this.#cache.delete(oldest.value)
    this.#cache.set(key, { answer, until: this.#options.now() + ttl * 1000 })
  }

  async #resolve(name: string, type: RecordType): Promise<Found> {
    const slot = await this.#slots.take()
    if (!slot) return failed('too many questions at once')
    try {
      return await this.#chase(name, type)
    } catch (error) {
      return failed(`no sense in the answer: ${String(error).slice(0, 100)}`)
    } finally {
      slot.free()
    }
  }

  /** Asks until the CNAMEs end: a server may give them without what is at their end. */
  async #chase(start: string, type: RecordType): Promise<Found> {
    let name = start
    let secure = true
    let ttl = Number.POSITIVE_INFINITY
    for (let hops = 0; hops <= chainMax; ) {
      const { server, reply } = await this.#ask(name, type)
      if (reply.is !== 'answer') return failed(reply.is === 'lost' ? reply.why : 'no sense in it')
      const { answers, authorities } = reply.parts
      secure &&= reply.ad && this.#options.trusts(server)
      const walked = walk(answers, name, type)
      ttl = Math.min(ttl, walked.ttl)
      if (walked.records.length > 0) return found(walked.records, secure, ttl)
      const nothing = Math.min(ttl, nothingSeconds(authorities))
      if (reply.rcode === nameError) return { answer: { is: 'no-name', secure }, ttl: nothing }
      if (walked.name === name || isConclusive(authorities))
        return { answer: { is: 'no-record', secure }, ttl: nothing }
      name = walked.name
      hops += walked.hops
    }
    return failed(`more than ${chainMax} CNAMEs`)
  }

  /** The first answer of any server; of failures the last. */
  async #ask(name: string, type: RecordType): Promise<{ server: NameServer; reply: Exchanged }> {
    const servers = this.#options.servers()
    let last = { server: nobody, reply: lost('no name server is known') }
    for (let round = 0; round < this.#options.roundsMax; round++) {
      const timeoutMs = this.#options.timeoutMs * 2 ** round
      for (const server of servers) {
        const reply = await this.#exchange(server, [name, type], timeoutMs)
        if (reply.is === 'answer' && (reply.rcode === noError || reply.rcode === nameError))
          return { server, reply }
        const why = reply.is === 'answer' ? rcodeName(reply.rcode) : 'why' in reply && reply.why
        last = { server, reply: lost(`${why || 'no sense in the answer'} from ${server.address}`) }
      }
      // A server that answers, and answers that it cannot, will not be able to at once.
      if (last.reply.why.startsWith('SERVFAIL') || last.reply.why.startsWith('REFUSED')) break
    }
    return last
  }

  async #exchange(
    server: NameServer,
    [name, type]: readonly [string, RecordType],
    timeoutMs: number,
  ): Promise<Exchanged> {
    const key = `${server.address} ${server.port}`
    const asked = question(name, type, !this.#plain.has(key))
    let reply = await askByUdp(server, asked, timeoutMs)
    // Over a connection nobody guesses, so that there the case of letters proves nothing more.
    if (reply.is === 'truncated' || (reply.is === 'answer' && reply.recased))
      reply = await askByTcp(server, asked, timeoutMs)
    const choked =
      reply.is === 'answer' && (reply.rcode === formatError || reply.rcode === notImplemented)
    if (!choked || this.#plain.has(key)) return reply
    // RFC 6891 §7: a server that does not know EDNS says FORMERR, and is asked without.
    if (this.#plain.size < plainMax) this.#plain.add(key)
    return askByUdp(server, question(name, type, false), timeoutMs)
  }
}

const plainMax = 64
const nobody: NameServer = { address: '', port: 0 }

function lost(why: string): { is: 'lost'; why: string } {
  return { is: 'lost', why }
}

function failed(why: string): Found {
  return { answer: { is: 'failed', why }, ttl: failureSeconds }
}

function found(records: readonly Records[RecordType][], secure: boolean, ttl: number): Found {
  // Of all types at once, for whoever asked knows which it was.
  return { answer: { is: 'found', records, secure } as DnsAnswer<RecordType>, ttl }
}

function rcodeName(rcode: number): string {
  return rcodes[rcode] ?? `RCODE ${rcode}`
}
