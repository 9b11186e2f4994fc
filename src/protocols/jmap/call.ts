// One method call: whose it is, what it was given, and what earlier calls made.

import type { ActivityLog } from './activity/activity-log.ts'
import type { Bulks } from './activity/bulks.ts'
import type { Snoozes } from './activity/snoozes.ts'
import type { Args } from './args.ts'
import type { Attachments } from './email/attachments.ts'
import { MethodError, SetFailure } from './errors.ts'
import type { Asker, JmapPorts } from './ports.ts'
import type { Pusher } from './push/pusher.ts'
import type { Submissions } from './submission/submissions.ts'
import type { Views } from './views.ts'

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

  constructor(rooms: Rooms, asker: Asker, created: Map<string, string>) {
    this.rooms = rooms
    this.asker = asker
    this.created = created
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
