// Reports of others about our domains: kept, listed, shown.
import { Refused } from '../../base/refused.ts'
import type { Engine } from '../../store/engine.ts'
import { type Sent, sentReports } from '../../trust/reports/count-jobs.ts'
import {
  addReceived,
  getReceived,
  listReceived,
  type ReceivedAll,
  type ReceivedInfo,
} from '../../trust/reports/received-jobs.ts'
import { receivedId, reportsIn } from '../../trust/reports/report-mail.ts'

export interface ReceivedPorts {
  readonly engine: Engine
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A message with a report has at most so much. */
export const reportMaxBytes = 16 * 1024 * 1024

export class ReceivedReports {
  readonly #ports: ReceivedPorts

  constructor(ports: ReceivedPorts) {
    this.#ports = ports
  }

  /** Keeps the reports in a message: what they say, in words. @throws Error when there are none. */
  async read(message: Buffer, verified: boolean): Promise<string> {
    const reports = await reportsIn(message)
    for (const report of reports) {
      const at = this.#ports.now()
      await this.#ports.engine.run(addReceived, { ...report, id: receivedId(report), at, verified })
    }
    return reports.map(words).join('; ')
  }

  /** Newest first. */
  list(domain: string, limit: number): Promise<readonly ReceivedInfo[]> {
    return this.#ports.engine.run(listReceived, { domain, limit })
  }

  /** What we have sent, newest first. */
  sent(limit: number): Promise<readonly Sent[]> {
    return this.#ports.engine.run(sentReports, limit)
  }

  /** @throws Refused 'not-found' */
  async show(id: string): Promise<ReceivedAll> {
    const found = await this.#ports.engine.run(getReceived, id)
    if (!found) throw new Refused('not-found', `report ${id}`)
    return found
  }
}

function words({ kind, domain, by, good, bad }: Omit<ReceivedInfo, 'id' | 'at' | 'verified'>) {
  const what = kind === 'tls' ? 'TLS report' : 'DMARC report'
  return `${what} of ${by} about ${domain}: ${good} good, ${bad} bad`
}
