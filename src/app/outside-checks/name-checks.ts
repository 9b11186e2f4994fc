// Whether the names lead to this server and back, and whether its addresses are in disrepute.
import { isIPv4 } from 'node:net'
import type { Dns } from '../../trust/dns/dns.ts'
import { reverseName } from '../../trust/dns/names.ts'
import { addressesOf, bad, good, recordsIn, unknown, warning } from './answers.ts'
import type { Check, Patient } from './check.ts'

export const addressCheck: Check = async ({ server, addresses }, { dns }) => {
  const found = await addressesOf(dns, server)
  if ('state' in found) return found
  const want = addresses.join(', ')
  if (found.length === 0) return bad('', `${server} A ${want || '…'}`)
  const strange = found.filter((one) => addresses.length > 0 && !addresses.includes(one))
  return strange.length > 0 ? warning(found.join(', '), want) : good(found.join(', '))
}

export const mxCheck: Check = async ({ domain, server }, { dns }) => {
  const found = recordsIn(await dns.query(domain, 'MX'))
  if ('state' in found) return found
  const sorted = found.toSorted((a, b) => a.preference - b.preference)
  const have = sorted.map(({ preference, exchange }) => `${preference} ${exchange}`).join(', ')
  const want = `10 ${server}`
  if (sorted[0]?.exchange === server) return good(have)
  return sorted.some(({ exchange }) => exchange === server) ? warning(have, want) : bad(have, want)
}

/** The addresses from which mail leaves. */
async function ownAddresses({ server, addresses }: Patient, dns: Dns) {
  return addresses.length > 0 ? addresses : addressesOf(dns, server)
}

export const ptrCheck: Check = async (patient, { dns }) => {
  const { server } = patient
  const addresses = await ownAddresses(patient, dns)
  if ('state' in addresses) return addresses
  if (addresses.length === 0) return unknown('')
  const have: string[] = []
  let worst: 'good' | 'warning' | 'bad' = 'good'
  for (const address of addresses) {
    const names = recordsIn(await dns.query(reverseName(address), 'PTR'))
    if ('state' in names) return names
    have.push(`${address} ${names.join(' ') || '-'}`)
    const back = await Promise.all(names.map((name) => addressesOf(dns, name)))
    const leadsBack = back.some((one) => !('state' in one) && one.includes(address))
    if (!leadsBack) worst = 'bad'
    else if (!names.includes(server) && worst === 'good') worst = 'warning'
  }
  const said = have.join(', ')
  return worst === 'good' ? good(said) : { state: worst, have: said, want: server }
}

/** Each with its own test point, which must be listed: else we are refused, not clean. */
const blocklists: readonly string[] = ['zen.spamhaus.org', 'bl.spamcop.net', 'psbl.surriel.com']

export const blocklistCheck: Check = async (patient, { dns }) => {
  const addresses = await ownAddresses(patient, dns)
  if ('state' in addresses) return addresses
  const fours = addresses.filter((one) => isIPv4(one))
  if (fours.length === 0) return unknown('')
  const listed: string[] = []
  const refused: string[] = []
  for (const list of blocklists) {
    if (!(await answers(dns, list))) refused.push(list)
    else listed.push(...(await listedOn(dns, list, fours)))
  }
  if (listed.length > 0) return bad(listed.join(', '), '')
  if (refused.length === blocklists.length) return unknown(`${refused.join(', ')}: refused`)
  return good(blocklists.filter((list) => !refused.includes(list)).join(', '))
}

async function listedOn(dns: Dns, list: string, addresses: readonly string[]): Promise<string[]> {
  const on = await Promise.all(addresses.map((address) => lists(dns, list, address)))
  return addresses.filter((_, n) => on[n]).map((address) => `${address} ${list}`)
}

/** RFC 5782 §5: 127.0.0.2 is on every list, and 127.0.0.1 on none. */
async function answers(dns: Dns, list: string): Promise<boolean> {
  return (await lists(dns, list, '127.0.0.2')) && !(await lists(dns, list, '127.0.0.1'))
}

async function lists(dns: Dns, list: string, address: string): Promise<boolean> {
  const name = `${address.split('.').reverse().join('.')}.${list}`
  const answer = await dns.query(name, 'A')
  // 127.255.255.0/24 tells that the resolver is refused, not that the address is bad.
  const real = (one: string) => one.startsWith('127.') && !one.startsWith('127.255.255.')
  return answer.is === 'found' && answer.records.some(real)
}
