// Which name servers to ask: those in the settings, or the system's. Reads resolv.conf, no more of
// the system.
import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { loopback, Networks } from '../../base/networks.ts'
import type { NameServer } from './exchange.ts'

export interface SystemServers {
  readonly servers: readonly NameServer[]
  /** The administrator vouches for the way to them: `options trust-ad`. */
  readonly trustAd: boolean
}

/** "192.0.2.53", "[2001:db8::53]:5353", "127.0.0.1:5300"; undefined for anything else. */
export function nameServer(text: string): NameServer | undefined {
  const [, bracketed, plain, port = '53'] =
    /^(?:\[([^\]]+)\]|([^:]+|[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.%a-z]*))(?::(\d{1,5}))?$/i.exec(
      text,
    ) ?? []
  const address = bracketed ?? plain ?? ''
  const number = Number(port)
  if (isIP(address) === 0 || number < 1 || number > 65_535) return undefined
  return { address, port: number }
}

export function readResolvConf(text: string): SystemServers {
  const words = text
    .split('\n')
    .filter((line) => !/^\s*[#;]/.test(line))
    .map((line) => line.trim().split(/\s+/))
  const servers = words
    .filter(([word]) => word === 'nameserver')
    .map(([, address = '']) => (isIP(address) === 0 ? undefined : { address, port: 53 }))
    .filter((one) => one !== undefined)
  const trustAd = words.some(([word, ...more]) => word === 'options' && more.includes('trust-ad'))
  // resolv.conf(5): without a server it is the one of this machine.
  return { servers: servers.length > 0 ? servers : [{ address: '127.0.0.1', port: 53 }], trustAd }
}

const looksEveryMs = 30_000

/** Gives the servers of resolv.conf, and notices when it changes. */
export function systemServers(
  file = '/etc/resolv.conf',
  now: () => number = Date.now,
): () => SystemServers {
  let read: SystemServers = readResolvConf('')
  let changed = -1
  let looked = Number.NEGATIVE_INFINITY
  return () => {
    if (now() - looked < looksEveryMs && now() >= looked) return read
    looked = now()
    try {
      const { mtimeMs } = statSync(file)
      if (mtimeMs !== changed) read = readResolvConf(readFileSync(file, 'utf8'))
      changed = mtimeMs
    } catch {
      // A file that is just being replaced: what it said holds until the next look.
    }
    return read
  }
}

const near = new Networks(loopback)
/** Docker's, which hands on what anybody on the way beyond it may have written. */
const forwarder = '127.0.0.11'

/** Whether nobody can change what comes from there: a resolver on this machine. */
export function isNear({ address }: NameServer): boolean {
  return near.has(address) && address !== forwarder
}
