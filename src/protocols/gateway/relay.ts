// The stand-alone forwarder: hands a message to one next hop by SMTP, answers with the hop's own
// words, and tells a web address what happened. Keeps nothing.
import { type Reply, replyLine } from '../../base/reply.ts'
import type { Step } from '../../delivery/types.ts'
import { formatAddress } from '../../message/address.ts'
import type { HopOutcome, Transport } from '../../queue/transport.ts'
import { bytesOf, type Message, msAt, needsUtf8, type Outlet } from './outlet.ts'
import { type Answer, replies, summary } from './replies.ts'
import type { Reports } from './reports.ts'

export interface RelayOptions {
  readonly transport: Transport
  /** Our own name; in the To field, the domain of recipients that came without one. */
  readonly serverName: string
  /** Where to tell what happened; undefined for nowhere. */
  readonly reports?: Reports
}

export class RelayOutlet implements Outlet {
  readonly #options: RelayOptions

  constructor(options: RelayOptions) {
    this.#options = options
  }

  async send(message: Message): Promise<Answer> {
    const { transport, serverName } = this.#options
    const { sender: from, recipients: to } = message.submission
    const named = to.map((one) => (one.domain === '' ? { ...one, domain: serverName } : one))
    const bytes = bytesOf(message, named, Date.now())
    const checkedMs = msAt(message)
    const outcome = await transport.send({
      from,
      to,
      body: async function* () {
        yield bytes
      },
      size: bytes.length,
      smtpUtf8: needsUtf8([from, ...to]),
    })
    const answer = answerTo(message, outcome)
    this.#options.reports?.post(report(message, outcome, answer, checkedMs))
    return answer
  }
}

function answerTo(message: Message, { recipients, failure }: HopOutcome): Answer {
  const lost: Reply = { ...replies.unreachable, text: failure }
  const answers = recipients.map(({ address, code, status, text }) => ({
    address: formatAddress(address),
    ...(code === 0 ? lost : { code, status, text }),
  }))
  if (recipients.every(({ code }) => code === 0))
    return { ...lost, is: 'unreachable', id: message.id, recipients: answers }
  // The first recipient's acceptance is the hop's own sentence, its queue id in it.
  const sent = answers.find(({ code }) => code < 300) ?? replies.sent
  const { code, status, text } = sent
  return summary(message.id, { code, status, text }, answers)
}

const reportTextMaxLength = 1000

/** What the web address is told: the shape of a trace, with the text as the client gave it. */
function report(message: Message, { hop }: HopOutcome, answer: Answer, checkedMs: number): object {
  const { submission, messageId } = message
  const { code, status, text, id, recipients } = answer
  const said = answer.is === 'unreachable' ? text : replyLine(answer)
  const steps: Step[] = [
    { step: 'socket', ms: msAt(message, message.arrived), ok: true, said: '' },
    { step: 'checked', ms: checkedMs, ok: true, said: '' },
    { step: 'relayed', ms: msAt(message), ok: answer.is === 'sent', said: `${hop} ${said}` },
  ]
  return {
    id,
    messageId,
    at: Date.now(),
    sender: formatAddress(submission.sender),
    recipients,
    subject: submission.subject,
    body: submission.body.slice(0, reportTextMaxLength),
    board: submission.board,
    steps,
    code,
    status,
    text,
  }
}
