// What people have sent, RFC 8621 §7: at once, or held until its time. A held one is on disk, with
// the bytes it had when it was submitted, and is claimed before it goes: by one process only, and
// again by another where that one died.
import type { KeptRecord, RecordWord } from '../../../accounts/records.ts'
import type { Client, Recipient, Trace } from '../../../delivery/types.ts'
import { scanHeader } from '../../../message/header-fields.ts'
import { SetFailure } from '../errors.ts'
import type { JmapPorts } from '../ports.ts'
import { addressIn, type SubmissionEnvelope } from './envelope.ts'

export const submissionKind = 'EmailSubmission'
const heldKind = 'EmailSubmission.held'

/** As it is kept. */
export interface Submission {
  readonly identityId: string
  readonly emailId: string
  readonly threadId: string
  readonly envelope: SubmissionEnvelope
  /** Milliseconds since 1970. */
  readonly sendAt: number
  readonly undoStatus: 'pending' | 'final' | 'canceled'
  /** Of whoever submitted it. */
  readonly login: string
  readonly client: string
  readonly secure: boolean
  /** The upload that keeps the bytes of a held one, or "". */
  readonly upload: string
  /** The trace of what was sent, or "". */
  readonly trace: string
  /** Why a held one could not be sent, or "". */
  readonly failure: string
  /** Until when a process has taken it to be sent. */
  readonly claimedUntil: number
}

const keptMax = 5_000
const leaseMs = 120_000
const lookEveryMs = 30_000

export class Submissions {
  readonly #ports: JmapPorts
  #timer: NodeJS.Timeout | undefined
  #work: Promise<void> = Promise.resolve()
  #closed = false

  constructor(ports: JmapPorts) {
    this.#ports = ports
  }

  /** Looks after what was held before this process began. */
  start(): void {
    this.#look(0)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#work
  }

  async list(account: string): Promise<readonly KeptRecord[]> {
    return (await this.#ports.accounts.records.list(account, submissionKind)).records
  }

  /** Notes a submission: sent already, or to be sent when its time has come. */
  async add(account: string, submission: Submission): Promise<string> {
    const { records } = this.#ports.accounts
    const id = this.#ports.ids.next()
    const held = submission.undoStatus === 'pending'
    // First what finds it again: a submission that nobody finds would never go.
    if (held)
      await records.change({ account, kind: heldKind }, [{ id, value: { at: submission.sendAt } }])
    await this.#makeRoom(account)
    await records.change(placeOf(account), [{ id, value: { ...submission } }])
    if (held) this.#look(0)
    return id
  }

  /** @throws SetFailure 'cannotUnsend', 'notFound' */
  async cancel(account: string, id: string): Promise<void> {
    const { records } = this.#ports.accounts
    const kept = (await this.list(account)).find((each) => each.id === id)
    if (!kept) throw new SetFailure('notFound')
    const value = kept.value as unknown as Submission
    if (value.undoStatus === 'canceled') return
    const late = value.undoStatus === 'final' || value.claimedUntil > this.#ports.now()
    const after = { ...value, undoStatus: 'canceled' }
    if (late || !(await records.swap(placeOf(account), kept, after)))
      throw new SetFailure('cannotUnsend')
    await records.change({ account, kind: heldKind }, [], [id])
  }

  /** @throws SetFailure, or Refused in the words of delivery */
  async send(value: Submission, bytes: Buffer): Promise<Trace> {
    const { delivery, ids } = this.#ports
    const client: Client = {
      ...{ session: ids.next(), protocol: 'submission', address: value.client, port: 0 },
      ...{ hello: 'jmap', tls: value.secure ? 'TLS' : '', login: value.login, trusted: false },
    }
    const from = addressIn(value.envelope.mailFrom.email) ?? null
    if ((await delivery.sender(client, from)).is !== 'accepted')
      throw new SetFailure('forbiddenMailFrom')
    const recipients: Recipient[] = []
    const refused: string[] = []
    for (const { email } of value.envelope.rcptTo) {
      const verdict = await delivery.recipient(client, addressIn(email)!)
      if (verdict.is === 'accepted') recipients.push(verdict.recipient)
      else refused.push(email)
    }
    if (refused.length > 0)
      throw new SetFailure('invalidRecipients', '', { invalidRecipients: refused })
    const intake = delivery.accept({
      ...{ id: ids.next(), client, from, recipients, began: performance.now() },
      smtpUtf8: true,
    })
    try {
      for (const piece of withoutBcc(bytes)) await intake.write(piece)
      return await intake.finish()
    } catch (error) {
      intake.abort()
      throw error
    }
  }

  /** The oldest that are done go, when there are very many. */
  async #makeRoom(account: string): Promise<void> {
    const all = await this.list(account)
    if (all.length < keptMax) return
    const done = all.filter(({ value }) => value.undoStatus !== 'pending')
    const removes = done.slice(0, Math.ceil(keptMax / 10)).map(({ id }) => id)
    await this.#ports.accounts.records.change(placeOf(account), [], removes)
  }

  #look(afterMs: number): void {
    if (this.#closed) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#work = this.#work.then(() => this.#sendDue())
    }, afterMs)
    this.#timer.unref()
  }

  async #sendDue(): Promise<void> {
    let next = lookEveryMs
    try {
      const { accounts, now } = this.#ports
      for (const { account, id, value } of await accounts.records.every(heldKind)) {
        if (this.#closed) return
        const wait = Number(value.at) - now()
        if (wait > 0) next = Math.min(next, wait)
        else await this.#sendHeld(account, id)
      }
    } catch (error) {
      this.#ports.log.error('held submissions not sent', { error })
    }
    this.#look(next)
  }

  async #sendHeld(account: string, id: string): Promise<void> {
    const { accounts, emails, messages, now } = this.#ports
    const place = placeOf(account)
    const kept = (await this.list(account)).find((each) => each.id === id)
    const value = kept?.value as unknown as Submission | undefined
    if (!kept || value?.undoStatus !== 'pending')
      return void (await accounts.records.change({ account, kind: heldKind }, [], [id]))
    if (value.claimedUntil > now()) return
    const claimed = { ...value, claimedUntil: now() + leaseMs }
    if (!(await accounts.records.swap(place, kept, claimed))) return
    const upload = await emails.uploaded(account, value.upload)
    const bytes = upload && (await messages.bytes(upload.blob, new Uint8Array(0)).whole())
    const outcome = await this.#tried(claimed, bytes)
    const after = { ...claimed, ...outcome, undoStatus: 'final', claimedUntil: 0 }
    await accounts.records.change(place, [{ id, value: after }])
    await accounts.records.change({ account, kind: heldKind }, [], [id])
  }

  /** What cannot be sent is told by the submission; what cannot be sent now is tried again. */
  async #tried(value: Submission, bytes: Buffer | undefined) {
    if (!bytes) return { failure: '550 5.6.0 The message is gone' }
    try {
      return { trace: (await this.send(value, bytes)).id }
    } catch (error) {
      if (!(error instanceof SetFailure)) throw error
      return { failure: `550 5.7.1 ${error.message}` }
    }
  }
}

export function placeOf(account: string): RecordWord {
  return { account, kind: submissionKind }
}

/** RFC 8621 §7.5: the header that goes out has no Bcc. */
function* withoutBcc(bytes: Buffer): Generator<Buffer> {
  let from = 0
  for (const { name, start, end } of scanHeader(bytes).fields) {
    if (name !== 'bcc') continue
    yield bytes.subarray(from, start)
    from = end
  }
  yield bytes.subarray(from)
}
