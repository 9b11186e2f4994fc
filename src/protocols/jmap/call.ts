// One method call: whose it is, what it was given, and what earlier calls made.

import type { EmailObject } from '../../mailbox/email-objects.ts'
import type { SharedMailbox } from '../../mailbox/sharing.ts'
import type { ActivityLog } from './activity/activity-log.ts'
import type { Bulks } from './activity/bulks.ts'
import type { Snoozes } from './activity/snoozes.ts'
import type { Args } from './args.ts'
import type { Attachments } from './email/attachments.ts'
import { MethodError, SetFailure } from './errors.ts'
import { limits } from './limits.ts'
import { type Asker, type JmapPorts, mayAdminister } from './ports.ts'
import type { Pusher } from './push/pusher.ts'
import { accountObject } from './session.ts'
import { Access, accessesIn } from './sharing/access.ts'
import type { Submissions } from './submission/submissions.ts'
import type { Views } from './views.ts'

type BlobRef = EmailObject['blob']

export interface Rooms extends JmapPorts {
  readonly views: Views
  readonly attachments: Attachments
  readonly submissions: Submissions
  readonly activity: ActivityLog
  readonly bulks: Bulks
  readonly snoozes: Snoozes
  readonly pusher: Pusher
}

export class Call {
  readonly rooms: Rooms
  readonly asker: Asker
  /** Ids of what was made in this request, by creation id (RFC 8620 §5.3). */
  readonly created: Map<string, string>
  #shared: Promise<readonly SharedMailbox[]> | undefined

  constructor(rooms: Rooms, asker: Asker, created: Map<string, string>) {
    this.rooms = rooms
    this.asker = asker
    this.created = created
  }

  get mayAdminister(): boolean {
    return mayAdminister(this.asker)
  }

  /** How somebody is here. */
  get via(): 'browser' | 'client' {
    return this.asker.session === '' ? 'client' : 'browser'
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

  /** Mailboxes of others in which whoever asks has a right. */
  shared(): Promise<readonly SharedMailbox[]> {
    this.#shared ??= this.rooms.mailboxes.sharing.list(this.asker.login.address)
    return this.#shared
  }

  /** The account that is asked about, one's own or another's. @throws MethodError */
  access(args: Args): Promise<Access> {
    return this.accessTo(args.string('accountId'))
  }

  /** @throws MethodError, of that type */
  async accessTo(id: string, type = 'accountNotFound'): Promise<Access> {
    if (id === this.asker.login.account) return Access.own(id)
    const found = accessesIn(await this.shared()).find(({ account }) => account === id)
    if (!found) throw new MethodError(type)
    return found
  }

  /** From which account into which something is copied. @throws MethodError */
  async bothAccounts(args: Args): Promise<{ readonly from: Access; readonly to: Access }> {
    const to = await this.access(args)
    const from = await this.accessTo(args.string('fromAccountId'), 'fromAccountNotFound')
    if (from.account === to.account)
      throw new MethodError('invalidArguments', 'the accounts are the same', {
        arguments: ['fromAccountId'],
      })
    if (to.isReadOnly) throw new MethodError('accountReadOnly')
    return { from, to }
  }

  /** Accounts that whoever asks may use, as the session tells of them. */
  async accountObjects(ids: readonly string[]): Promise<Readonly<Record<string, object>>> {
    const own = Access.own(this.asker.login.account)
    const all = [own, ...accessesIn(await this.shared())]
    const found = all.filter(({ account }) => ids.includes(account))
    return Object.fromEntries(
      found.map((access) => [access.account, accountObject(this.asker, access)]),
    )
  }

  /** Bytes that are on disk. */
  async written(bytes: Buffer): Promise<BlobRef> {
    const letter = this.rooms.messages.letter(limits.maxSizeUpload)
    await letter.write(bytes)
    const { ref, synced } = await letter.seal()
    // They must be there before a row names them.
    await synced
    return ref
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
