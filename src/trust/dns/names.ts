// Domain names as questions: lower case, A-labels, no final dot. Knows the limits of names and not
// which of them are hosts.
import { domainToASCII } from 'node:url'

/**
 * The name that a question asks for, or undefined where no such name can be: an empty label, one of
 * more than 63 octets, more than 253 in all (RFC 1035 §2.3.4), or no A-label for a Unicode one.
 */
export function questionName(name: string): string | undefined {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  const ascii = /[^\x00-\x7f]/.test(bare) ? domainToASCII(bare) : bare.toLowerCase()
  if (ascii === '' || ascii.length > 253) return undefined
  return ascii.split('.').every((label) => label !== '' && label.length <= 63) ? ascii : undefined
}

/** A name in a record: lower case, no final dot; the root is "". */
export function recordName(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()
}

/** The name under which an address is looked up backwards (RFC 1035 §3.5, RFC 3596 §2.5). */
export function reverseName(address: string): string {
  if (!address.includes(':')) return `${address.split('.').reverse().join('.')}.in-addr.arpa`
  const nibbles = expandedGroups(address).join('').split('').reverse()
  return `${nibbles.join('.')}.ip6.arpa`
}

/** The eight groups of an IPv6 address, four digits each. */
function expandedGroups(address: string): string[] {
  const mixed = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const pair = (high = '0', low = '0') => (Number(high) * 256 + Number(low)).toString(16)
  const plain = mixed
    ? `${mixed[1]}${pair(mixed[2], mixed[3])}:${pair(mixed[4], mixed[5])}`
    : address
  const [head = '', tail = ''] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros = plain.includes('::') ? Math.max(0, 8 - left.length - right.length) : 0
  return [...left, ...Array<string>(zeros).fill('0'), ...right].map((one) => one.padStart(4, '0'))
}
