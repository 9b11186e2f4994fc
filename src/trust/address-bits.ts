// IP addresses as bits: which network one is in, and how it is written digit by digit.
import { isIPv4 } from 'node:net'
import { reverseName } from './dns/names.ts'

/** The 32 hexadecimal digits of an IPv6 address, from the left. */
export function addressNibbles(address: string): string[] {
  return reverseName(address).split('.').slice(0, 32).reverse()
}

/** Whether two addresses of one family agree in their first `bits`. */
export function sameNetwork(one: string, other: string, bits: number): boolean {
  const left = bytesOf(one)
  const right = bytesOf(other)
  if (left.length !== right.length) return false
  const whole = bits >> 3
  for (let at = 0; at < whole; at++) if (left[at] !== right[at]) return false
  const rest = bits & 7
  return rest === 0 || (left[whole]! ^ right[whole]!) >> (8 - rest) === 0
}

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  return Buffer.from(addressNibbles(address).join(''), 'hex')
}
