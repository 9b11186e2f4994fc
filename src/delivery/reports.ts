// Tells senders what became of their mail: RFC 3461 §6. Each report is filed like any mail, in the
// transaction that ends what it reports. Nobody is told of a report.
import type { Log } from '../base/log.ts'
import { Refused } from '../base/refused.ts'
import { type Address, formatAddress } from '../message/address.ts'
import { composeReport, type ReportedRecipient } from '../message/delivery-report.ts'
import { messageId } from '../message/message-id.ts'
import type { Report, Reporter } from '../queue/conclusions.ts'
import { addressOf } from '../queue/consign.ts'
import type { Told } from '../queue/judge.ts'
import { askedOf, blobOf, type QueuedRow } from '../queue/row.ts'
import { settle } from '../queue/settle-jobs.ts'
import type { BlobRef, Blobs } from '../store/blobs.ts'
import type { Engine } from '../store/engine.ts'
import type { Arrived } from './arrived.ts'
import type { LocalDelivery } from './local-delivery.ts'
import { reportText, subjectOf } from './report-text.ts'
import type { Traces } from './traces.ts'
import type { Client, Envelope, Trace } from './types.ts'

export interface ReportPorts {
  readonly engine: Engine
  readonly blobs: Blobs
  readonly delivery: () => LocalDelivery
  readonly traces: Traces
  readonly serverName: string
  readonly nextId: () => string
  readonly now: () => number
  readonly log: Log
  /** How long the queue keeps what it cannot deliver. */
  readonly lifetimeMs: () => number
}

/** What a report is about. */
interface Reported {
  readonly message: string
  readonly sender: string
  readonly arrived: number
  readonly prefix: string
  /** The bytes on disk, or their beginning. */
  readonly blob: BlobRef | Buffer
  readonly asked: { readonly returned?: 'full' | 'headers'; readonly envelopeId?: string }
  readonly told: readonly Told[]
}

/** More of a message is not returned; RFC 3461 §4.3 lets its header do. */
const returnedMaxBytes = 1024 * 1024
const headerMaxBytes = 128 * 1024

export class Reports implements Reporter {
  readonly #ports: ReportPorts

  constructor(ports: ReportPorts) {
    this.#ports = ports
  }

