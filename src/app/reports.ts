// Opens the reports about days of mail: what counts for ours, who sends them, what reads those of
// others.
import type { Log } from '../base/log.ts'
import { Networks } from '../base/networks.ts'
import { ReportIntake } from '../delivery/checks/report-intake.ts'
import { dmarcFacts, type Judged } from '../delivery/day-reports/dmarc-tally.ts'
import { ReportPost } from '../delivery/day-reports/post.ts'
import { ReceivedReports } from '../delivery/day-reports/received.ts'
import type { LocalDelivery } from '../delivery/local-delivery.ts'
import type { ReportsPort } from '../protocols/admin/ports.ts'
import type { TlsFinding } from '../queue/mx-courier.ts'
import type { Engine } from '../store/engine.ts'
import type { Dns } from '../trust/dns/dns.ts'
import { TallyBook } from '../trust/reports/tally-book.ts'
import type { LiveSettings } from './config/live.ts'
import { reportWeb } from './report-web.ts'

export interface ReportPorts {
  readonly engine: Engine
  readonly dns: Dns
  readonly delivery: () => LocalDelivery
  readonly nextId: () => string
  readonly log: Log
}

export interface OpenReports extends ReportsPort {
  readonly intake: ReportIntake
  readonly onTls: (finding: TlsFinding) => void
  readonly onJudged: (judged: Judged) => void
  close(): Promise<void>
}

export function openReports(live: LiveSettings, ports: ReportPorts): OpenReports {
  const { engine, dns, log } = ports
  const now = Date.now
  const { server, reports: given } = live.current
  const tally = new TallyBook({ engine, now, log })
  const received = new ReceivedReports({ engine, now })
  const allowed = live.derive(({ outgoing }) => ({
    networks: new Networks(outgoing.private_networks),
  }))
  const local = given.address || 'postmaster'
  const post = new ReportPost({
    ...{ ...ports, now, serverName: server.name },
    by: given.organisation || server.name,
    from: { local, domain: server.domains[0] ?? server.name },
    post: reportWeb({ dns, allowed: () => allowed.networks }),
    keep: async (message) => void (await received.read(message, true)),
    sends: (kind) =>
      kind === 'tls' ? live.current.reports.send_tls : live.current.reports.send_dmarc,
  })
  return {
    intake: new ReportIntake({ received, address: () => live.current.reports.address, log }),
    list: (domain, limit) => received.list(domain, limit),
    show: (id) => received.show(id),
    sent: (limit) => received.sent(limit),
    onTls: ({ domain, ...facts }) => {
      if (live.current.reports.send_tls) tally.tls(domain, facts)
    },
    onJudged: (judged) => {
      const told = live.current.reports.send_dmarc ? dmarcFacts(judged) : undefined
      if (told) tally.dmarc(told.domain, told.facts)
    },
    send: async () => {
      await tally.flush()
      return await post.send()
    },
    close: async () => {
      await post.close()
      await tally.close()
    },
  }
}
