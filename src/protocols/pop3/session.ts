// The phases of a POP3 session and what it is made with. RFC 1939 §3.
import type { Login, Where } from '../../accounts/logins.ts'
import type { Log } from '../../base/log.ts'
import type { Maildrops } from '../../mailbox/maildrop.ts'
import type { Messages } from '../../mailbox/messages.ts'
import { words } from '../../wire/protocol.ts'
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
  /** undefined: unknown name or wrong password, never told apart. */
  login(name: string, password: string, where: Where): Promise<Login | undefined>
}

/** 'open' is the standard's AUTHORIZATION state, 'drop' its TRANSACTION state. */
export type Phase =
  | { readonly in: 'open'; readonly user: string; readonly failures: number }
  | { readonly in: 'drop'; readonly drop: OpenDrop }

export const start: Phase = { in: 'open', user: '', failures: 0 }

/** A line without its end, or "" for silence. */
export type Pop3Reply = string

export const word = words<Phase, Pop3Reply, Pop3Ports>()
export const anytime = ['open', 'drop'] as const
