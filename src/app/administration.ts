// What administrators in a browser are given: the very routes that commands ask over the admin
// socket, and beside them what only a running server has at hand.
import { X509Certificate } from 'node:crypto'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { adminRoutes } from '../protocols/admin/admin.ts'
import type { ServerPorts } from '../protocols/admin/ports.ts'
import type { Administration, AdminQuestion } from '../protocols/jmap/administration/port.ts'
import type { Dns } from '../trust/dns/dns.ts'
import type { HttpRequest, Route } from '../wire/http-types.ts'
import { Backups } from './backups.ts'
import type { LiveSettings } from './config/live.ts'
import { DnsChecks } from './dns-checks.ts'
import type { LogRing } from './log-ring.ts'
import { MetricSeries } from './metric-series.ts'
import { patientOf } from './outside-checks/instruments.ts'
import type { Rooms } from './rooms.ts'

interface Ports {
  readonly server: ServerPorts
  readonly live: LiveSettings
  readonly rooms: Rooms
  readonly ring: LogRing
  readonly ids: Ids
  readonly log: Log
  readonly dns: Dns | undefined
}

export interface OpenAdministration {
  readonly port: Administration
  close(): Promise<void>
}

export function openAdministration(ports: Ports): OpenAdministration {
  const { server, live, rooms, ring, ids, log, dns } = ports
  const fixedDomains = live.current.server.domains
  const routes = adminRoutes({ server, settings: live, kept: { ...rooms, fixedDomains } })
  const series = new MetricSeries(server)
  const checks = new DnsChecks({ live, rooms, dns, now: Date.now })
  const backups = new Backups({
    ...{ records: rooms.accounts.records, ids, log },
    folder: () => live.current.backup.folder,
    kept: { folder: server.folder, url: live.current.store.url },
  })
  const port: Administration = {
    ask: (question) => ask(routes, question, log),
    log: () => ring.lines(),
    series: () => series.list(),
    dns: (domain, language, anew) => checks.of(domain, language, anew),
    certificate: () => certificateOf(live),
    fixedDomains,
    backups,
  }
  const close = async () => {
    series.close()
    await checks.close()
    await backups.close()
  }
  return { port, close }
}

async function ask(routes: readonly Route[], question: AdminQuestion, log: Log) {
  const { method, path, query = {}, body, by } = question
  const route = routes.find((each) => each.method === method && leads(each.path, path))
  if (!route) return { status: 404, value: {} }
  const request: HttpRequest = {
    ...{ method, path, query: new URLSearchParams(query), headers: {}, client: '', secure: true },
    at: Date.now(),
    signal: new AbortController().signal,
    body: async () => Buffer.from(JSON.stringify(body ?? '')),
  }
  const answer = await route.run(request)
  // Who changed what is told; with what, which may be a password, is not.
  if (method !== 'GET') log.info('administered', { by, method, path, status: answer.status })
  return { status: answer.status, value: JSON.parse(String(answer.body ?? '{}')) as unknown }
}

function leads(pattern: string, path: string): boolean {
  return pattern.endsWith('/*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path
}

function certificateOf(live: LiveSettings) {
  const { certificate, certified, refusal } = patientOf(live.current, '', [])
  if (certificate === '') return undefined
  const read = new X509Certificate(certificate)
  const time = (date: Date) => date.toISOString()
  return {
    ...{ id: 'current', names: read.subjectAltName ?? read.subject, issuer: read.issuer },
    ...{ notBefore: time(read.validFromDate), notAfter: time(read.validToDate) },
    ...{ isCertified: certified, refusal },
  }
}
