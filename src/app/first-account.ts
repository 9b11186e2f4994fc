// Makes the first account of a server that has never run: opens its rooms without any door.
import { silentLog } from '../base/log.ts'
import { formatAddress, parseAddress } from '../message/address.ts'
import type { Settings } from './config/schema.ts'
import { start } from './start.ts'

/** An address as a person types it; undefined where it is none, or not of a domain. */
export function firstAddress(text: string): { address: string; domain: string } | undefined {
  const parsed = parseAddress(text, { smtpUtf8: true })
  if (!parsed || parsed.domain.startsWith('[')) return undefined
  return { address: formatAddress(parsed), domain: parsed.domain }
}

/** False where there is one of that address already. @throws Refused, Error */
export async function makeFirstAccount(
  settings: Settings,
  address: string,
  password: string,
): Promise<boolean> {
  let made = false
  const started = await start({
    settings: withoutDoors(settings),
    log: silentLog,
    foreign: 'refuse',
    prepare: async ({ accounts }) => {
      const known = (await accounts.list()).some((one) => one.address === address)
      if (known) return
      await accounts.addAccount(address, password)
      made = true
    },
  })
  await started.close(0)
  return made
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
