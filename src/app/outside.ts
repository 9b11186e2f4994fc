// Makes our way to the outside of the settings: the resolver, and the courier to the hosts of
// others.
import { readFileSync } from 'node:fs'
import { Networks } from '../base/networks.ts'
import { HopPool } from '../protocols/smtp/client-pool.ts'
import type { Courier } from '../queue/courier.ts'
import { MxCourier, type TlsFinding } from '../queue/mx-courier.ts'
import type { Dns } from '../trust/dns/dns.ts'
import { Resolver } from '../trust/dns/resolver.ts'
import { isNear, nameServer, systemServers } from '../trust/dns/system-servers.ts'
import { StsPolicies, type StsShelf } from '../trust/mta-sts.ts'
import type { LiveSettings } from './config/live.ts'
import type { Settings } from './config/schema.ts'
import { isOurAddress } from './own-addresses.ts'
import { policyFetch } from './policy-fetch.ts'

/** The resolver that the settings name, or that of the system. */
export function openDns({ dns }: Settings): Resolver {
  const system = systemServers()
  const given = dns.servers.map((one) => nameServer(one)).filter((one) => one !== undefined)
  const servers = given.length > 0 ? () => given : () => system().servers
  const vouched = () => dns.trust_ad || (given.length === 0 && system().trustAd)
  return new Resolver({
    servers,
    trusts: (server) => isNear(server) || vouched(),
    timeoutMs: dns.timeout_ms,
  })
}

export interface CourierPorts {
  readonly live: LiveSettings
  readonly dns: Dns
  /** Keeps MTA-STS policies over a restart. */
  readonly shelf?: StsShelf
  readonly onTls?: (finding: TlsFinding) => void
}

export interface OpenCourier {
  readonly courier: Courier
  readonly sts: StsPolicies
  /** Ends the connections that are kept. */
  close(): Promise<void>
}

/** @throws Error when the file of authorities cannot be read. */
export function openHops(live: LiveSettings): HopPool {
  const { server, outgoing: given } = live.current
  const ca = authorities(given)
  return new HopPool({
    hostname: () => server.name,
    connectTimeoutMs: given.connect_timeout_ms,
    replyTimeoutMs: given.reply_timeout_ms,
    finalTimeoutMs: given.final_timeout_ms,
    idleMs: given.idle_timeout_ms,
    idleMax: given.idle_max,
    messagesMax: given.messages_per_connection_max,
    sources: { ipv4: given.source_ipv4, ipv6: given.source_ipv6 },
    ...(ca === undefined ? {} : { ca }),
  })
}

/** In PEM; undefined where the system's count. @throws Error when the file cannot be read. */
export function authorities({ tls_ca }: Settings['outgoing']): string | undefined {
  return tls_ca === '' ? undefined : readFileSync(tls_ca, 'utf8')
}

/** @throws Error when the file of authorities cannot be read. */
export function openCourier({ live, dns, shelf, onTls }: CourierPorts): OpenCourier {
  const { server, outgoing: given } = live.current
  const allowed = live.derive(({ outgoing }) => ({
    networks: new Networks(outgoing.private_networks),
  }))
  const hops = openHops(live)
  const fetch = policyFetch({ dns, allowed: () => allowed.networks })
  const sts = new StsPolicies({ dns, fetch, ...(shelf ? { shelf } : {}) })
  const courier = new MxCourier({
    ...{ dns, hops, sts, port: given.port },
    isOurs: (host) => [server.name, ...live.current.http.names].includes(host),
    isOurAddress: isOurAddress({
      ...{ dns, serverName: server.name, port: given.port },
      listen: live.current.smtp.listen,
    }),
    allowed: () => allowed.networks,
    ipv6: () => given.ipv6,
    ...(onTls ? { onTls } : {}),
  })
  return { courier, sts, close: () => hops.close() }
}
