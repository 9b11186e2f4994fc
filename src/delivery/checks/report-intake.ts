// The check that reads reports of other servers: mail to the address of our domains that takes
// nothing else, and what looks like a report in the mail of their postmasters.
import type { Log } from '../../base/log.ts'
import { Refused } from '../../base/refused.ts'
import { looksLikeReport } from '../../trust/reports/report-mail.ts'
import { type ReceivedReports, reportMaxBytes } from '../day-reports/received.ts'
import type { Letter } from '../letter.ts'
import type { Recipient } from '../types.ts'
import type { Check, Opinion, Subject } from './check.ts'

export interface IntakePorts {
  readonly received: ReceivedReports
  /** The local part of the address, in lower case; "" where none is taken. */
  readonly address: () => string
  readonly log: Log
}

export class ReportIntake implements Check {
  readonly name = 'reports'
  readonly #ports: IntakePorts

  constructor(ports: IntakePorts) {
    this.#ports = ports
  }

  look(subject: Subject): Promise<Opinion> | undefined {
    const { envelope, letter, direction } = subject
    const name = this.#ports.address()
    if (name === '' || direction !== 'in') return undefined
    const mine = envelope.recipients.filter(({ address, place }) => {
      const local = address.local.toLowerCase()
      return place.kind !== 'queue' && (local === name || local === 'postmaster')
    })
    if (mine.length === 0) return undefined
    // To a person it is mail like any other, whether it can be read here or not.
    const only = envelope.recipients.every(isNowhere)
    return only || looksLikeReport(letter.head) ? this.#read(subject, only) : undefined
  }

  async #read({ letter, findings }: Subject, only: boolean): Promise<Opinion> {
    try {
      if (letter.size > reportMaxBytes) throw new Error('it is too large for a report')
      const verified = findings?.origin?.dmarc.result === 'pass'
      return { is: 'taken', said: await this.#ports.received.read(await whole(letter), verified) }
    } catch (error) {
      // What the store cannot keep now comes again.
      if (error instanceof Refused) throw error
      const why = error instanceof Error ? error.message : 'it cannot be read'
      this.#ports.log.info('no report in it', { why })
      if (!only) return { is: 'taken', said: `no report: ${why}` }
      const text = `This address takes DMARC and TLS reports only: ${why}`
      return { is: 'refused', said: why, reply: { code: 550, status: '5.7.1', text } }
    }
  }
}

function isNowhere({ place }: Recipient): boolean {
  return place.kind === 'nowhere'
}

async function whole(letter: Letter): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of letter.text()) chunks.push(chunk)
  return Buffer.concat(chunks)
}
