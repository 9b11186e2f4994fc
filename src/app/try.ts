// The settings of `amplop try`: a whole mail system on loopback that keeps nothing it was not told
// to, and sends nothing outside.
import { mkdtempSync, rmSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { loopback } from '../base/networks.ts'
import { defaults, type Settings } from './config/schema.ts'
import type { Started } from './start.ts'
import { callerAddress } from './try-internet/caller.ts'

export interface TryOptions {
  /** Where to keep mail; undefined is a folder that is gone at the end. */
  readonly data: string | undefined
  /** Added to the real ports; undefined is try's own. */
  readonly portOffset: number | undefined
  /** Not empty. */
  readonly domains: readonly string[]
}

export interface TryUser {
  /** "tito" or "tito@example.com". */
  readonly name: string
  readonly password: string
}

export const tryPassword = 'amplop'
export const tryDomains: readonly string[] = ['example.com']
export const tryUsers: readonly TryUser[] = ['tito', 'iqbal'].map((name) => ({
  name,
  password: tryPassword,
}))

export interface TryOut {
  readonly settings: Settings
  /** Removes what was temporary. */
  cleanUp(): void
}

/** try's own ports, and the real ones that an offset is added to. */
const ports = {
  smtp: [2525, 25],
  submission: [2587, 587],
  submissions: [2465, 465],
  pop3: [1110, 110],
  pop3s: [1995, 995],
  imap: [1143, 143],
  imaps: [1993, 993],
  sieve: [4190, 4190],
  gateway: [1239, 1239],
  http: [8080, 8080],
} as const

/** The greatest that leaves every port one. */
export const portOffsetMax = 65_535 - Math.max(...Object.values(ports).map(([, real]) => real))

export function tryOut({ data, portOffset, domains }: TryOptions): TryOut {
  const folder = data === undefined ? mkdtempSync(join(tmpdir(), 'amplop-')) : resolve(data)
  const at = (service: keyof typeof ports) => {
    const [own, real] = ports[service]
    const port = portOffset === undefined ? own : real + portOffset
    return loopbackHosts().map((host) => ({ host, port }))
  }
  const base = defaults()
  const [domain = ''] = domains
  const settings: Settings = {
    ...base,
    server: {
      ...base.server,
      name: `mail.${domain}`,
      domains,
      data: folder,
      postmaster: addressOf('postmaster', domains),
    },
    // Everybody here is this machine: one client may be the whole world.
    smtp: { ...base.smtp, listen: at('smtp'), xclient_networks: [callerAddress] },
    submission: { listen: at('submission'), tls_listen: at('submissions') },
    pop3: { ...base.pop3, listen: at('pop3'), tls_listen: at('pop3s') },
    imap: { ...base.imap, listen: at('imap'), tls_listen: at('imaps') },
    managesieve: { ...base.managesieve, listen: at('sieve') },
    gateway: { ...base.gateway, tcp: at('gateway'), udp: at('gateway'), messages_per_minute: 0 },
    http: { ...base.http, listen: at('http'), tls_listen: [], push_networks: loopback },
    board: { ...base.board, everything: true, read: 'anyone' },
    log: { ...base.log, file: join(folder, 'amplop.log') },
  }
  const cleanUp = () => {
    if (data === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  return { settings, cleanUp }
}

/** Containers often have no IPv6. */
function loopbackHosts(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  const has6 = addresses.some(({ address }) => address === '::1')
  return has6 ? ['127.0.0.1', '::1'] : ['127.0.0.1']
}

/** "tito" at the first of the domains, unless it names its own. */
export function addressOf(name: string, domains: readonly string[]): string {
  return name.includes('@') ? name : `${name}@${domains[0]}`
}

/** Makes the accounts of a try-out that are not there yet; the postmaster administers it. */
export async function addUsers(
  { rooms, settings }: Pick<Started, 'rooms' | 'settings'>,
  users: readonly TryUser[],
): Promise<void> {
  const accounts = rooms?.accounts
  if (!accounts) return
  const { domains } = settings.server
  const known = new Set((await accounts.list()).map(({ address }) => address))
  for (const { name, password } of [...users, { name: 'postmaster', password: tryPassword }]) {
    const address = addressOf(name, domains)
    if (!known.has(address)) await accounts.addAccount(address, password)
    known.add(address)
  }
  await accounts.setAdmin(addressOf('postmaster', domains), true)
}
