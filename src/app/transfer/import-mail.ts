// Carries mail into mailboxes of a running server. What is there already is not taken again, so
// that who was interrupted, or comes again later, gets what is missing and nothing twice.
import { type HeaderEnvelope, readEnvelope } from '../../message/envelope.ts'
import { fingerprint } from '../../message/fingerprint.ts'
import { scanHeader } from '../../message/header-fields.ts'
import { type Door, DoorRefused, type NewMessage } from './door.ts'
import type { CarriedMailbox, CarriedMessage, Seen, Skipped, Source } from './source.ts'

export interface MailboxReport {
  readonly name: string
  taken: number
  /** Were there already. */
  known: number
  bytes: number
}

export interface ImportReport {
  readonly mailboxes: MailboxReport[]
  /** The first thousand. */
  readonly skipped: Skipped[]
  skippedCount: number
}

export interface ImportOptions {
  /** Put before the names of mailboxes: "Old/INBOX"; "" for none. */
  readonly into: string
  /** Told now and then, and at the end of each mailbox. */
  readonly progress: (report: MailboxReport) => void
}

const batchMax = 100
const batchMaxBytes = 4 * 1024 * 1024
const skippedMax = 1_000
/** What digests are made of, as at delivery. */
const headMaxBytes = 1024 * 1024

/** @throws DoorRefused when nothing more can be taken: no user, no room; others of the source */
export async function importMail(
  source: Source,
  door: Door,
  options: ImportOptions,
): Promise<ImportReport> {
  const report: ImportReport = { mailboxes: [], skipped: [], skippedCount: 0 }
  for await (const box of source) {
    const { into } = options
    const name = into === '' ? box.name : `${into}/${box.name}`
    const told = { name, taken: 0, known: 0, bytes: 0 }
    const mailbox = await mailboxFor(door, name, into === '' ? box.role : '')
    if (typeof mailbox !== 'string') {
      skip(report, { where: `mailbox ${name}`, why: mailbox.why })
      continue
    }
    report.mailboxes.push(told)
    await new Importing({ door, mailbox, told, report, options }).run(box)
    options.progress(told)
  }
  return report
}

interface Job {
  readonly door: Door
  readonly mailbox: string
  readonly told: MailboxReport
  readonly report: ImportReport
  readonly options: ImportOptions
}

class Importing {
  readonly #job: Job
  #batch: (NewMessage & Pick<CarriedMessage, 'where'>)[] = []
  #batchBytes = 0

  constructor(job: Job) {
    this.#job = job
  }

  async run(box: CarriedMailbox): Promise<void> {
    const known = await this.#job.door.known(this.#job.mailbox)
    const seen: Seen = (head, size) => {
      const print = fingerprint(envelopeOf(head), size)
      const copies = known.get(print) ?? 0
      if (copies === 0) return false
      known.set(print, copies - 1)
      this.#job.told.known++
      return true
    }
    for await (const one of box.messages(seen)) {
      if ('why' in one) {
        this.#skip(one)
        continue
      }
      const { where, bytes } = one
      const receivedAt = one.receivedAt ?? envelopeOf(bytes).date ?? Date.now()
      const flags = [...new Set(one.flags)].filter((flag) => keepable.test(flag))
      await this.#add({ where, bytes, flags, receivedAt })
    }
    await this.#flush()
  }

  async #add(message: NewMessage & { readonly where: string }): Promise<void> {
    if (this.#batchBytes + message.bytes.length > batchMaxBytes) await this.#flush()
    this.#batch.push(message)
    this.#batchBytes += message.bytes.length
    if (this.#batch.length >= batchMax) await this.#flush()
  }

  async #flush(): Promise<void> {
    const batch = this.#batch
    this.#batch = []
    this.#batchBytes = 0
    if (batch.length === 0) return
    const { door, mailbox, told, options } = this.#job
    try {
      await door.put(mailbox, batch)
    } catch (error) {
      if (!(error instanceof DoorRefused) || final.has(error.status)) throw error
      // One of them is the reason: the others are taken without it.
      if (batch.length > 1) for (const one of batch) await this.#alone(one)
      else this.#skip({ where: batch[0]?.where ?? '', why: error.message })
      return
    }
    told.taken += batch.length
    told.bytes += batch.reduce((sum, { bytes }) => sum + bytes.length, 0)
    options.progress(told)
  }

  async #alone(message: NewMessage & { readonly where: string }): Promise<void> {
    this.#batch = [message]
    await this.#flush()
  }

  #skip(skipped: Skipped): void {
    skip(this.#job.report, skipped)
  }
}

function skip(report: ImportReport, skipped: Skipped): void {
  report.skippedCount++
  if (report.skipped.length < skippedMax) report.skipped.push(skipped)
}

/** Its id, or why there can be no mailbox of that name. */
async function mailboxFor(
  door: Door,
  name: string,
  role: string,
): Promise<string | { readonly why: string }> {
  try {
    return await door.mailboxFor(name, role)
  } catch (error) {
    if (!(error instanceof DoorRefused) || final.has(error.status)) throw error
    return { why: error.message }
  }
}

function envelopeOf(bytes: Buffer): HeaderEnvelope {
  const head = bytes.subarray(0, headMaxBytes)
  return readEnvelope(head, scanHeader(head))
}

/** RFC 9051 §9: what our mailboxes can keep; \Recent and servers' own flags are not. */
const keepable =
  /^(?:\\(?:Seen|Answered|Flagged|Deleted|Draft)|[^\x00-\x20\x7f-\uffff(){\]%*"\\]{1,200})$/i

/** No such user, no room, no storage: the next message would fare no better. */
const final: ReadonlySet<number> = new Set([404, 503, 507])
