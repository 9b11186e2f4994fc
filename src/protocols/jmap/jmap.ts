// JMAP over HTTP (RFC 8620): the session, the API, uploads, downloads and events as routes.
import { errorAnswer } from '../../wire/http-answer.ts'
import type { HttpAnswer, HttpRequest, Route } from '../../wire/http-types.ts'
import { ActivityLog } from './activity/activity-log.ts'
import { Bulks } from './activity/bulks.ts'
import { Snoozes } from './activity/snoozes.ts'
import type { Rooms } from './call.ts'
import { Attachments } from './email/attachments.ts'
import { JmapHttp } from './jmap-http.ts'
import { loginRoutes } from './login.ts'
import { passkeyRoutes } from './passkey-routes.ts'
import type { Asker, JmapPorts } from './ports.ts'
import { Pusher } from './push/pusher.ts'
import { Notices } from './sharing/notices.ts'
import { Submissions } from './submission/submissions.ts'
import { Views } from './views.ts'
import { askerOf } from './who.ts'

export interface Jmap {
  readonly routes: readonly Route[]
  /** The account that asks; undefined is nobody. @throws Refused as a login does */
  accountOf(request: HttpRequest): Promise<string | undefined>
  /** Before the rooms behind close. */
  close(): Promise<void>
}

export function openJmap(ports: JmapPorts): Jmap {
  const activity = new ActivityLog(ports)
  const work = {
    submissions: new Submissions(ports),
    pusher: new Pusher(ports),
    notices: new Notices(ports),
    bulks: new Bulks(ports, activity),
    snoozes: new Snoozes(ports, activity),
  }
  for (const each of Object.values(work)) each.start()
  const routes = routesOf({
    ...{ ...ports, ...work, activity },
    views: new Views(ports),
    attachments: new Attachments(ports.messages),
  })
  const close = async () => {
    await Promise.all(Object.values(work).map((each) => each.close()))
  }
  const accountOf = async (request: HttpRequest) => (await askerOf(request, ports))?.login.account
  return { routes, accountOf, close }
}

function routesOf(rooms: Rooms): readonly Route[] {
  const jmap = new JmapHttp(rooms)
  const own = (
    method: 'GET' | 'POST',
    path: string,
    run: (request: HttpRequest, asker: Asker) => HttpAnswer | Promise<HttpAnswer>,
  ): Route => ({
    ...{ method, path },
    run: async (request) => {
      const asker = await askerOf(request, rooms)
      return asker ? run(request, asker) : nobody(request)
    },
  })
  return [
    ...loginRoutes(rooms),
    ...passkeyRoutes(rooms),
    own('GET', '/.well-known/jmap', (request, asker) => jmap.session(request, asker)),
    own('GET', '/jmap/session', (request, asker) => jmap.session(request, asker)),
    own('POST', '/jmap/api', (request, asker) => jmap.api(request, asker)),
    own('POST', '/jmap/upload/*', (request, asker) => jmap.upload(request, asker)),
    own('GET', '/jmap/download/*', (request, asker) => jmap.download(request, asker)),
    own('GET', '/jmap/events', (request, asker) => jmap.events(request, asker)),
    own('GET', '/jmap/ws', (request, asker) => jmap.socket(request, asker)),
  ]
}

/** A browser that is asked for a password by its server shows a window of its own: not to ours. */
function nobody(request: HttpRequest): HttpAnswer {
  const page = request.headers['sec-fetch-site'] !== undefined
  const answer = errorAnswer(401, 'needs-login')
  const challenge = page ? 'Bearer' : 'Basic realm="Amplop", charset="UTF-8"'
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': challenge } }
}
