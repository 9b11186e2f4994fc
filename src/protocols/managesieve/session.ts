// The phases of a ManageSieve session and what it is made with: RFC 5804 §1.1.
import type { Login, Where } from '../../accounts/logins.ts'
import type { Scripts } from '../../delivery/scripts.ts'
import type { Connection } from '../../wire/connection.ts'
import type { LiteralReader } from '../../wire/literal-reader.ts'
import { words } from '../../wire/protocol.ts'
import { offered } from '../../wire/sasl.ts'
import type { Authenticator } from '../../wire/sasl-port.ts'
import { type Said, strangerLimits } from './grammar.ts'

export interface SieveOptions {
  readonly commandTimeoutMs: number
  readonly errorsMax: number
}

export interface SievePorts {
  readonly options: SieveOptions
  readonly scripts: Scripts
  /** Who proves logins, for one client. */
  authenticator(where: Where): Authenticator<Login>
}

/** What one session has besides. */
export interface SessionPorts extends SievePorts {
  readonly reader: LiteralReader
}

export type Phase =
  | { readonly in: 'stranger'; readonly failures: number }
  | { readonly in: 'user'; readonly account: string; readonly address: string }

export const start: Phase = { in: 'stranger', failures: 0 }
export const anytime = ['stranger', 'user'] as const

/** Lines, without the last line's end. */
export type Reply = string

export const word = words<Phase, Reply, SessionPorts, Said>()

export function authenticatorFor(connection: Connection, ports: SievePorts): Authenticator<Login> {
  const { id: session, address } = connection
  return ports.authenticator({ session, address, protocol: 'sieve' })
}

/** None where a password could be overheard. */
export function mechanismsFor(connection: Connection, ports: SievePorts): readonly string[] {
  return offered(connection, authenticatorFor(connection, ports).offers)
}

/** RFC 5804 §1.7: what this session may use now, a line each. */
export function capabilities(phase: Phase, connection: Connection, ports: SessionPorts): Reply {
  const stranger = phase.in === 'stranger'
  const mechanisms = stranger ? mechanismsFor(connection, ports) : []
  return [
    '"IMPLEMENTATION" "Amplop"',
    '"VERSION" "1.0"',
    `"SIEVE" "${ports.scripts.extensions.join(' ')}"`,
    `"SASL" "${mechanisms.join(' ')}"`,
    ...(stranger && connection.tls === '' ? ['"STARTTLS"'] : []),
    '"NOTIFY" "mailto"',
    `"MAXREDIRECTS" "${ports.scripts.redirectsMax}"`,
    '"UNAUTHENTICATE"',
    ...(stranger ? [] : [`"OWNER" "${phase.address}"`]),
  ].join('\r\n')
}

export function forget(reader: LiteralReader): Phase {
  reader.limits = strangerLimits
  return start
}
