// The hosts to which a destination's mail goes, in the order in which they are tried:
// RFC 5321 §5.1. Asks the DNS; connects to nobody.
import type { Reply } from '../base/reply.ts'
import type { Dns } from '../trust/dns/dns.ts'

export interface MxHost {
  readonly name: string
  readonly preference: number
}

export type Way =
  | {
      readonly is: 'hosts'
      readonly hosts: readonly MxHost[]
      /** The answer that named them was validated. */
      readonly secure: boolean
    }
  /** No mail can go there: what the sender is told. */
  | { readonly is: 'none'; readonly reply: Reply }
  /** Nobody knows yet. */
  | { readonly is: 'unknown'; readonly why: string }

/** RFC 5321 §5.1 wants at least two; nobody needs more than these, and a forger might. */
const hostsMax = 16

export interface WayOptions {
  readonly dns: Dns
  /** Whether a host is ourselves, so that what goes there would come back. */
  readonly isOurs: (host: string) => boolean
  /** From 0 to 1, as Math.random. */
  readonly random: () => number
}

export async function wayTo(domain: string, options: WayOptions): Promise<Way> {
  const answer = await options.dns.query(domain, 'MX')
  switch (answer.is) {
    case 'failed':
      return { is: 'unknown', why: `the MX records of ${domain}: ${answer.why}` }
    case 'no-name':
      return none(550, '5.1.2', `There is no domain ${domain}`)
    case 'no-record':
      // RFC 5321 §5.1: a domain without MX is its own host.
      if (options.isOurs(domain)) return looping(domain)
      return { is: 'hosts', hosts: [{ name: domain, preference: 0 }], secure: answer.secure }
    case 'found': {
      const hosts = answer.records.map(({ preference, exchange }) => ({
        ...{ name: exchange, preference },
      }))
      // RFC 7505 §3; among others "." is an error, and passed over.
      const named = hosts.filter(({ name }) => name !== '')
      if (named.length === 0) return none(556, '5.1.10', `${domain} takes no mail (null MX)`)
      const better = withoutUs(named, options.isOurs)
      if (better.length === 0) return looping(domain)
      const sorted = inOrder(better, options.random).slice(0, hostsMax)
      return { is: 'hosts', hosts: sorted, secure: answer.secure }
    }
  }
}

/** RFC 5321 §5.1: where we are one of the hosts, only those preferred to us. */
function withoutUs(hosts: readonly MxHost[], isOurs: (host: string) => boolean): MxHost[] {
  const ours = hosts.filter(({ name }) => isOurs(name)).map(({ preference }) => preference)
  const limit = Math.min(...ours, Number.POSITIVE_INFINITY)
  return hosts.filter(({ preference }) => preference < limit)
}

/** By preference, and among equals at random, so that they share the load. */
function inOrder(hosts: readonly MxHost[], random: () => number): MxHost[] {
  return hosts
    .map((host) => ({ host, lot: random() }))
    .sort((a, b) => a.host.preference - b.host.preference || a.lot - b.lot)
    .map(({ host }) => host)
}

function looping(domain: string): Way {
  return none(554, '5.4.6', `Mail for ${domain} would come back to this server`)
}

function none(code: number, status: string, text: string): Way {
  return { is: 'none', reply: { code, status, text } }
}
