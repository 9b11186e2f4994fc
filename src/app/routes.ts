// What the web server offers: the board, the gateway by POST, and whether all is well.
import type { Log } from '../base/log.ts'
import { Networks } from '../base/networks.ts'
import { publicRoutes } from '../protocols/admin/health.ts'
import type { Numbers } from '../protocols/admin/metrics.ts'
import { autoconfigRoutes } from '../protocols/autoconfig/routes.ts'
import { boardRoutes } from '../protocols/board/board.ts'
import { readersTest } from '../protocols/board/policy.ts'
import type { Gateway } from '../protocols/gateway/gateway.ts'
import { gatewayRoute } from '../protocols/gateway/http.ts'
import type { Jmap } from '../protocols/jmap/jmap.ts'
import type { Webmail } from '../protocols/webmail/webmail.ts'
import type { Challenges } from '../wire/acme/challenges.ts'
import type { Route } from '../wire/http-types.ts'
import type { LiveSettings } from './config/live.ts'
import type { Open } from './listeners.ts'
import { commandName } from './program.ts'
import type { Rooms } from './rooms.ts'
import { pageFolders } from './webmail.ts'

interface Ports {
  readonly live: LiveSettings
  readonly rooms: Rooms | undefined
  readonly gateway: Gateway
  readonly listeners: readonly Open[]
  readonly health: Numbers
  readonly jmap: Jmap | undefined
  readonly challenges: Challenges
  readonly webmail: Webmail | undefined
  readonly log: Log
}

/** Between the signs of life on an idle stream. */
const beatMs = 15_000

export function routesOf(ports: Ports): readonly Route[] {
  const { live, gateway } = ports
  const { server, http, gateway: given } = live.current
  const metricsToken = () => live.current.http.metrics_token
  const hosts = [server.name, ...http.names]
  return [
    ports.challenges.route(),
    ...publicRoutes({ ...ports.health, metricsToken }),
    ...(ports.webmail?.routes ?? []),
    ...(ports.rooms ? board(ports, ports.rooms, hosts) : []),
    ...(ports.jmap?.routes ?? []),
    ...(ports.rooms ? autoconfig(ports, ports.rooms) : []),
    ...(given.http ? [gatewayRoute({ gateway, hosts })] : []),
  ]
}

function autoconfig({ live, listeners }: Ports, { accounts }: Rooms): readonly Route[] {
  const port = (name: string) => listeners.find((open) => open.name === name)?.port
  return autoconfigRoutes({
    isOurs: async (domain) => (await accounts.listDomains()).some(({ name }) => name === domain),
    ways: () => ({
      server: live.current.server.name,
      ...{ imaps: port('imaps'), pop3s: port('pop3s'), submissions: port('submissions') },
    }),
  })
}

function board(ports: Ports, rooms: Rooms, hosts: readonly string[]): readonly Route[] {
  const { live, listeners, log } = ports
  const { server, board: given } = live.current
  const may = live.derive(({ server, board }) => ({
    read: readersTest(board.read),
    trusted: new Networks(server.trusted_networks),
  }))
  const domain = server.domains[0] ?? ''
  return boardRoutes({
    board: given.name,
    traces: rooms.traces,
    refused: (refusal) => rooms.delivery.refused(refusal),
    about: () => ({
      domain,
      address: server.postmaster === '' ? `postmaster@${domain}` : server.postmaster,
      command: commandName(),
      ports: Object.fromEntries(listeners.map(({ name, port }) => [name, port])),
    }),
    hosts,
    mayRead: (request) => may.read(request),
    mayReport: ({ client }) => may.trusted.has(client),
    folders: pageFolders('board'),
    log,
    beatMs,
  })
}
