// Which addresses belong to which networks. Knows IP addresses only.
import { BlockList, isIP } from 'node:net'

/** A list of networks, each "192.0.2.0/24", "2001:db8::/32" or a single address. */
export class Networks {
  readonly #list = new BlockList()

  /** @throws Error naming the entry that is no network. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address = '', bits] = entry.split('/')
      const family = isIP(address)
      if (family === 0) throw new Error(`"${entry}" is no network`)
      const type = family === 4 ? 'ipv4' : 'ipv6'
      if (bits === undefined) this.#list.addAddress(address, type)
      else if (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
        this.#list.addSubnet(address, Number(bits), type)
      else throw new Error(`"${entry}" is no network`)
    }
  }

  has(address: string): boolean {
    const plain = plainAddress(address)
    const family = isIP(plain)
    return family !== 0 && this.#list.check(plain, family === 4 ? 'ipv4' : 'ipv6')
  }
}

/** An IPv4-mapped IPv6 address as plain IPv4 (RFC 4291 §2.5.5.2), a zone index removed. */
export function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/, '')
  return bare.toLowerCase().startsWith('::ffff:') && isIP(bare.slice(7)) === 4
    ? bare.slice(7)
    : bare
}

export const loopback: readonly string[] = ['127.0.0.0/8', '::1']

/** What counts as one neighbour in limits: an IPv4 address, or an IPv6 /64. */
export function neighbourhood(address: string): string {
  const plain = plainAddress(address)
  return isIP(plain) === 6 ? `${groupsOf(plain).slice(0, 4).join(':')}::/64` : plain
}

/** What may well be in one hand: an IPv4 /24, or an IPv6 /48. */
export function district(address: string): string {
  const plain = plainAddress(address)
  if (isIP(plain) === 6) return `${groupsOf(plain).slice(0, 3).join(':')}::/48`
  return `${plain.split('.').slice(0, 3).join('.')}.0/24`
}

function groupsOf(plain: string): readonly string[] {
  const [head = '', tail = ''] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  return plain.includes('::') ? [...left, ...zeros, ...right] : left
}
