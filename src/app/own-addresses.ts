// Whether an address is this server: one that it listens on, one of the machine where it listens on
// all of them, or one that its own name leads to. RFC 5321 §5.1 has no mail go from us to us.
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Dns } from '../trust/dns/dns.ts'
import type { Place } from './config/kinds.ts'

export interface OwnAddresses {
  readonly dns: Dns
  readonly serverName: string
  /** Where mail of other servers is taken. */
  readonly listen: readonly Place[]
  /** Where they are dialled. */
  readonly port: number
  /** Of the machine; those of the system without it. */
  readonly machine?: readonly string[]
}

export function isOurAddress(own: OwnAddresses): (address: string) => Promise<boolean> {
  const { dns, serverName, port } = own
  const listen = own.listen.filter((place) => place.port === port)
  return async (address) => {
    const six = isIPv6(address)
    const [wild, type] = six ? (['::', 'AAAA'] as const) : (['0.0.0.0', 'A'] as const)
    if (listen.some(({ host }) => host === address)) return true
    if (!listen.some(({ host }) => host === wild)) return false
    if ((own.machine ?? machineAddresses()).includes(address)) return true
    // Behind a router the machine does not know its own public address; its name does.
    const named = await dns.query(serverName, type)
    return named.is === 'found' && named.records.includes(address)
  }
}

function machineAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  return all.map(({ address }) => address)
}
