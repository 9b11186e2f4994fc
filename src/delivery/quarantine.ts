// What filters had kept apart: listed, looked at, let go to whom it was for, or dropped. A message
// has here the id that its trace has.
import { Refused } from '../base/refused.ts'
import type { Mailboxes } from '../mailbox/mailboxes.ts'
import type { Messages } from '../mailbox/messages.ts'
import type { OpenMessage } from '../mailbox/open-message.ts'
import { parsePath } from '../message/path.ts'
import { quarantine } from './file-jobs.ts'
import { type Wishes, wishesIn } from './kept-apart.ts'
import type { LocalDelivery } from './local-delivery.ts'
import type { Traces } from './traces.ts'
import type { Envelope, Recipient, Trace } from './types.ts'

export interface QuarantinePorts {
  readonly delivery: LocalDelivery
  readonly mailboxes: Mailboxes
  readonly messages: Messages
  readonly traces: Traces
  readonly nextId: () => string
}

const listedMax = 5_000
const place = { account: quarantine, mailbox: quarantine }

export class Quarantine {
  readonly #ports: QuarantinePorts

  constructor(ports: QuarantinePorts) {
    this.#ports = ports
  }

  /** Newest first. */
  async list(limit: number): Promise<readonly Trace[]> {
    const { mailboxes, traces } = this.#ports
    const messages = await mailboxes.messages(quarantine, quarantine, { limit })
    const found = await Promise.all(messages.map(({ id }) => traces.get(id)))
    return found.filter((trace) => trace !== undefined)
  }

  /** Newest first: what was for an account, by its address. */
  async listOf(owner: string, limit: number): Promise<readonly Trace[]> {
    const found: Trace[] = []
    for (const trace of await this.list(listedMax)) {
      if (found.length >= limit) break
      if ((await this.#shares(trace, owner)).length > 0) found.push(trace)
    }
    return found
  }

  /** Its trace, and its text as people read it. @throws Refused 'not-found' */
  async show(id: string): Promise<{ readonly trace: Trace; readonly text: string }> {
    const { trace } = await this.#find(id)
    return { trace, text: await this.#ports.traces.text(trace) }
  }

  /**
   * Delivers it to its recipients, past the filters; the new trace.
   * @throws Refused 'not-found'; 'unknown-user' when none of the recipients is there any more;
   * 'over-quota' when one of them has no room: then nobody has got it
   */
  async release(id: string): Promise<Trace> {
    const { trace, message } = await this.#find(id)
    const released = await this.#deliver(trace, message, () => true)
    await this.#take(message)
    return released
  }

  /**
   * Delivers to an account, by its address, what was for it; others have theirs to decide. The
   * same throws, and 'not-found' where nothing of it was for that account.
   */
  async rescue(id: string, owner: string): Promise<Trace> {
    const { trace, message } = await this.#find(id)
    const shares = await this.#shares(trace, owner)
    if (shares.length === 0) throw new Refused('not-found', `nothing is kept apart as ${id}`)
    const released = await this.#deliver(trace, message, (address) => shares.includes(address))
    if (shares.length === trace.recipients.length) await this.#take(message)
    return released
  }

  async #deliver(trace: Trace, message: OpenMessage, isFor: (address: string) => boolean) {
    const { delivery, traces } = this.#ports
    const { id } = trace
    const envelope = await this.#envelope(trace, wishesIn(message.prefix), isFor)
    const text = message.stream(message.prefix.length)
    const released = await delivery.fileUnchecked(envelope, text, `released: it was ${id}`)
    const said = `released as ${released.id}`
    await traces.addSteps(id, [{ step: 'mailbox', ms: 0, ok: true, said }])
    return released
  }

  /** @throws Refused 'not-found' */
  async drop(id: string): Promise<void> {
    const { message } = await this.#find(id)
    await this.#take(message)
    const step = { step: 'mailbox', ms: 0, ok: true, said: 'dropped' } as const
    await this.#ports.traces.addSteps(id, [step])
  }

  async #find(id: string): Promise<{ trace: Trace; message: OpenMessage }> {
    const trace = await this.#ports.traces.get(id)
    const [message] = await this.#ports.messages.email(quarantine, id)
    if (!trace || !message) throw new Refused('not-found', `nothing is kept apart as ${id}`)
    return { trace, message }
  }

  async #take({ message: { uid } }: OpenMessage): Promise<void> {
    await this.#ports.messages.expunge(place, [[uid, uid]], false)
  }

  /** The recipients that mean an account. */
  async #shares({ recipients }: Trace, owner: string): Promise<readonly string[]> {
    const shares: string[] = []
    for (const { address } of recipients) {
      const to = addressOf(address)
      if (to && (await this.#ports.delivery.members(to)).includes(owner)) shares.push(address)
    }
    return shares
  }

  /** As it came, to those who are still there and meant. */
  async #envelope(
    { client, from, recipients }: Trace,
    wishes: Wishes,
    isFor: (address: string) => boolean,
  ): Promise<Envelope> {
    const found: Recipient[] = []
    for (const [n, { address }] of recipients.entries()) {
      if (!isFor(address)) continue
      const to = addressOf(address)
      const trusted = { ...client, trusted: true }
      const verdict = to && (await this.#ports.delivery.judge(trusted, to))
      // Its copy would be lost with the one that is kept apart.
      if (verdict?.is === 'over-quota') throw new Refused('over-quota', `${address} has no room`)
      if (verdict?.is === 'accepted') found.push({ ...verdict.recipient, ...wishes.recipients[n] })
    }
    if (found.length === 0) throw new Refused('unknown-user', 'no recipient is there any more')
    return {
      id: this.#ports.nextId(),
      client,
      from: addressOf(from),
      recipients: found,
      began: performance.now(),
      smtpUtf8: true,
      asked: wishes.asked,
    }
  }
}

function addressOf(text: string) {
  const path = parsePath(`<${text}>`, { lenient: false, smtpUtf8: true })
  return 'error' in path ? null : path.address
}
