// The phases of an SMTP session and what it is made with. RFC 5321 §3.3, §4.1.4.
import type { Login, Where } from '../../accounts/logins.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { Networks } from '../../base/networks.ts'
import type { Statistics } from '../../base/statistics.ts'
import type { Hear, SessionEvent } from '../../delivery/screen.ts'
import type { Asked, Client, Delivery, Recipient } from '../../delivery/types.ts'
import type { Address } from '../../message/address.ts'
import type { Connection } from '../../wire/connection.ts'
import { type Turn, words } from '../../wire/protocol.ts'
import type { Origin } from '../../wire/proxy-header.ts'
import type { Authenticator, Channel } from '../../wire/sasl-port.ts'
import type { IncomingText, TextLimits } from './incoming-text.ts'
import type { Offer } from './parameters.ts'
import { refusals, type Said, type SmtpReply } from './replies.ts'

export interface SmtpOptions extends TextLimits {
  /**
   * Which face: an MX; submission, where everybody logs in first (RFC 6409 §4.3); or LMTP, where
   * each recipient has a reply of its own behind the text, and nobody relays (RFC 2033).
   */
  readonly face: 'smtp' | 'submission' | 'lmtp'
  /** Its fully qualified name, in greeting and trace fields. */
  readonly serverName: string
  readonly recipientsMax: number
  /** Forgives what people type: HELO alone, no brackets, no domain, bare LF after a command. */
  readonly lenient: boolean
  readonly errorsMax: number
  /** Commands other than mail transactions, between two messages. */
  readonly idleCommandsMax: number
  /** May relay without login, and log in without TLS where they are this machine itself. */
  readonly trusted: Networks
  readonly starttls: boolean
  /** Whose XCLIENT counts: they say for whom they speak. */
  readonly xclient: Networks
  /** Who is told by VRFY and EXPN whether a name is known: nobody, or those who may relay. */
  readonly verify: 'nobody' | 'members'
  /** The extensions that what is behind this server can keep. */
  readonly offers: ReadonlySet<Offer>
  /** Answers XSTAT to who has logged in. */
  readonly xstat?: boolean
}

export interface SmtpPorts {
  readonly options: SmtpOptions
  readonly delivery: Delivery
  readonly ids: Ids
  readonly log: Log
  readonly statistics?: Statistics
  /** Who may object to what a client wants; undefined where there is nobody. */
  readonly screen?: Hear
  /** Who proves logins, for one client. */
  authenticator(where: Where): Authenticator<Login>
}

/** A transaction: what MAIL and RCPT have gathered. */
export interface Transaction {
  readonly id: string
  readonly from: Address | null
  readonly recipients: readonly Recipient[]
  /** RCPTs that were refused. */
  readonly refused: number
  readonly began: number
  readonly smtpUtf8: boolean
  readonly asked: Asked
}

export type Phase =
  | { readonly in: 'connected'; readonly session: string; readonly origin?: Origin }
  | { readonly in: 'ready'; readonly client: Client; readonly failures: number }
  | {
      readonly in: 'mail'
      readonly client: Client
      readonly failures: number
      readonly mail: Transaction
    }
  /** RFC 3030 §2: some of the message has come by BDAT, and more will. */
  | {
      readonly in: 'chunks'
      readonly client: Client
      readonly failures: number
      readonly text: IncomingText
    }
  /** A chunk was refused: those behind it are thrown away, until the last or RSET. */
  | {
      readonly in: 'spoilt'
      readonly client: Client
      readonly failures: number
      readonly why: SmtpReply
      /** What the last chunk is answered. */
      readonly last: Said
    }

export type Greeted = Exclude<Phase, { in: 'connected' }>

/** The phase after a transaction ended, however it did. */
export function ready({ client, failures }: Greeted): Phase {
  return { in: 'ready', client, failures }
}

/** Whether an extension is offered to this client now. */
export function isOffered(options: SmtpOptions, connection: Connection, offer: Offer): boolean {
  // RFC 8689 §2: under TLS only. RFC 4865 §3: to those who submit.
  if (offer === 'REQUIRETLS' && connection.tls === '') return false
  if (offer === 'FUTURERELEASE' && options.face !== 'submission') return false
  return options.offers.has(offer)
}

/** Lets go of a message of which only some has come. */
export function drop(phase: Phase): void {
  if (phase.in === 'chunks') phase.text.abort()
}

/** The turn, unless somebody objects to what the client wants: then a refusal in `instead`. */
export function unlessObjected(
  { screen }: SmtpPorts,
  event: SessionEvent,
  turn: () => Turn<Phase, Said>,
  instead: { readonly phase?: Phase } = {},
): Promise<Turn<Phase, Said>> | Turn<Phase, Said> {
  const heard = screen?.(event)
  if (!heard) return turn()
  return heard.then((objection) => {
    if (!objection) return turn()
    const reply = objection.reply ?? refusals[`filter-${objection.is}`]
    return { ...instead, reply, blame: true, ...(objection.close ? { next: 'close' } : {}) }
  })
}

export const word = words<Phase, Said, SmtpPorts>()
export const anytime = ['connected', 'ready', 'mail', 'chunks', 'spoilt'] as const

/** What a login goes by: the connection, of whoever it speaks for. */
export function channelOf({ address }: Pick<Client, 'address'>, connection: Connection): Channel {
  return {
    address,
    tls: connection.tls,
    certified: connection.certified,
    channelBinding: (type) => connection.channelBinding(type),
  }
}