  async report({ row, told, settled }: Report): Promise<void> {
    const { engine, delivery } = this.#ports
    const envelope = await this.#envelope(row.message, row.sender)
    if (!envelope) {
      this.#untold(row, told)
      const lost = await engine.run(settle, [settled])
      if (lost.length > 0) throw new Refused('not-found', `the lease of ${row.id}`)
      return
    }
    const bytes = await this.#compose(envelope, {
      ...{ message: row.message, sender: row.sender, arrived: row.entered, prefix: row.prefix },
      ...{ blob: blobOf(row), asked: askedOf(row), told },
    })
    await delivery().fileOwn(envelope, bytes, settled)
  }

  /** RFC 3461 §5.2.2, §6.2.2: copies that reached mailboxes here, for who asked to be told. */
  async delivered(envelope: Envelope, trace: Trace): Promise<void> {
    if (!trace.blob || trace.from === '') return
    const told = envelope.recipients.flatMap(({ address, place, notify, originalRecipient }) => {
      if (place.kind !== 'mailbox' || !notify?.includes('success')) return []
      const { local, domain } = address
      const one: Told = {
        ...{ address: `${local}@${domain}`, code: 0, status: '2.1.5', text: '' },
        ...{ became: 'delivered', action: 'delivered', host: '' },
        originalRecipient: originalRecipient ?? '',
      }
      return [one]
    })
    const report = told.length > 0 && (await this.#envelope(trace.id, trace.from))
    if (!report) return
    const about = { message: trace.id, sender: trace.from, arrived: trace.at, prefix: '' }
    const { asked = {} } = envelope
    const bytes = await this.#compose(report, { ...about, blob: trace.blob, asked, told })
    await this.#ports.delivery().fileOwn(report, bytes)
  }

  /** RFC 5429 §2.1.2: a copy that its owner will not have, where others take theirs. */
  async rejected(arrived: Arrived, { local, domain }: Address, reason: string): Promise<void> {
    const { envelope, letter } = arrived
    if (!envelope.from) return
    const sender = formatAddress(envelope.from)
    const report = await this.#envelope(envelope.id, sender)
    if (!report) {
      this.#ports.log.warn('nobody to tell of a rejection', { message: envelope.id, sender })
      return
    }
    const told: Told = {
      ...{ address: `${local}@${domain}`, code: 550, status: '5.7.1' },
      text: reason.replace(/[\p{Cc}\s]+/gu, ' ').trim() || 'Message rejected',
      ...{ became: 'failed', action: 'failed', host: '', originalRecipient: '' },
    }
    const about = { message: envelope.id, sender, arrived: this.#ports.now(), prefix: '' }
    const rest = { blob: letter.head, asked: envelope.asked ?? {}, told: [told] }
    await this.#ports.delivery().fileOwn(report, await this.#compose(report, { ...about, ...rest }))
  }

  grew(message: string): void {
    this.#ports.traces.grew(message)
  }

  /** To the sender, if that is somebody who can be told. */
  async #envelope(message: string, sender: string): Promise<Envelope | undefined> {
    // RFC 5321 §4.5.5: who sends with the null path is not told, and reports are sent with it.
    if (sender === '') return undefined
    const { delivery, nextId, serverName } = this.#ports
    const client: Client = {
      ...{ session: message, protocol: 'report', address: '127.0.0.1', port: 0 },
      ...{ hello: serverName, tls: '', login: '', trusted: true },
    }
    const to = addressOf(sender)
    const verdict = await delivery().judge(client, to)
    if (verdict.is !== 'accepted') return undefined
    const { recipient } = verdict
    const id = nextId()
    const began = performance.now()
    const smtpUtf8 = /[^\x00-\x7f]/.test(sender)
    return { id, client, from: null, recipients: [recipient], began, smtpUtf8 }
  }

  async #compose({ id, recipients }: Envelope, about: Reported): Promise<Buffer> {
    const { serverName, now, lifetimeMs } = this.#ports
    const { told, arrived, asked } = about
    const { address } = recipients[0] as Envelope['recipients'][number]
    const until = arrived + lifetimeMs()
    const returned = await this.#returned(about)
    return composeReport({
      messageId: messageId(id, serverName),
      server: serverName,
      to: address,
      subject: subjectOf(told),
      text: reportText(told, { server: serverName, arrived, until, header: returned.bytes }),
      date: now(),
      arrived,
      envelopeId: asked.envelopeId,
      recipients: told.map((one) => reportedRecipient(one, until)),
      returned,
    })
  }

  /** RFC 3461 §4.3: the message, or its header; of what cannot be read, what we added. */
  async #returned({ prefix, blob, asked, told, message }: Reported) {
    if (Buffer.isBuffer(blob)) return { bytes: headerOf(blob), whole: false }
    const whole =
      asked.returned === 'full' &&
      blob.size <= returnedMaxBytes &&
      told.some(({ action }) => action === 'failed')
    const chunks: Uint8Array[] = [Buffer.from(prefix)]
    try {
      const end = whole ? blob.size : Math.min(blob.size, headerMaxBytes)
      for await (const chunk of this.#ports.blobs.stream(blob, 0, end)) chunks.push(chunk)
    } catch (error) {
      this.#ports.log.error('a report returns nothing', { message, error })
    }
    const bytes = Buffer.concat(chunks)
    if (whole) return { bytes, whole }
    return { bytes: headerOf(bytes), whole }
  }

  #untold({ message, sender }: QueuedRow, told: readonly Told[]): void {
    const failed = told.filter(({ action }) => action === 'failed')
    if (failed.length === 0) return
    const recipients = failed.map(({ address }) => address)
    this.#ports.log.warn('nobody to tell of a failure', { message, sender, recipients })
  }
}

function headerOf(bytes: Buffer): Buffer {
  const header = bytes.indexOf('\r\n\r\n')
  return header < 0 ? bytes.subarray(0, headerMaxBytes) : bytes.subarray(0, header + 2)
}

function reportedRecipient(told: Told, until: number): ReportedRecipient {
  const { address, originalRecipient, action, code, status, text, host } = told
  const words = code === 0 ? text : [code, status, text].filter((word) => word !== '').join(' ')
  // RFC 3463 §2: what is still tried has a status of class 4.
  const own = status === '' ? (action === 'delayed' ? '4.0.0' : '5.0.0') : status
  return {
    ...{ address, originalRecipient, action, host },
    status: own,
    diagnostic: code === 0 ? '' : words,
    until: action === 'delayed' ? until : undefined,
  }
}
