// The phases of an SMTP session and what it is made with. RFC 5321 §3.3, §4.1.4.
import type { Where } from '../../accounts/logins.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { Networks } from '../../base/networks.ts'
import type { Asked, Client, Delivery, Recipient } from '../../delivery/types.ts'
import type { Address } from '../../message/address.ts'
import { words } from '../../wire/protocol.ts'
import type { IncomingText, TextLimits } from './incoming-text.ts'
import type { SmtpReply } from './replies.ts'

export interface SmtpOptions extends TextLimits {
  /** Which face: an MX, or submission, where everybody logs in first (RFC 6409 §4.3). */
  readonly face: 'smtp' | 'submission'
  /** Its fully qualified name, in greeting and trace fields. */
  readonly serverName: string
  readonly recipientsMax: number
  /** Forgives what people type: HELO alone, no brackets, no domain, bare LF after a command. */
  readonly lenient: boolean
  readonly errorsMax: number
  /** May relay without login, and log in without TLS where they are this machine itself. */
  readonly trusted: Networks
  readonly starttls: boolean
}

export interface SmtpPorts {
  readonly options: SmtpOptions
  readonly delivery: Delivery
  readonly ids: Ids
  readonly log: Log
  /** The account's address; undefined: unknown name or wrong password, never told apart. */
  login(name: string, password: string, where: Where): Promise<{ address: string } | undefined>
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
  | { readonly in: 'connected'; readonly session: string }
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
    }

export type Greeted = Exclude<Phase, { in: 'connected' }>

/** The phase after a transaction ended, however it did. */
export function ready({ client, failures }: Greeted): Phase {
  return { in: 'ready', client, failures }
}

/** Lets go of a message of which only some has come. */
export function drop(phase: Phase): void {
  if (phase.in === 'chunks') phase.text.abort()
}

export const word = words<Phase, SmtpReply, SmtpPorts>()
export const anytime = ['connected', 'ready', 'mail', 'chunks', 'spoilt'] as const
