// Makes the gateway of the settings: what it delivers to, here or at a next hop.
import { readFileSync } from 'node:fs'
import type { Access } from '../base/access.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { Networks } from '../base/networks.ts'
import { DeliveryOutlet } from '../protocols/gateway/deliver.ts'
import { Gateway, gatewayLimits } from '../protocols/gateway/gateway.ts'
import type { Outlet } from '../protocols/gateway/outlet.ts'
import { noTokens } from '../protocols/gateway/permission.ts'
import { RelayOutlet } from '../protocols/gateway/relay.ts'
import { Reports } from '../protocols/gateway/reports.ts'
import { SmtpClient, smtpClientTimeouts } from '../protocols/smtp/client.ts'
import type { LiveSettings } from './config/live.ts'
import type { Settings } from './config/schema.ts'
import type { Rooms } from './rooms.ts'

export interface OpenGateway {
  readonly gateway: Gateway
  /** Resolves when nothing is under way any more. */
  settle(): Promise<void>
}

interface Ports {
  readonly live: LiveSettings
  readonly rooms: Rooms | undefined
  readonly ids: Ids
  readonly log: Log
  readonly access: Access
}

/** @throws Error when the password file cannot be read or the report address is none. */
export function openGateway({ live, rooms, ids, log, access }: Ports): OpenGateway {
  const settings = live.current
  const { server } = settings
  const url = settings.gateway.report_url
  const reports = url === '' ? undefined : new Reports({ url, log })
  const limits = live.derive(({ gateway: given }) => ({
    ...gatewayLimits,
    objectMaxBytes: given.object_max_bytes,
    idleTimeoutMs: given.idle_timeout_ms,
    objectTimeoutMs: given.object_timeout_ms,
    messagesPerMinute: given.messages_per_minute,
  }))
  const own = {
    outlet: outletOf(settings, rooms, reports, log),
    tokens: rooms?.accounts.tokens ?? noTokens,
    serverName: server.name,
    defaultDomain: server.domains[0] ?? '',
    ...{ limits, ids, log, access },
  }
  const gateway = new Gateway(
    live.derive(({ server, gateway: given }) => ({
      ...own,
      trusted: new Networks(server.trusted_networks),
      clearTokens: given.clear_tokens,
    })),
  )
  return { gateway, settle: async () => reports?.settle() }
}

function outletOf(
  settings: Settings,
  rooms: Rooms | undefined,
  reports: Reports | undefined,
  log: Log,
): Outlet {
  const { server, board, gateway } = settings
  if (rooms && gateway.relay_host === '') {
    return new DeliveryOutlet({
      delivery: rooms.delivery,
      earlier: rooms.traces,
      defaultDomain: server.domains[0] ?? '',
      boards: { name: board.name, everything: board.everything },
      log,
    })
  }
  const transport = new SmtpClient({
    ...smtpClientTimeouts,
    connectTimeoutMs: gateway.relay_timeout_ms,
    host: gateway.relay_host,
    port: gateway.relay_port,
    tls: gateway.relay_tls,
    hostname: server.name,
    ...loginOf(settings),
  })
  return new RelayOutlet({ transport, serverName: server.name, ...(reports ? { reports } : {}) })
}

function loginOf({ gateway }: Settings): { login?: { user: string; password: string } } {
  const { relay_user: user, relay_password_file: file } = gateway
  if (user === '') return {}
  return { login: { user, password: readFileSync(file, 'utf8').split(/\r?\n/)[0] ?? '' } }
}
