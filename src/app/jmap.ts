// What JMAP is given of the house.
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { Networks } from '../base/networks.ts'
import type { Administration } from '../protocols/jmap/administration/port.ts'
import { type Jmap, openJmap } from '../protocols/jmap/jmap.ts'
import type { LiveSettings } from './config/live.ts'
import { pushPost } from './push-post.ts'
import type { Rooms } from './rooms.ts'

export interface JmapOf {
  readonly admin: Administration
  readonly live: LiveSettings
  readonly rooms: Rooms
  readonly ids: Ids
  readonly log: Log
}

export function jmapOf({ live, rooms, ids, log, admin }: JmapOf): Jmap {
  const { accounts, mailboxes, messages, emails, search, delivery, traces, spamReasons } = rooms
  const { undelete, rules, scripts } = rooms
  const { server, http } = live.current
  const push = live.derive((settings) => ({ allowed: new Networks(settings.http.push_networks) }))
  return openJmap({
    admin,
    undelete,
    ...{ rules, scripts },
    post: pushPost(rooms.dns, () => push.allowed),
    ...{ accounts, mailboxes, messages, emails, search, delivery, traces, spamReasons, ids, log },
    hosts: [server.name, ...http.names],
    serverName: server.name,
    now: Date.now,
  })
}
