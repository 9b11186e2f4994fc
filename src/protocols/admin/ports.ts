// What the admin closet is handed: the server as numbers, and the rooms it may change. Knows no
// route.
import type { Accounts } from '../../accounts/accounts.ts'
import type { Traces } from '../../delivery/traces.ts'
import type { Mailboxes } from '../../mailbox/mailboxes.ts'
import type { Messages } from '../../mailbox/messages.ts'

/** A port that is open. */
export interface OpenPort {
  /** "smtp", "gateway-udp", "http" … */
  readonly name: string
  readonly address: string
  readonly port: number
  /** undefined where nobody counts. */
  readonly counters: PortCounters | undefined
}

export interface PortCounters {
  /** Open now. */
  readonly connections: number
  /** Since the start, as all below. */
  readonly accepted: number
  readonly refused: number
  readonly bytesIn: number
  readonly bytesOut: number
}

export interface MessageCount {
  /** "smtp", "submission", "gateway" … */
  readonly protocol: string
  /** Since the start. */
  readonly accepted: number
  readonly refused: number
}

export interface ServerPorts {
  /** The server's name on the network. */
  readonly name: string
  readonly version: string
  /** Milliseconds since 1970. */
  readonly since: number
  /** The data folder, absolute. */
  readonly folder: string
  readonly listeners: readonly OpenPort[]
  readonly messages: () => readonly MessageCount[]
  /** Whether every listener accepts. */
  readonly ready: () => boolean
}

/** The rooms of a server that keeps mail. */
export interface KeptPorts {
  readonly accounts: Accounts
  readonly mailboxes: Mailboxes
  readonly messages: Messages
  readonly traces: Traces
  /** Domains the settings name: they come back with every start. */
  readonly fixedDomains: readonly string[]
}
