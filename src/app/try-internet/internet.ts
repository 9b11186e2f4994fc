// A small Internet in this process, to practise on: its names, its servers, and the way to them.
// Addresses are those that RFC 5737 §3 keeps for documents, and lead to bots on loopback; to any
// other address nothing is ever sent.

import { Networks } from '../../base/networks.ts'
import { HopPool } from '../../protocols/smtp/client-pool.ts'
import type { Courier } from '../../queue/courier.ts'
import type { Hop, HopResult, Hops } from '../../queue/hop.ts'
import { MxCourier } from '../../queue/mx-courier.ts'
import type { Outgoing } from '../../queue/transport.ts'
import type { KeyBook } from '../../trust/dkim/key-book.ts'
import type { Dns } from '../../trust/dns/dns.ts'
import { ZoneDns } from '../../trust/dns/zone-dns.ts'
import { StsPolicies } from '../../trust/mta-sts.ts'
import { selfSigned } from '../../wire/self-signed.ts'
import { secureContext } from '../../wire/tls.ts'
import { Bigmail, type Sorted } from './bigmail.ts'
import { Bot } from './bot.ts'
import { type Call, call } from './caller.ts'
import { type Cast, cast } from './personas.ts'
import { Newsletter, type Sender, Spammer } from './senders.ts'

/** What a domain can leave unpublished, to see what becomes of its mail. */
export type Unpublished = 'spf' | 'dkim' | 'dmarc'

export interface InternetOptions {
  /** Our name: "mail.example.com". */
  readonly serverName: string
  readonly domains: readonly string[]
  readonly without?: readonly Unpublished[]
  /** How long down.test stays down after it was first tried. */
  readonly downMs?: number
  /** How long slow.test takes for an answer. */
  readonly slowMs?: number
}

export interface Internet {
  readonly dns: Dns
  readonly courier: Courier
  /** Whether mail to a foreign domain goes out into it: all below "test", RFC 6761 §6.2. */
  has(domain: string): boolean
  /** Publishes the DKIM keys of our domains, and makes those that are missing. */
  publish(keys: KeyBook): Promise<void>
  /** From now on those who answer do so, to the SMTP port of this server. */
  answerTo(port: number): void
  /** What bigmail.test has, oldest first. */
  readonly bigmail: readonly Sorted[]
  close(): Promise<void>
}

/** Ours, as the others see it. */
const ourAddress = '203.0.113.25'
const [downMs, slowMs] = [60_000, 3_000]
/** Those who answer do so when the reply to what they answer has been read. */
const answerMs = 300

/** Opens its servers on free ports of 127.0.0.1. */
export async function openInternet(options: InternetOptions): Promise<Internet> {
  const { serverName, domains, without = [] } = options
  const dns = new ZoneDns(ourZone(options))
  const bigmail = new Bigmail(dns, ourAddress)
  const world = new World(serverName, options.downMs ?? downMs)
  for (const [n, one] of cast(bigmail, options.slowMs ?? slowMs).entries()) {
    const host = `mx.${one.domain}`
    const address = `198.51.100.${n + 1}`
    dns.add(`${one.domain} MX 10 ${host}\n${host} A ${address}`)
    await world.settle(address, host, one)
  }
  for (const [n, sender] of [new Newsletter(), new Spammer()].entries()) {
    const address = `198.51.100.${n + 50}`
    const host = `mx.${sender.domain}`
    dns.add(`${sender.domain} MX 10 ${host}\n${host} A ${address}`)
    dns.add(sender.records(address).join('\n'))
    await world.settle(address, host, {
      domain: sender.domain,
      taken: world.answering(sender, address),
    })
  }
  const sts = new StsPolicies({ dns, fetch: async () => Promise.reject(new Error('no web here')) })
  const none = new Networks([])
  const courier = new MxCourier({
    ...{ dns, sts, hops: world, ipv6: () => false },
    isOurs: (host) => host === serverName,
    allowed: () => none,
  })
  return {
    ...{ dns, courier, bigmail: bigmail.kept },
    has: (domain) => /(^|\.)test$/i.test(domain),
    publish: async (keys) => {
      for (const domain of domains) await published(keys, domain, without.includes('dkim'), dns)
    },
    answerTo: (port) => world.answerTo(port),
    close: () => world.close(),
  }
}

