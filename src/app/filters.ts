// Everybody who may object to a session or a message, in their order.
import type { Log } from '../base/log.ts'
import type { Check } from '../delivery/checks/check.ts'
import { SpamCheck } from '../delivery/checks/spam.ts'
import { Transform } from '../delivery/checks/transform.ts'
import { TrustCheck } from '../delivery/checks/trust.ts'
import type { Judged } from '../delivery/day-reports/dmarc-tally.ts'
import { Greylist } from '../delivery/greylist/greylist.ts'
import { type Hear, screening } from '../delivery/screen.ts'
import type { Address } from '../message/address.ts'
import { Milters } from '../protocols/milter/milter.ts'
import type { Engine } from '../store/engine.ts'
import type { Dns } from '../trust/dns/dns.ts'
import type { Settings } from './config/schema.ts'
import { openHooks } from './hooks.ts'

export interface Filters {
  readonly checks: readonly Check[]
  readonly screen: Hear
  close(): Promise<void>
}

export interface FilterPorts {
  readonly folder: string
  readonly log: Log
  readonly dns: Dns
  readonly onJudged: (judged: Judged) => void
  /** Reads reports of others. */
  readonly intake: Check
  readonly engine: Engine
  /** The accounts, by id, that an address means here. */
  readonly accountsOf: (to: Address) => Promise<readonly string[]>
}

/**
 * `settings` is asked for each message anew; the hooks are those of now.
 * @throws Error in a person's words when a hook cannot be loaded
 */
export async function openFilters(
  settings: () => Settings,
  { folder, log, dns, onJudged, intake, ...ports }: FilterPorts,
): Promise<Filters> {
  const hooks = await openHooks(settings, folder, log)
  const milters = new Milters({
    serverName: settings().server.name,
    settings: () => {
      const { sockets, directions, on_failure: onFailure, ...rest } = settings().milter
      const { connect_timeout_ms: connectTimeoutMs, timeout_ms: timeoutMs } = rest
      return { sockets, directions, onFailure, connectTimeoutMs, timeoutMs }
    },
    log,
  })
  const transform = new Transform(() => {
    const { enabled, command, directions, domains, ...rest } = settings().transform
    return {
      ...{ enabled, command, directions, domains },
      onFailure: rest.on_failure,
      timeoutMs: rest.timeout_ms,
      outputMaxBytes: rest.output_max_bytes,
      concurrencyMax: rest.concurrency_max,
    }
  }, log)
  const trust = new TrustCheck({
    ...{ dns, log, serverName: settings().server.name, now: Date.now, onJudged },
    settings: () => {
      const { enabled, on_reject: onReject, ...rest } = settings().trust
      return {
        ...{ enabled, onReject, onQuarantine: rest.on_quarantine, oneFrom: rest.one_from },
        exemptDomains: rest.exempt_domains,
        arcSealers: rest.arc_sealers,
        ...{ blocklists: rest.blocklists, allowlists: rest.allowlists },
      }
    },
  })
  const greylist = openGreylist(settings, { ...ports, log, dns })
  // Proofs are of what came: before anything changes the text. A signature is made of what leaves
  // here: after everything else that changes the text.
  return {
    checks: [trust, intake, new SpamCheck(), ...hooks.filters, transform, milters],
    screen: screening([...hooks.filters, milters, greylist], log),
    close: async () => {
      greylist.close()
      transform.stop()
      await hooks.close()
    },
  }
}

function openGreylist(
  settings: () => Settings,
  ports: Pick<FilterPorts, 'engine' | 'accountsOf' | 'log' | 'dns'>,
): Greylist {
  return new Greylist({
    ...{ ...ports, serverName: settings().server.name, now: Date.now },
    settings: () => {
      const { enabled, ...given } = settings().greylist
      return {
        enabled,
        delayMs: given.delay_seconds * 1000,
        windowMs: given.window_hours * 3_600_000,
        keepMs: given.keep_days * 86_400_000,
      }
    },
  })
}
