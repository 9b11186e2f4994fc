// The client's name, looked up in both directions (RFC 8601 §2.7.3).
import { plainAddress } from '../base/networks.ts'
import { sameNetwork } from './address-bits.ts'
import type { Dns } from './dns/dns.ts'
import { reverseName } from './dns/names.ts'
import { isDomain } from './words.ts'

export interface IprevResult {
  readonly result: 'pass' | 'fail' | 'temperror' | 'permerror'
  /** The name that leads back to the address; else the first there is, or "". */
  readonly name: string
}

const namesMax = 5

export async function checkIprev(client: string, dns: Dns): Promise<IprevResult> {
  const address = plainAddress(client)
  const found = await dns.query(reverseName(address), 'PTR')
  if (found.is === 'failed') return { result: 'temperror', name: '' }
  const names = found.is === 'found' ? found.records.filter(isDomain).slice(0, namesMax) : []
  if (names.length === 0) return { result: 'permerror', name: '' }
  let failed = false
  for (const name of names) {
    const forward = await dns.query(name, address.includes(':') ? 'AAAA' : 'A')
    if (forward.is === 'found' && forward.records.some((one) => sameNetwork(one, address, 128)))
      return { result: 'pass', name }
    failed ||= forward.is === 'failed'
  }
  return { result: failed ? 'temperror' : 'fail', name: names[0]! }
}
