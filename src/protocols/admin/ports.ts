// What the admin closet is handed: the server as numbers, and the rooms it may change. Knows no
// route.
import type { Accounts } from '../../accounts/accounts.ts'
import type { Histogram } from '../../base/histogram.ts'
import type { Tally } from '../../base/tally.ts'
import type { Quarantine } from '../../delivery/quarantine.ts'
import type { RuleBook } from '../../delivery/rules/rule-book.ts'
import type { Scripts } from '../../delivery/scripts.ts'
import type { VerdictAgain } from '../../delivery/spam/verdicts.ts'
import type { Traces } from '../../delivery/traces.ts'
import type { Mailboxes } from '../../mailbox/mailboxes.ts'
import type { Messages } from '../../mailbox/messages.ts'
import type { QueueBook } from '../../queue/book.ts'
import type { QueueNumbers } from '../../queue/list-jobs.ts'
import type { QueueTallies } from '../../queue/tallies.ts'

/** A port that is open. */
export interface OpenPort {
  /** "smtp", "gateway-udp", "http" … */
  readonly name: string
  readonly address: string
  readonly port: number
  readonly counters: PortCounters
  /** How long its answers take, and what it refuses; shared by the ports of one name. */
  readonly tally: Tally
}

export interface PortCounters {
  /** Open now; over UDP, datagrams in hand. */
  readonly connections: number
  /** Since the start, as all below. */
  readonly accepted: number
  readonly refused: number
  readonly bytesIn: number
  readonly bytesOut: number
}

/** Messages of one protocol since the start. */
export interface MessageCount {
  /** "smtp", "submission", "gateway" … */
  readonly protocol: string
  readonly accepted: number
  /** Refused for good. */
  readonly rejected: number
  /** Refused for now. */
  readonly deferred: number
  /** Given up by the client. */
  readonly aborted: number
  /** Mailboxes the accepted ones were put into. */
  readonly delivered: number
  /** From a message's beginning to its acceptance. */
  readonly acceptedMs: Histogram
  /** Those rejected and deferred, by the reply: "550 5.1.1". */
  readonly refusals: Tally
}

export interface ServerPorts {
  /** The server's name on the network. */
  readonly name: string
  readonly version: string
  /** Milliseconds since 1970. */
  readonly since: number
  /** The data folder, absolute. */
  readonly folder: string
  /** The file of the access log, absolute. */
  readonly accessLog: () => string
  readonly listeners: readonly OpenPort[]
  readonly messages: () => readonly MessageCount[]
  /** undefined in a stand-alone forwarder. */
  readonly queue?: QueueState | undefined
  /** From asking the store to write until it is on disk. */
  readonly commitMs: Histogram
  /** How late the event loop is. */
  readonly loopMs: Histogram
  /** Whether every listener accepts. */
  readonly ready: () => boolean
}

/** What is owed to other servers, in numbers. */
export interface QueueState {
  numbers(): Promise<QueueNumbers>
  readonly tallies: Pick<QueueTallies, 'delivered' | 'failed' | 'deferred'>
}

/** One setting: what is in force, and what the files say. */
export interface SettingState {
  /** "smtp.errors_max" */
  readonly key: string
  readonly value: unknown
  /** On disk now, in force or not. */
  readonly stored: unknown
  /** "set": by command. */
  readonly from: 'default' | 'file' | 'set'
  /** A change needs no restart. */
  readonly live: boolean
  /** What it takes for the stored value to be in force. */
  readonly pending: '' | 'reload' | 'restart'
  /** The settings file's value, where the one that was set is another. */
  readonly hides: unknown
}

/** The settings of a running server. All of it throws Refused, and has changed nothing then. */
export interface SettingsPort {
  list(): readonly SettingState[]
  get(key: string): SettingState
  /** `text` as a person typed it. */
  set(key: string, text: string): SettingState
  unset(key: string): SettingState
  /** Reads the files anew; what changed, or waits for a restart. */
  reload(): readonly SettingState[]
}

/** A key that a domain signs with. */
export interface KeyState {
  readonly selector: string
  readonly algorithm: string
  readonly state: 'waiting' | 'active' | 'retired'
  /** Milliseconds since 1970. */
  readonly madeAt: number
  /** The name of its record, and what it says. */
  readonly name: string
  readonly record: string
  readonly published: 'yes' | 'no' | 'other' | 'unknown'
}

/** The keys of our domains. */
export interface KeysPort {
  show(domain: string): Promise<readonly KeyState[]>
  rotate(domain: string): Promise<readonly KeyState[]>
  /** `unseen`: whether or not the world can find them yet. @throws Refused */
  use(domain: string, unseen: boolean): Promise<readonly KeyState[]>
}

/** Reports on days of mail: RFC 7489 §7.2, RFC 8460. */
export interface ReportsPort {
  /** Of others about our domains, newest first; "" for all domains. */
  list(domain: string, limit: number): Promise<readonly object[]>
  /** @throws Refused 'not-found' */
  show(id: string): Promise<object>
  /** What we sent, newest first. */
  sent(limit: number): Promise<readonly object[]>
  /** Sends what is due; how many. */
  send(): Promise<number>
}

/** The rooms of a server that keeps mail. */
export interface KeptPorts {
  readonly accounts: Accounts
  readonly mailboxes: Mailboxes
  readonly messages: Messages
  readonly traces: Traces
  readonly keys: KeysPort
  readonly reports: ReportsPort
  readonly quarantine: Quarantine
  /** Verdicts on a message, by the id of its trace, judged anew with another threshold. */
  readonly verdicts: (message: string, threshold?: number) => Promise<readonly VerdictAgain[]>
  readonly queueBook: QueueBook
  readonly scripts: Scripts
  readonly rules: RuleBook
  /** Domains the settings name: they come back with every start. */
  readonly fixedDomains: readonly string[]
}