function ourZone({ serverName, domains, without = [] }: InternetOptions): string {
  const spf = (domain: string) => (without.includes('spf') ? '' : `${domain} TXT "v=spf1 mx -all"`)
  const dmarc = (domain: string) =>
    without.includes('dmarc') ? '' : `_dmarc.${domain} TXT "v=DMARC1; p=quarantine"`
  return [
    `${serverName} A ${ourAddress}`,
    `25.113.0.203.in-addr.arpa PTR ${serverName}`,
    ...domains.flatMap((domain) => [`${domain} MX 10 ${serverName}`, spf(domain), dmarc(domain)]),
  ].join('\n')
}

/** Signs for the domain from now on; `hidden`: as if its records had been removed. */
async function published(
  keys: KeyBook,
  domain: string,
  hidden: boolean,
  dns: ZoneDns,
): Promise<void> {
  const isActive = ({ state }: { state: string }) => state === 'active'
  if (!(await keys.show(domain)).some(isActive)) {
    await keys.rotate(domain)
    // Nobody could have found them before: this is where they are published.
    await keys.use(domain, true)
  }
  if (hidden) return
  for (const { name, record } of (await keys.show(domain)).filter(isActive))
    dns.put({ name, type: 'TXT', data: record })
}

/** The addresses that lead somewhere, and the connections to them. */
class World implements Hops {
  readonly #pool: HopPool
  readonly #ports = new Map<string, number>()
  readonly #bots: Bot[] = []
  /** Those that come up a while after somebody tried them. */
  readonly #asleep = new Map<string, Bot>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #downMs: number
  #answerPort = 0
  readonly #context = secureContext(selfSigned(['mx.bigmail.test']), { alpn: ['smtp'] })

  constructor(hostname: string, sleepMs: number) {
    this.#downMs = sleepMs
    this.#pool = new HopPool({
      hostname: () => hostname,
      ...{ connectTimeoutMs: 5_000, replyTimeoutMs: 30_000, finalTimeoutMs: 60_000 },
      ...{ idleMs: 5_000, idleMax: 20, messagesMax: 100 },
    })
  }

  async settle(address: string, host: string, one: Cast): Promise<void> {
    const tls = one.brokenTls ? 'broken' : this.#context
    const bot = new Bot({ ...one, host, tls })
    this.#bots.push(bot)
    if (one.asleep) this.#asleep.set(address, bot)
    else this.#ports.set(address, await bot.listen())
  }

  async send(hop: Hop, mail: Outgoing, signal?: AbortSignal): Promise<HopResult> {
    const shown = `${hop.address}:${hop.port}`
    const port = this.#ports.get(hop.address)
    if (port === undefined) return this.#refused(hop, mail, shown)
    const near: Hop = { ...hop, address: '127.0.0.1', port }
    return { ...(await this.#pool.send(near, mail, signal)), hop: shown }
  }

  answerTo(port: number): void {
    this.#answerPort = port
  }

  /** What somebody at `address` says to mail, who then writes back. */
  answering(sender: Sender, address: string): Cast['taken'] {
    const hello = `mx.${sender.domain}`
    return async (heard) => {
      const { reply, mail } = await sender.take(heard)
      for (const one of mail) this.#later(() => this.#call({ ...one, address, hello }), answerMs)
      return reply
    }
  }

  /** Where nobody listens, nobody is told. */
  async #call(what: Call): Promise<void> {
    if (this.#answerPort !== 0) await call(this.#answerPort, what).catch(() => {})
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    await this.#pool.close()
    await Promise.all(this.#bots.map((bot) => bot.close()))
  }

  #refused({ address }: Hop, { to }: Outgoing, shown: string): HopResult {
    const bot = this.#asleep.get(address)
    this.#asleep.delete(address)
    if (bot) this.#wakeLater(address, bot)
    return {
      ...{ hop: shown, tls: '', stage: 'connection', doubtful: false, passedOn: false },
      recipients: to.map((one) => ({ address: one, code: 0, status: '', text: '' })),
      failure: 'Connection refused',
    }
  }

  #wakeLater(address: string, bot: Bot): void {
    this.#later(async () => {
      this.#ports.set(address, await bot.listen())
    }, this.#downMs)
  }

  #later(work: () => Promise<void>, ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      void work()
    }, ms)
    timer.unref()
    this.#timers.add(timer)
  }
}
