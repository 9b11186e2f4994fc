// The phases of a POP3 session and what it is made with. RFC 1939 §3.
import type { Login, Where } from '../../accounts/logins.ts'
import type { Log } from '../../base/log.ts'
import type { Maildrops } from '../../mailbox/maildrop.ts'
import type { Messages } from '../../mailbox/messages.ts'
import type { Connection } from '../../wire/connection.ts'
import { words } from '../../wire/protocol.ts'
import { offered } from '../../wire/sasl.ts'
import type { Authenticator } from '../../wire/sasl-port.ts'
import type { InUse } from './in-use.ts'
import type { OpenDrop } from './open-drop.ts'

export interface Pop3Options {
  /** One session at a time for each account. */
  readonly exclusive: boolean
  /** Between the logins of one account; 0 for none. */
  readonly loginDelayMs: number
  readonly commandTimeoutMs: number
  readonly errorsMax: number
}

export interface Pop3Ports {
  readonly options: Pop3Options
  readonly maildrops: Maildrops
  readonly messages: Pick<Messages, 'expunge'>
  /** Shared by all listeners. */
  readonly inUse: InUse
  readonly log: Log
  /** Who proves logins, for one client. */
  authenticator(where: Where): Authenticator<Login>
}

/** 'open' is the standard's AUTHORIZATION state, 'drop' its TRANSACTION state. */
export type Phase =
  | { readonly in: 'open'; readonly user: string; readonly failures: number }
  | { readonly in: 'drop'; readonly drop: OpenDrop; readonly address: string }

export const start: Phase = { in: 'open', user: '', failures: 0 }

/** A line without its end, or "" for silence. */
export type Pop3Reply = string

export const word = words<Phase, Pop3Reply, Pop3Ports>()
export const anytime = ['open', 'drop'] as const

type Logins = Pick<Pop3Ports, 'authenticator'>

export function authenticatorFor(connection: Connection, ports: Logins): Authenticator<Login> {
  const { id: session, address } = connection
  return ports.authenticator({ session, address, protocol: 'pop3' })
}

/** RFC 8314 §3.3: how this client may log in; none where a password could be overheard. */
export function mechanismsFor(connection: Connection, ports: Logins): readonly string[] {
  return offered(connection, authenticatorFor(connection, ports).offers)
}
