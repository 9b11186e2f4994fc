// The books of SMTP: what each session and transaction comes to in counters and access log, from
// what was said and answered. Commands know nothing of it.
import { type Access, type Addressee, resultOf, type Speaker } from '../../base/access.ts'
import type { Tally } from '../../base/tally.ts'
import type { Delivery, Envelope, Intake } from '../../delivery/types.ts'
import { formatAddress } from '../../message/address.ts'
import type { Connection } from '../../wire/connection.ts'
import type { SessionSums, Witness } from '../../wire/witness.ts'
import { refusals, replies, type Said, type SmtpReply } from './replies.ts'
import type { Phase } from './session.ts'

type Heard = Parameters<Witness<Phase, Said>['turn']>[0]
type Answered = Parameters<Witness<Phase, Said>['turn']>[2]

interface Ports {
  readonly access: Access
  readonly tally: Tally
}

/** What delivery knows of a text and the replies do not. */
interface Text {
  size: number
  messageId: string
  /** Recipients in whose mailboxes it lies. */
  delivered: number
}

const reasons = new Map<SmtpReply, string>([
  ...Object.entries(replies).map(([name, reply]): [SmtpReply, string] => [reply, dashed(name)]),
  ...Object.entries(refusals).map(([code, reply]): [SmtpReply, string] => [reply, code]),
])

/** "noValidRecipients" as "no-valid-recipients". */
function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** Why a reply refuses, in one of few words: sentences that are made for one client have none. */
export function reasonOf(reply: SmtpReply): string {
  return reasons.get(reply) ?? (reply.code === 501 ? 'bad-syntax' : `code-${reply.code}`)
}

export class SmtpBooks {
  readonly #ports: Ports
  /** Of messages that are on their way in, by their ids. */
  readonly #texts = new Map<string, Text>()

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** The same delivery, with an eye on each text. */
  watched(delivery: Delivery): Delivery {
    return {
      sender: (client, from) => delivery.sender(client, from),
      recipient: (client, to) => delivery.recipient(client, to),
      members: (address) => delivery.members(address),
      refused: (refusal) => delivery.refused(refusal),
      accept: (envelope) => this.#watch(envelope, delivery.accept(envelope)),
    }
  }

  #watch({ id }: Envelope, intake: Intake): Intake {
    const text: Text = { size: 0, messageId: '', delivered: 0 }
    this.#texts.set(id, text)
    return {
      get size() {
        return intake.size
      },
      write: (chunk) => {
        text.size += chunk.length
        return intake.write(chunk)
      },
      finish: async () => {
        const trace = await intake.finish()
        text.size = trace.size
        text.messageId = trace.messageId
        text.delivered = trace.recipients.filter(({ place }) => place === 'mailbox').length
        return trace
      },
      abort: () => intake.abort(),
    }
  }

  session(connection: Connection, protocol: string): Witness<Phase, Said> {
    return new SessionBook(this.#ports, connection, protocol, this.#take)
  }

  readonly #take = (id: string): Text | undefined => {
    const text = this.#texts.get(id)
    this.#texts.delete(id)
    return text
  }
}

/** A transaction as far as it has come. */
interface Open {
  readonly id: string
  readonly from: string
  readonly to: Addressee[]
  readonly beganAt: number
  readonly speaker: Speaker
  /** The last thing said about it that matters. */
  last: SmtpReply | undefined
}

/** Addresses of one transaction that are worth the memory. */
const addresseesMax = 1000

class SessionBook implements Witness<Phase, Said> {
  readonly #ports: Ports
  readonly #connection: Connection
  readonly #protocol: string
  readonly #take: (id: string) => Text | undefined
  #open: Open | undefined
  #transactions = 0
  #refusals = 0

  constructor(
    ports: Ports,
    connection: Connection,
    protocol: string,
    take: (id: string) => Text | undefined,
  ) {
    this.#ports = ports
    this.#connection = connection
    this.#protocol = protocol
    this.#take = take
  }

