// Makes the first account of a server that has never run: opens its rooms without any door.
import { silentLog } from '../base/log.ts'
import { formatAddress, parseAddress } from '../message/address.ts'
import type { KeyBook } from '../trust/dkim/key-book.ts'
import { ZoneDns } from '../trust/dns/zone-dns.ts'
import type { Settings } from './config/schema.ts'
import { type DkimRecord, dkimRecords } from './outside-checks/wanted-records.ts'
import { start } from './start.ts'

/** An address as a person types it; undefined where it is none, or not of a domain. */
export function firstAddress(text: string): { address: string; domain: string } | undefined {
  const parsed = parseAddress(text, { smtpUtf8: true })
  if (!parsed || parsed.domain.startsWith('[')) return undefined
  return { address: formatAddress(parsed), domain: parsed.domain }
}

export interface First {
  /** False where there is an account of that address already. */
  readonly made: boolean
  /** The keys that its domain signs with, once their records are published. */
  readonly dkim: readonly DkimRecord[]
}

/** Makes the account, and the keys of its domain. @throws Refused, Error */
export async function makeFirst(
  settings: Settings,
  address: string,
  password: string,
): Promise<First> {
  let made = false
  let dkim: readonly DkimRecord[] = []
  const started = await start({
    settings: withoutDoors(settings),
    log: silentLog,
    foreign: 'refuse',
    // Nobody is asked: what is made now can be nowhere yet.
    outside: { dns: new ZoneDns() },
    prepare: async ({ accounts, keys }) => {
      dkim = await keysOf(keys, address.slice(address.lastIndexOf('@') + 1))
      const known = (await accounts.list()).some((one) => one.address === address)
      if (known) return
      await accounts.addAccount(address, password)
      made = true
    },
  })
  await started.close(0)
  return { made, dkim }
}

async function keysOf(keys: KeyBook, domain: string): Promise<readonly DkimRecord[]> {
  const found = await keys.show(domain)
  return dkimRecords(found.length > 0 ? found : await keys.rotate(domain))
}

function withoutDoors(settings: Settings): Settings {
  const none = { listen: [], tls_listen: [] }
  return {
    ...settings,
    smtp: { ...settings.smtp, listen: [] },
    submission: { ...settings.submission, ...none },
    lmtp: { ...settings.lmtp, listen: [] },
    pop3: { ...settings.pop3, ...none },
    imap: { ...settings.imap, ...none },
    gateway: { ...settings.gateway, tcp: [], tls: [], udp: [] },
    http: { ...settings.http, ...none },
    management: { ...settings.management, udp: [] },
  }
}
