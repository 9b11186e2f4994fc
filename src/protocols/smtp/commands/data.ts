// DATA: RFC 5321 §4.1.1.4. 250 is said when message, mailboxes and trace are on disk, not before.
import { Refused } from '../../../base/refused.ts'
import { type Reply, replyLine } from '../../../base/reply.ts'
import type { Envelope, Intake } from '../../../delivery/types.ts'
import { formatAddress } from '../../../message/address.ts'
import type { Connection } from '../../../wire/connection.ts'
import { readDotText } from '../../../wire/dot-reader.ts'
import { nothing } from '../grammar.ts'
import { refusals, replies } from '../replies.ts'
import { ready, type SmtpOptions, type SmtpPorts, word } from '../session.ts'

export const data = word({
  name: 'DATA',
  when: ['mail'],
  parse: nothing,
  run: async (phase, _, ports, client) => {
    const { mail } = phase
    if (mail.recipients.length === 0)
      return { reply: mail.refused > 0 ? replies.noValidRecipients : replies.needRcpt, blame: true }
    await client.prompt(replyLine(replies.goAhead))
    const envelope: Envelope = { ...mail, client: phase.client }
    const intake = ports.delivery.accept(envelope)
    const received = new Text(client.connection, intake, ports.options)
    try {
      await received.read()
    } catch (error) {
      intake.abort()
      throw error
    }
    const reply = await outcome(envelope, intake, received, ports)
    return { reply, phase: ready(phase), ...(received.endless ? { next: 'close' } : {}) }
  },
})

async function outcome(
  envelope: Envelope,
  intake: Intake,
  text: Text,
  ports: SmtpPorts,
): Promise<Reply> {
  const { id } = envelope
  try {
    if (text.refusal) throw text.refusal
    const trace = await intake.finish()
    ports.log.info('accepted', { ...about(envelope), size: trace.size, ms: since(envelope) })
    return { ...replies.ok, text: `OK: queued as ${id}` }
  } catch (error) {
    intake.abort()
    const reply = error instanceof Refused ? refusals[error.code] : replies.bug
    const known = error instanceof Refused
    ports.log[known ? 'info' : 'error']('refused', { ...about(envelope), reply, error })
    await record(envelope, reply, ports)
    return reply
  }
}

/** The fields of a log line that answer "who sent what to whom, and when". */
function about({ id, client, from, recipients }: Envelope) {
  return {
    session: client.session,
    message: id,
    client: client.address,
    account: client.login,
    from: from ? formatAddress(from) : '',
    to: recipients.map(({ address }) => formatAddress(address)),
  }
}

function since({ began }: Envelope): number {
  return Math.round((performance.now() - began) * 10) / 10
}

async function record(envelope: Envelope, reply: Reply, { delivery }: SmtpPorts): Promise<void> {
  const { client, from, recipients, began } = envelope
  await delivery.refused({
    client,
    from: from ? formatAddress(from) : '',
    recipients: recipients.map(({ address }) => ({
      ...reply,
      address: formatAddress(address),
      place: '',
    })),
    subject: '',
    text: '',
    messageId: '',
    began,
    steps: [{ step: 'code', ms: since(envelope), ok: false, said: replyLine(reply) }],
    board: '',
  })
}

/** A message's text on its way from the client to the intake. */
class Text {
  /** Why the message cannot be taken; its text is read to the end all the same. */
  refusal: Refused | undefined
  /** So much beyond the limit that the client is not worth following. */
  endless = false
  readonly #connection: Connection
  readonly #intake: Intake
  readonly #options: SmtpOptions
  #bytes = 0

  constructor(connection: Connection, intake: Intake, options: SmtpOptions) {
    this.#connection = connection
    this.#intake = intake
    this.#options = options
  }

  async read(): Promise<void> {
    const began = performance.now()
    this.#expect(began)
    const { bareLineEnd } = await readDotText(this.#connection.inbox, (part) =>
      this.#take(part, began),
    ).catch((error: unknown) => {
      if (this.endless) return { bareLineEnd: false }
      throw error
    })
    this.#connection.deadline(Number.POSITIVE_INFINITY)
    // RFC 5321 §2.3.8. Repairing it is what made smuggling possible elsewhere.
    if (bareLineEnd) this.refusal ??= new Refused('bad-message', 'bare CR or LF')
  }

  #take(part: Buffer, began: number): Promise<void> | void {
    this.#bytes += part.length
    if (this.refusal) return this.#discard(began)
    let wait: Promise<void> | void
    try {
      wait = this.#intake.write(part)
    } catch (error) {
      return this.#fail(error)
    }
    if (!wait) return this.#expect(began)
    // Our own slowness is not the client's.
    this.#connection.deadline(Number.POSITIVE_INFINITY)
    return wait.then(
      () => this.#expect(began),
      (error: unknown) => this.#fail(error),
    )
  }

  #fail(error: unknown): void {
    if (!(error instanceof Refused)) throw error
    this.refusal = error
    this.#intake.abort()
  }

  #discard(began: number): void {
    this.#expect(began)
    if (this.#bytes < 8 * this.#options.sizeMaxBytes) return
    this.endless = true
    throw this.refusal
  }

  /** The client's time: one command's, and more for what it has sent at the least rate. */
  #expect(began: number): void {
    const { commandTimeoutMs, dataMinBytesPerSecond } = this.#options
    const earnedMs = (this.#bytes * 1000) / dataMinBytesPerSecond
    this.#connection.deadline(began + commandTimeoutMs + earnedMs)
  }
}
