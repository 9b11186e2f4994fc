// Sends the reports of a day to the domains that ask for them, once a day and once only, however
// many processes there are. What is in a report is the trust room's; how it travels is a mail.
import { isIP } from 'node:net'
import type { Log } from '../../base/log.ts'
import type { Address } from '../../message/address.ts'
import { messageId } from '../../message/message-id.ts'
import { addressOf } from '../../queue/consign.ts'
import type { Engine } from '../../store/engine.ts'
import type { Dns } from '../../trust/dns/dns.ts'
import {
  type CountRow,
  claimReport,
  countsOf,
  type Due,
  dueReports,
  endReport,
  forgetReports,
} from '../../trust/reports/count-jobs.ts'
import { dmarcXml, type PublishedPolicy } from '../../trust/reports/dmarc-report.ts'
import { dayMs, dayOf, dayText } from '../../trust/reports/kinds.ts'
import { packed } from '../../trust/reports/packed.ts'
import { composeReportMail, reportTypes } from '../../trust/reports/report-mail.ts'
import { reportsWanted, type Target } from '../../trust/reports/targets.ts'
import { tlsJson } from '../../trust/reports/tls-report.ts'
import type { LocalDelivery } from '../local-delivery.ts'
import type { Client, Envelope } from '../types.ts'

export interface ReportPostPorts {
  readonly engine: Engine
  readonly dns: Dns
  readonly delivery: () => LocalDelivery
  /** POST over HTTPS. @throws Error */
  readonly post: (url: string, type: string, bytes: Buffer) => Promise<void>
  readonly serverName: string
  /** Our organisation as it is named in reports. */
  readonly by: string
  readonly from: Address
  /** Reads what would go to ourselves. */
  readonly keep: (message: Buffer) => Promise<void>
  readonly sends: (kind: Due['kind']) => boolean
  readonly nextId: () => string
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: Log
}

const lookEveryMs = 600_000
const atOnceMax = 500
/** So long somebody is at one; after it another process tries. */
const claimMs = 1_800_000
/** RFC 8460 §4.3 wants senders not to all come at midnight. */
const spreadMs = 4 * 3_600_000
const giveUpDays = 3
const rememberDays = 60

export class ReportPost {
  readonly #ports: ReportPostPorts
  readonly #timer: NodeJS.Timeout
  #work: Promise<number> | undefined
  #closed = false

  constructor(ports: ReportPostPorts) {
    this.#ports = ports
    this.#timer = setInterval(() => void this.#look(), lookEveryMs).unref()
  }

  /** Sends what is due of the days that are over, at once; how many reports there were. */
  async send(): Promise<number> {
    await this.#work
    const work = this.#sendAll(dayOf(this.#ports.now()))
    this.#work = work
    try {
      return await work
    } finally {
      this.#work = undefined
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#work?.catch(() => 0)
  }

  async #look(): Promise<void> {
    const { now, serverName, log } = this.#ports
    const spread = [...serverName].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 997, 7)
    const late = now() - dayOf(now()) * dayMs
    if (this.#work || late < (spread / 997) * spreadMs) return
    await this.send().catch((error: unknown) => log.warn('reports not sent', { error }))
  }

  async #sendAll(before: number): Promise<number> {
    const { engine, now, log } = this.#ports
    const due = await engine.run(dueReports, { before, now: now(), limit: atOnceMax })
    let count = 0
    for (const one of due) {
      if (this.#closed) return count
      const claim = { ...one, now: now(), until: now() + claimMs }
      if (!(await engine.run(claimReport, claim))) continue
      try {
        if (await this.#sendOne(one)) count++
      } catch (error) {
        // It is claimed for a while, and then tried again.
        log.warn('report not sent', { ...one, error })
      }
    }
    await engine.run(forgetReports, before - rememberDays)
    return count
  }

  /** Whether it was sent to somebody. */
  async #sendOne(due: Due): Promise<boolean> {
    const { engine, dns, now, log, sends } = this.#ports
    const { kind, day, domain } = due
    const wanted = sends(kind)
      ? await reportsWanted(kind, domain, dns)
      : ({ is: 'not-wanted', why: 'the settings have none sent' } as const)
    const old = dayOf(now()) - day > giveUpDays
    if (wanted.is === 'unknown' && !old) return false
    if (wanted.is !== 'wanted') {
      await engine.run(endReport, { ...due, sent_at: now(), said: `not sent: ${wanted.why}` })
      return false
    }
    const rows = await engine.run(countsOf, due)
    const sum = rows.reduce((total, { n }) => total + n, 0)
    const bytes = await packed(this.#composed(due, rows, wanted.published))
    const said: string[] = []
    for (const target of wanted.targets) said.push(await this.#sendTo(target, due, bytes))
    const text = `${sum} ${kind === 'tls' ? 'sessions' : 'messages'}: ${said.join(', ')}`
    log.info('report sent', { ...due, said: text })
    await engine.run(endReport, { ...due, sent_at: now(), said: text })
    return true
  }

  #composed(due: Due, rows: readonly CountRow[], published: PublishedPolicy | undefined): Buffer {
    const { by, from } = this.#ports
    const email = `${from.local}@${from.domain}`
    const common = { by, email, day: due.day, reportId: this.#reportId(due) }
    const read = rows.map(({ facts, n }) => ({ facts: JSON.parse(facts), n }))
    const text =
      due.kind === 'tls' || !published
        ? tlsJson({ ...common, domain: due.domain, rows: read })
        : dmarcXml({ ...common, published, rows: read })
    return Buffer.from(text)
  }

  #reportId({ kind, day, domain }: Due): string {
    return `${dayText(day)}.${kind}.${domain}@${this.#ports.serverName}`
  }

  /** What came of it, in words. A failure of one way stops no other. */
  async #sendTo({ kind, to, maxBytes }: Target, due: Due, bytes: Buffer): Promise<string> {
    const { post, log } = this.#ports
    if (bytes.length > maxBytes) return `not to ${to}: larger than it takes`
    try {
      if (kind === 'web') await post(to, reportTypes[due.kind], bytes)
      else await this.#mail(to, due, bytes)
      return `to ${to}`
    } catch (error) {
      log.warn('report not sent', { ...due, to, error })
      return `not to ${to}: ${error instanceof Error ? error.message.slice(0, 200) : 'failed'}`
    }
  }

  async #mail(to: string, due: Due, bytes: Buffer): Promise<void> {
    const { delivery, nextId, serverName, from, by, keep, now } = this.#ports
    const id = nextId()
    const address = addressOf(to)
    const mail = composeReportMail({
      ...{ ...due, from, by, to: address, bytes, date: now() },
      messageId: messageId(id, serverName),
      reportId: this.#reportId(due),
    })
    const client: Client = {
      ...{ session: id, protocol: 'report', address: '127.0.0.1', port: 0 },
      ...{ hello: serverName, tls: '', login: '', trusted: true },
    }
    const verdict = await delivery().judge(client, address)
    if (verdict.is !== 'accepted') throw new Error(verdict.is.replaceAll('-', ' '))
    if (verdict.recipient.place.kind === 'nowhere') return await keep(mail)
    const envelope: Envelope = {
      ...{ id, client, from, began: performance.now(), smtpUtf8: /[^\x00-\x7f]/.test(to) },
      // Nobody is told of a report that does not come.
      recipients: [{ ...verdict.recipient, notify: [] }],
      asked: { tlsOptional: true },
    }
    await delivery().fileOwn(envelope, mail)
  }
}

/** The address of a source as a report writes it: no mapped IPv4. */
export function plainAddress(address: string): string {
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return isIP(bare) === 0 ? address : bare
}
