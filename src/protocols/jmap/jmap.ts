// JMAP over HTTP (RFC 8620): the session, the API, uploads, downloads and events as routes.
import { errorAnswer, json } from '../../wire/http-answer.ts'
import type { HttpAnswer, HttpRequest, Route } from '../../wire/http-types.ts'
import { Api, readRequest } from './api.ts'
import { blobIdOfUpload } from './blob-ids.ts'
import { findBlob } from './blobs.ts'
import type { Rooms } from './call.ts'
import { downloadAnswer } from './download.ts'
import { Attachments } from './email/attachments.ts'
import { problem } from './errors.ts'
import { events, eventsWish } from './events.ts'
import { limits } from './limits.ts'
import { loginRoutes } from './login.ts'
import { methods } from './method-list.ts'
import type { Asker, JmapPorts } from './ports.ts'
import { sessionOf, spoken } from './session.ts'
import { Submissions } from './submission/submissions.ts'
import { Views } from './views.ts'
import { askerOf, isForeign } from './who.ts'

export interface Jmap {
  readonly routes: readonly Route[]
  /** Before the rooms behind close. */
  close(): Promise<void>
}

export function openJmap(ports: JmapPorts): Jmap {
  const submissions = new Submissions(ports)
  submissions.start()
  return { routes: routesOf(ports, submissions), close: () => submissions.close() }
}

function routesOf(ports: JmapPorts, submissions: Submissions): readonly Route[] {
  const rooms: Rooms = {
    ...{ ...ports, submissions },
    views: new Views(ports),
    attachments: new Attachments(ports.messages),
  }
  const jmap = new JmapHttp(rooms)
  const own =
    (run: (request: HttpRequest, asker: Asker) => HttpAnswer | Promise<HttpAnswer>) =>
    async (request: HttpRequest): Promise<HttpAnswer> => {
      const asker = await askerOf(request, ports)
      return asker ? run(request, asker) : nobody(request)
    }
  const session = own((request, asker) => jmap.session(request, asker))
  return [
    ...loginRoutes(ports),
    { method: 'GET', path: '/.well-known/jmap', run: session },
    { method: 'GET', path: '/jmap/session', run: session },
    { method: 'POST', path: '/jmap/api', run: own((request, asker) => jmap.api(request, asker)) },
    {
      method: 'POST',
      path: '/jmap/upload/*',
      run: own((request, asker) => jmap.upload(request, asker)),
    },
    {
      method: 'GET',
      path: '/jmap/download/*',
      run: own((request, asker) => jmap.download(request, asker)),
    },
    {
      method: 'GET',
      path: '/jmap/events',
      run: own((request, asker) => jmap.events(request, asker)),
    },
  ]
}

/** A browser that is asked for a password by its server shows a window of its own: not to ours. */
function nobody(request: HttpRequest): HttpAnswer {
  const page = request.headers['sec-fetch-site'] !== undefined
  const answer = errorAnswer(401, 'needs-login')
  const challenge = page ? 'Bearer' : 'Basic realm="Amplop", charset="UTF-8"'
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': challenge } }
}

class JmapHttp {
  readonly #rooms: Rooms
  readonly #api: Api
  /** Requests and uploads that are at work, by account. */
  readonly #busy = { requests: new Map<string, number>(), uploads: new Map<string, number>() }

  constructor(rooms: Rooms) {
    this.#rooms = rooms
    this.#api = new Api(rooms, methods)
  }

  session(request: HttpRequest, asker: Asker): HttpAnswer {
    const answer = json(200, sessionOf(asker, baseOf(request), ''))
    return { ...answer, headers: { ...answer.headers, 'cache-control': 'no-cache, no-store' } }
  }

  async api(request: HttpRequest, asker: Asker): Promise<HttpAnswer> {
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
      return problem(400, 'notJSON', { detail: 'not application/json' })
    const declared = Number(request.headers['content-length'] ?? 0)
    if (declared > limits.maxSizeRequest) return problem(400, 'limit', { limit: 'maxSizeRequest' })
    const release = take(this.#busy.requests, asker.login.account, limits.maxConcurrentRequests)
    if (!release) return problem(429, 'limit', { limit: 'maxConcurrentRequests' })
    try {
      const value = parsed(await request.body(limits.maxSizeRequest))
      if (value === undefined) return problem(400, 'notJSON')
      const wanted = readRequest(value, spoken())
      if ('type' in wanted) {
        const { type, ...more } = wanted
        return problem(400, type, more)
      }
      const { state } = sessionOf(asker, baseOf(request), '') as { readonly state: string }
      return json(200, await this.#api.run(wanted, asker, state))
    } finally {
      release()
    }
  }

  /** RFC 8620 §6.1 */
  async upload(request: HttpRequest, asker: Asker): Promise<HttpAnswer> {
    const { account } = asker.login
    const said = request.path.slice('/jmap/upload/'.length).replace(/\/$/, '')
    if (said !== account) return problem(404, '', { detail: 'no such account' })
    const declared = Number(request.headers['content-length'] ?? 0)
    if (declared > limits.maxSizeUpload) return problem(413, 'limit', { limit: 'maxSizeUpload' })
    const release = take(this.#busy.uploads, account, limits.maxConcurrentUpload)
    if (!release) return problem(429, 'limit', { limit: 'maxConcurrentUpload' })
    try {
      const bytes = await request.body(limits.maxSizeUpload)
      const type = String(request.headers['content-type'] ?? '').slice(0, 200)
      const kept = type === '' ? 'application/octet-stream' : type
      const { id } = await this.#rooms.emails.upload(account, kept, [bytes])
      const blobId = blobIdOfUpload(id)
      return json(201, { accountId: account, blobId, type: kept, size: bytes.length })
    } finally {
      release()
    }
  }

  /** RFC 8620 §6.2: "/jmap/download/{accountId}/{blobId}/{name}?type={type}" */
  async download(request: HttpRequest, asker: Asker): Promise<HttpAnswer> {
    const rest = request.path.slice('/jmap/download/'.length).split('/')
    const [account = '', blobId = '', ...name] = rest
    const mine = account === asker.login.account
    const found = mine ? await findBlob(this.#rooms, account, blobId) : undefined
    if (!found) return problem(404, '', { detail: 'no such blob' })
    const type = request.query.get('type') || found.type
    return downloadAnswer(await found.whole(), type, name.join('/'))
  }

  events(request: HttpRequest, asker: Asker): HttpAnswer {
    const last = request.headers['last-event-id']
    const wish = eventsWish(request.query, typeof last === 'string' ? last : undefined)
    if (!wish || isForeign(request, this.#rooms.hosts)) return errorAnswer(400, 'bad-value')
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
      body: events(this.#rooms, asker, wish, request.signal),
    }
  }
}

/** Counts one more at work; undefined where there are enough. */
function take(counts: Map<string, number>, key: string, max: number): (() => void) | undefined {
  const now = counts.get(key) ?? 0
  if (now >= max) return undefined
  counts.set(key, now + 1)
  return () => {
    const left = (counts.get(key) ?? 1) - 1
    if (left > 0) counts.set(key, left)
    else counts.delete(key)
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown
  } catch {
    return undefined
  }
}

/** As the client reached us, or a proxy before us says it did. */
function baseOf({ secure, headers }: HttpRequest): string {
  const { host = 'localhost' } = headers
  const forwarded = headers['x-forwarded-proto']
  const scheme = secure || forwarded === 'https' ? 'https' : 'http'
  return `${scheme}://${/^[\w.:[\]-]{1,260}$/.test(host) ? host : 'localhost'}`
}
