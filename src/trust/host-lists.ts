// Lists of hosts in the DNS, RFC 5782: who is on one, and whether the list answers us at all. One
// that refuses us, or calls everybody listed, is not believed.
import { isIPv6 } from 'node:net'
import { Cache } from '../base/cache.ts'
import type { Log } from '../base/log.ts'
import { plainAddress } from '../base/networks.ts'
import type { Dns } from './dns/dns.ts'
import { reverseName } from './dns/names.ts'

/** What lists say of a host; each is the name of a list. */
export interface Listings {
  readonly blocked: readonly string[]
  readonly recommended: readonly string[]
  /** Those that gave no answer that can be believed, and why: "zen.example: refused". */
  readonly silent: readonly string[]
}

export interface ListNames {
  readonly blocklists: readonly string[]
  readonly allowlists: readonly string[]
}

export interface HostListPorts {
  readonly dns: Dns
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: Log
}

type Said = 'listed' | 'clear' | 'refused' | 'out of order' | 'no answer'

/** How long what a list's test points said is believed. */
const testedMs = 3_600_000
const testedMax = 100

export class HostLists {
  readonly #ports: HostListPorts
  /** What is wrong with a list, "" for nothing, and until when that is known. */
  readonly #tested = new Cache<{ readonly until: number; readonly wrong: Promise<string> }>(
    testedMax,
  )

  constructor(ports: HostListPorts) {
    this.#ports = ports
  }

  /** Never rejects. */
  async ask(client: string, { blocklists, allowlists }: ListNames): Promise<Listings> {
    const address = plainAddress(client)
    const zones = [...blocklists, ...allowlists]
    const said = await Promise.all(zones.map((zone) => this.#said(address, zone)))
    const listed = new Set(zones.filter((_zone, at) => said[at] === 'listed'))
    return {
      blocked: blocklists.filter((zone) => listed.has(zone)),
      recommended: allowlists.filter((zone) => listed.has(zone)),
      silent: zones.flatMap((zone, at) =>
        said[at] === 'listed' || said[at] === 'clear' ? [] : [`${zone}: ${said[at]}`],
      ),
    }
  }

  async #said(address: string, zone: string): Promise<Said> {
    const said = await this.#question(address, zone)
    // Only who calls somebody listed must prove that it does not say so of everybody.
    if (said !== 'listed' || (await this.#trouble(zone)) === '') return said
    return 'out of order'
  }

  async #question(address: string, zone: string): Promise<Said> {
    const reversed = reverseName(address).replace(
      isIPv6(address) ? /\.ip6\.arpa$/ : /\.in-addr\.arpa$/,
      '',
    )
    const answer = await this.#ports.dns.query(`${reversed}.${zone}`, 'A')
    if (answer.is === 'failed') return 'no answer'
    if (answer.is !== 'found') return 'clear'
    // What lists say to resolvers that ask too much, or that they do not know.
    if (answer.records.some((one) => one.startsWith('127.255.255.'))) return 'refused'
    // RFC 5782 §2.1; a domain that was given up often has an address for every name.
    return answer.records.every((one) => one.startsWith('127.')) ? 'listed' : 'out of order'
  }

  /** What the test points of RFC 5782 §5 say of a list; "" where they are as they must be. */
  #trouble(zone: string): Promise<string> {
    const { now } = this.#ports
    const known = this.#tested.get(zone)
    if (known && now() < known.until) return known.wrong
    const wrong = this.#test(zone)
    this.#tested.set(zone, { until: now() + testedMs, wrong }, this.#tested.epoch)
    return wrong
  }

  async #test(zone: string): Promise<string> {
    const never = await this.#question('127.0.0.1', zone)
    const wrong = never === 'clear' ? '' : `it says "${never}" of 127.0.0.1, which never sends mail`
    if (wrong !== '') this.#ports.log.warn('a list of hosts is out of order', { zone, wrong })
    return wrong
  }
}