  turn(spoken: Heard, before: Phase, turn: Answered, ms: number): void {
    const { tally } = this.#ports
    tally.commandMs.observe(ms)
    const reply = oneOf(turn.reply)
    if (reply && reply.code >= 400) {
      tally.refused(reasonOf(reply))
      this.#refusals++
    }
    const after = turn.phase ?? before
    if (spoken.name === 'MAIL') this.#mail(spoken, before, after, reply)
    else if (this.#open) this.#within(this.#open, spoken, after, reply)
  }

  ended(phase: Phase, sums: SessionSums): void {
    if (this.#open) this.#close(this.#open, undefined)
    if (this.#transactions > 0) return
    const { bytesIn, bytesOut } = this.#connection
    const speaker = this.#speaker(phase)
    const more = { refusals: this.#refusals, bytesIn, bytesOut }
    this.#ports.access.session({ speaker, ...sums, ...more })
  }

  #mail(spoken: Heard, before: Phase, after: Phase, reply: SmtpReply | undefined): void {
    if (this.#open || !reply || before.in === 'connected') return
    const began = { speaker: this.#speaker(after), to: [], beganAt: performance.now() }
    if (after.in === 'mail') {
      const { id, from } = after.mail
      const address = from ? formatAddress(from) : ''
      this.#open = { ...began, id, from: address, last: undefined }
    } else this.#close({ ...began, id: '', from: pathIn(spoken.rest), last: reply }, reply)
  }

  #within(open: Open, spoken: Heard, after: Phase, reply: SmtpReply | undefined): void {
    const text = spoken.name === 'DATA' || spoken.name === 'BDAT'
    if (spoken.name === 'RCPT' && reply) this.#recipient(open, spoken, after, reply)
    if (text && reply) open.last = reply
    if (after.in === 'ready' || after.in === 'connected')
      this.#close(open, text ? reply : undefined)
  }

  #recipient(open: Open, spoken: Heard, after: Phase, reply: SmtpReply): void {
    const { code, status } = reply
    const taken = code < 400 && after.in === 'mail' ? after.mail.recipients.at(-1) : undefined
    if (!taken) open.last = reply
    if (open.to.length >= addresseesMax) return
    const address = taken ? formatAddress(taken.address) : pathIn(spoken.rest)
    open.to.push({ address, code, status })
  }

  /** `answer` is the reply to its text; undefined where the client gave it up. */
  #close(open: Open, answer: SmtpReply | undefined): void {
    this.#open = undefined
    this.#transactions++
    const { speaker, id, from, to, beganAt } = open
    const text = this.#take(id)
    const refused = to.every(({ code }) => code >= 400)
    const said = answer ?? (refused ? open.last : undefined)
    const result = resultOf(said?.code ?? 0)
    this.#ports.access.transaction({
      ...{ speaker, id, from, to, result },
      messageId: text?.messageId ?? '',
      size: text?.size ?? 0,
      code: said?.code ?? 0,
      status: said?.status ?? '',
      ms: performance.now() - beganAt,
      delivered: text?.delivered ?? 0,
    })
  }

  /** The phase knows for whom a proxy speaks, and who has logged in. */
  #speaker(phase: Phase): Speaker {
    const { id: session, address, port, tls } = this.#connection
    const protocol = this.#protocol
    if (phase.in === 'connected')
      return { session, protocol, address, port, tls, hello: '', account: '' }
    const { client } = phase
    const { hello, login: account } = client
    return { session, protocol, address: client.address, port: client.port, tls, hello, account }
  }
}

/** In LMTP each recipient hears the same of the text. */
function oneOf(said: Said | undefined): SmtpReply | undefined {
  return said === undefined || 'code' in said ? said : said[0]
}

const pathMaxLength = 320

/** The address in an argument that was refused, as it was said. */
function pathIn(rest: unknown): string {
  const said = String(rest).replace(/^(FROM|TO):/i, '')
  const path = /<([^>]*)>/.exec(said)?.[1] ?? said.trim().split(' ')[0] ?? ''
  return path.slice(0, pathMaxLength)
}
