// What becomes of a message on this machine: each recipient is judged, the message composed, taken
// into the store, and answered for. Knows the delivery room's door and nothing behind it.
import type { Log } from '../../base/log.ts'
import { replyTo } from '../../base/refusal-replies.ts'
import { Refused } from '../../base/refused.ts'
import { type Reply, replyLine } from '../../base/reply.ts'
import type { Delivery, Recipient, Step, Trace } from '../../delivery/types.ts'
import { type Address, formatAddress } from '../../message/address.ts'
import { bytesOf, type Message, msAt, needsUtf8, type Outlet } from './outlet.ts'
import {
  type Answer,
  type RecipientAnswer,
  refusals,
  replies,
  summary,
  verdicts,
} from './replies.ts'

/** Finds a message that was taken before, so that one repeated after a restart is known too. */
export interface Earlier {
  byMessageId(messageId: string): Promise<readonly Trace[]>
}

export interface DeliveryOutletOptions {
  readonly delivery: Delivery
  readonly earlier: Earlier
  /** For recipients without a domain. */
  readonly defaultDomain: string
  /** Boards by name at the local part "NAME" and "NAME+OTHER"; null where there are none. */
  readonly boards: { readonly name: string; readonly everything: boolean } | null
  readonly log: Log
}

/** Within this time a message with the same sender and id is the same message. */
export const repeatWindowMs = 24 * 3_600_000

export class DeliveryOutlet implements Outlet {
  readonly #options: DeliveryOutletOptions

  constructor(options: DeliveryOutletOptions) {
    this.#options = options
  }

  async send(message: Message): Promise<Answer> {
    const before = message.named ? await this.#before(message) : undefined
    if (before) return before
    const { delivery } = this.#options
    const { client, submission } = message
    const sender = await delivery.sender(client, submission.sender)
    if (sender.is === 'sender-denied') return this.#refuse(message, refusals['sender-denied'])
    const accepted: Recipient[] = []
    const answers: RecipientAnswer[] = []
    for (const address of this.#addressees(message)) {
      const verdict = await delivery.recipient(client, address)
      if (verdict.is === 'accepted') accepted.push(verdict.recipient)
      answers.push({ ...verdicts[verdict.is], address: formatAddress(address) })
    }
    if (accepted.length === 0) return this.#refuseAll(message, answers)
    return this.#take(message, accepted, answers)
  }

  /** The answer that this message had when it came before. */
  async #before({ messageId, submission }: Message): Promise<Answer | undefined> {
    const from = formatAddress(submission.sender)
    const since = Date.now() - repeatWindowMs
    const traces = await this.#options.earlier.byMessageId(messageId)
    const trace = traces.find(
      (one) =>
        one.accepted &&
        one.at > since &&
        one.from === from &&
        one.client.protocol.startsWith('gateway'),
    )
    return trace && summary(trace.id, replies.sent, trace.recipients.map(answerOf))
  }

  /** Whom the message is for: its recipients, and the board it names. */
  #addressees({ submission }: Message): Address[] {
    const { defaultDomain: domain, boards } = this.#options
    const list = submission.recipients.map((one) => (one.domain === '' ? { ...one, domain } : one))
    const { board } = submission
    if (board === '' || !boards) return list
    return [...list, { local: board === boards.name ? board : `${boards.name}+${board}`, domain }]
  }

  async #take(
    message: Message,
    recipients: readonly Recipient[],
    answers: readonly RecipientAnswer[],
  ): Promise<Answer> {
    const { id, client, submission, began } = message
    const to = recipients.map(({ address }) => address)
    // A board beside the recipients is nobody's business but the board's.
    const named = recipients.filter(({ place }) => place.kind !== 'board')
    const shown = named.length > 0 ? named.map(({ address }) => address) : to
    const from = submission.sender
    const smtpUtf8 = needsUtf8([from, ...to])
    const envelope = { id, client, from, recipients, began, smtpUtf8 }
    try {
      const bytes = bytesOf(message, shown, Date.now())
      const intake = this.#options.delivery.accept(envelope)
      try {
        await intake.write(bytes)
        const trace = await intake.finish()
        const taken = new Map(trace.recipients.map((one) => [one.address, answerOf(one)]))
        return summary(
          id,
          replies.sent,
          answers.map((one) => taken.get(one.address) ?? one),
        )
      } catch (error) {
        intake.abort()
        throw error
      }
    } catch (error) {
      if (!(error instanceof Refused))
        this.#options.log.error('delivery failed', { message: id, error })
      const reply = error instanceof Refused ? replyTo(error, refusals) : replies.bug
      return this.#refuse(message, reply, 'code')
    }
  }

  #refuse(message: Message, reply: Reply, step: Step['step'] = 'checked'): Promise<Answer> {
    const answers = this.#addressees(message).map((address) => ({
      ...reply,
      address: formatAddress(address),
    }))
    return this.#refuseAll(message, answers, step)
  }

  async #refuseAll(
    message: Message,
    answers: readonly RecipientAnswer[],
    step: Step['step'] = 'checked',
  ): Promise<Answer> {
    const { client, submission, messageId, began } = message
    const { boards, delivery } = this.#options
    const answer = summary(message.id, replies.sent, answers)
    const steps: Step[] = [
      { step: 'socket', ms: msAt(message, message.arrived), ok: true, said: '' },
      { step, ms: msAt(message), ok: false, said: replyLine(answer) },
    ]
    await delivery.refused({
      client,
      from: formatAddress(submission.sender),
      recipients: answers.map((one) => ({ ...one, place: '' })),
      subject: submission.subject.slice(0, 1000),
      text: submission.body.slice(0, 1000),
      messageId,
      began,
      steps,
      board: submission.board || (boards?.everything ? boards.name : ''),
    })
    return answer
  }
}

function answerOf({ address, code, status, text }: RecipientAnswer): RecipientAnswer {
  return { address, code, status, text }
}
