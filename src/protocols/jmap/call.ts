// One method call: whose it is, what it was given, and what earlier calls made.
import type { Accounts } from '../../accounts/accounts.ts'
import type { Login } from '../../accounts/logins.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { Delivery } from '../../delivery/types.ts'
import type { Emails } from '../../mailbox/emails.ts'
import type { Mailboxes } from '../../mailbox/mailboxes.ts'
import type { Messages } from '../../mailbox/messages.ts'
import type { Search } from '../../mailbox/search/search.ts'
import type { Args } from './args.ts'
import type { Attachments } from './email/attachments.ts'
import { MethodError, SetFailure } from './errors.ts'
import type { Views } from './view.ts'

export interface JmapPorts {
  readonly accounts: Accounts
  readonly mailboxes: Mailboxes
  readonly messages: Messages
  readonly emails: Emails
  readonly search: Search
  readonly delivery: Delivery
  readonly log: Log
  readonly ids: Ids
  /** The name in Message-IDs. */
  readonly serverName: string
  /** Names, in lower case, under which browsers may reach us, beside addresses and "localhost". */
  readonly hosts: readonly string[]
  /** Between the signs of life on an idle stream. */
  readonly beatMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface Asker {
  readonly login: Login
  /** The browser's session, or "". */
  readonly session: string
  readonly client: string
  readonly secure: boolean
}

export interface Rooms extends JmapPorts {
  readonly views: Views
  readonly attachments: Attachments
}

export class Call {
  readonly rooms: Rooms
  readonly asker: Asker
  /** Ids of what was made in this request, by creation id (RFC 8620 §5.3). */
  readonly created: Map<string, string>

  constructor(rooms: Rooms, asker: Asker, created: Map<string, string>) {
    this.rooms = rooms
    this.asker = asker
    this.created = created
  }

  /** The account that is asked about. @throws MethodError */
  account(args: Args): string {
    return this.accountNamed(args.string('accountId'))
  }

  /** @throws MethodError 'accountNotFound' */
  accountNamed(id: string): string {
    if (id !== this.asker.login.account) throw new MethodError('accountNotFound')
    return id
  }

  /** An id, or what "#creation" was made as; undefined where that was not made. */
  resolved(id: string): string | undefined {
    return id.startsWith('#') ? this.created.get(id.slice(1)) : id
  }

  /** @throws SetFailure */
  mustResolve(id: string, property: string): string {
    const found = this.resolved(id)
    if (found !== undefined) return found
    throw new SetFailure('invalidProperties', `nothing was made as ${id.slice(0, 100)}`, {
      properties: [property],
    })
  }
}

export type Answer = readonly [name: string, response: object]

export interface Method {
  readonly name: string
  readonly capability: string
  /** The response, or several, the first of them under this method's name. */
  run(args: Args, call: Call): Promise<object | readonly Answer[]>
}
