// What JMAP is handed of the house, and who asks it.
import type { Accounts } from '../../accounts/accounts.ts'
import type { Login } from '../../accounts/logins.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { RuleBook } from '../../delivery/rules/rule-book.ts'
import type { Scripts } from '../../delivery/scripts.ts'
import type { SpamReasons } from '../../delivery/spam/verdicts.ts'
import type { Traces } from '../../delivery/traces.ts'
import type { Delivery } from '../../delivery/types.ts'
import type { Emails } from '../../mailbox/emails.ts'
import type { Mailboxes } from '../../mailbox/mailboxes.ts'
import type { Messages } from '../../mailbox/messages.ts'
import type { Search } from '../../mailbox/search/search.ts'
import type { Undelete } from '../../mailbox/undelete.ts'
import type { Administration } from './administration/port.ts'

export interface JmapPorts {
  /** What administrators may do; none where nobody administers. */
  readonly admin?: Administration

  readonly accounts: Accounts
  readonly mailboxes: Mailboxes
  readonly messages: Messages
  readonly emails: Emails
  readonly search: Search
  readonly undelete: Pick<Undelete, 'restore'>
  readonly delivery: Delivery
  readonly traces: Pick<Traces, 'get'>
  readonly scripts: Scripts
  readonly rules: Pick<RuleBook, 'rules' | 'run'>
  /** Why a message of this trace is where it is in an account. */
  readonly spamReasons: (account: string, trace: string) => Promise<SpamReasons | undefined>
  readonly post: PushPost
  readonly log: Log
  readonly ids: Ids
  /** The name in Message-IDs. */
  readonly serverName: string
  /** Names, in lower case, under which browsers may reach us, beside addresses and "localhost". */
  readonly hosts: readonly string[]
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Takes messages to push services, and to nobody inside. */
export interface PushPost {
  /** Whether any could go there. */
  may(url: string): boolean
  /** Rejects where nobody answers. */
  send(message: {
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: Buffer
  }): Promise<{ readonly status: number; readonly retryAfterMs: number }>
}

/** From a browser's session only: a password that a program keeps administers nothing. */
export function mayAdminister({ login, session }: Asker): boolean {
  return login.admin === true && session !== ''
}

export interface Asker {
  readonly login: Login
  /** The browser's session, or "". */
  readonly session: string
  /** By what it was proved who asks. */
  readonly way: 'session' | 'password' | 'bearer'
  readonly client: string
  readonly secure: boolean
}
