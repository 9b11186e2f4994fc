// What each of JMAP's addresses does for somebody who has logged in, and how much of it at once.
import { Cache } from '../../base/cache.ts'
import { errorAnswer, json } from '../../wire/http-answer.ts'
import type { HttpAnswer, HttpRequest } from '../../wire/http-types.ts'
import { closes, type WebSocketTalk } from '../../wire/web-socket.ts'
import { Api, readRequest } from './api.ts'
import { blobIdOfUpload } from './blob-ids.ts'
import { findBlob } from './blobs.ts'
import { Busy } from './busy.ts'
import type { Rooms } from './call.ts'
import { downloadAnswer } from './download.ts'
import { problem, problemObject } from './errors.ts'
import { events, eventsWish } from './events.ts'
import { limits } from './limits.ts'
import { methods } from './method-list.ts'
import { type Asker, mayAdminister } from './ports.ts'
import { type Session, sessionOf, spoken } from './session.ts'
import { Access, accessesIn } from './sharing/access.ts'
import { SocketTalk, socketLimits, type TalkPorts } from './socket-talk.ts'
import { askerOf, isForeign } from './who.ts'

/** Of one account: pages and devices that are open. */
const socketsMax = 32
const sharedForMs = 1_000

type Done = { readonly response: object } | { readonly problem: Parameters<typeof problemObject> }

export class JmapHttp {
  readonly #rooms: Rooms
  readonly #api: Api
  readonly #requests = new Busy(limits.maxConcurrentRequests)
  readonly #uploads = new Busy(limits.maxConcurrentUpload)
  readonly #sockets = new Busy(socketsMax)
  readonly #shared = new Cache<{ readonly accesses: readonly Access[]; readonly until: number }>(
    10_000,
  )

  constructor(rooms: Rooms) {
    this.#rooms = rooms
    this.#api = new Api(rooms, methods)
  }

  async session(request: HttpRequest, asker: Asker): Promise<HttpAnswer> {
    this.#shared.forget(asker.login.address)
    const answer = json(200, await this.#sessionOf(asker, baseOf(request)))
    return { ...answer, headers: { ...answer.headers, 'cache-control': 'no-cache, no-store' } }
  }

  async api(request: HttpRequest, asker: Asker): Promise<HttpAnswer> {
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
      return problem(400, 'notJSON', { detail: 'not application/json' })
    const declared = Number(request.headers['content-length'] ?? 0)
    if (declared > limits.maxSizeRequest) return problem(400, 'limit', { limit: 'maxSizeRequest' })
    const done = await this.#atWork(asker, async () => {
      const value = parsed(await request.body(limits.maxSizeRequest))
      return this.#run(value, asker, baseOf(request))
    })
    if ('problem' in done) return problem(...done.problem)
    // Nobody but a page of ours, or a client, can ask: the body is JSON, and Origin is looked at.
    return { ...json(200, done.response), compressible: true }
  }

  /** RFC 8887 §3 */
  socket(request: HttpRequest, asker: Asker): HttpAnswer {
    const said = String(request.headers['sec-websocket-protocol'] ?? '')
    const { status, headers, body = '' } = problem(426, '', { detail: 'a WebSocket, of jmap' })
    const answer = { status, headers: { ...headers, upgrade: 'websocket' }, body }
    if (!said.split(',').some((name) => name.trim() === 'jmap')) return answer
    const limit = { ...socketLimits, messageMaxBytes: limits.maxSizeRequest }
    const run = (talk: WebSocketTalk) => this.#talk(talk, request, asker)
    return { ...answer, webSocket: { protocol: 'jmap', limits: limit, run } }
  }

  async #talk(talk: WebSocketTalk, request: HttpRequest, asker: Asker): Promise<void> {
    const release = this.#sockets.take(asker.login.account)
    if (!release) return talk.close(closes.policy, 'too many connections')
    const around: TalkPorts = {
      ports: this.#rooms,
      asker: () => askerOf(request, this.#rooms),
      run: async (value, one) => {
        const done = await this.#atWork(one, () => this.#run(value, one, baseOf(request)))
        return 'problem' in done ? problemObject(...done.problem) : done.response
      },
    }
    try {
      await new SocketTalk(talk, around).lead()
    } finally {
      release()
    }
  }

  /** As one of so many at once. */
  async #atWork({ login }: Asker, work: () => Promise<Done>): Promise<Done> {
    const release = this.#requests.take(login.account)
    if (!release) return { problem: [429, 'limit', { limit: 'maxConcurrentRequests' }] }
    try {
      return await work()
    } finally {
      release()
    }
  }

  async #run(value: unknown, asker: Asker, base: string): Promise<Done> {
    if (value === undefined) return { problem: [400, 'notJSON'] }
    const wanted = readRequest(value, spoken(mayAdminister(asker)))
    if ('type' in wanted) {
      const { type, ...more } = wanted
      return { problem: [400, type, more] }
    }
    const { state } = await this.#sessionOf(asker, base)
    return { response: await this.#api.run(wanted, asker, state) }
  }

  async #sessionOf(asker: Asker, base: string): Promise<Session> {
    const { publicKey } = await this.#rooms.pusher.vapid()
    const { account, address } = asker.login
    const accesses = [Access.own(account), ...(await this.#sharedWith(address))]
    return sessionOf(asker, base, { pushKey: publicKey, accesses })
  }

  /** As it was a moment ago at most: each response names the state of the session. */
  async #sharedWith(address: string): Promise<readonly Access[]> {
    const { mailboxes, now } = this.#rooms
    const known = this.#shared.get(address)
    if (known && known.until > now()) return known.accesses
    const accesses = accessesIn(await mailboxes.sharing.list(address))
    const until = now() + sharedForMs
    this.#shared.set(address, { accesses, until }, this.#shared.epoch)
    return accesses
  }

  /** RFC 8620 §6.1 */
  async upload(request: HttpRequest, asker: Asker): Promise<HttpAnswer> {
    const { account } = asker.login
    const said = request.path.slice('/jmap/upload/'.length).replace(/\/$/, '')
    const access = await this.#accessTo(said, asker)
    if (!access || access.isReadOnly) return problem(404, '', { detail: 'no such account' })
    const declared = Number(request.headers['content-length'] ?? 0)
    if (declared > limits.maxSizeUpload) return problem(413, 'limit', { limit: 'maxSizeUpload' })
    const release = this.#uploads.take(account)
    if (!release) return problem(429, 'limit', { limit: 'maxConcurrentUpload' })
    try {
      const bytes = await request.body(limits.maxSizeUpload)
      const type = String(request.headers['content-type'] ?? '').slice(0, 200)
      const kept = type === '' ? 'application/octet-stream' : type
      const { id } = await this.#rooms.emails.upload(said, kept, [bytes])
      const blobId = blobIdOfUpload(id)
      return json(201, { accountId: said, blobId, type: kept, size: bytes.length })
    } finally {
      release()
    }
  }

  /** RFC 8620 §6.2: "/jmap/download/{accountId}/{blobId}/{name}?type={type}" */
  async download(request: HttpRequest, asker: Asker): Promise<HttpAnswer> {
    const rest = request.path.slice('/jmap/download/'.length).split('/')
    const [account = '', blobId = '', ...name] = rest
    const access = await this.#accessTo(account, asker)
    const found = access && (await findBlob(this.#rooms, access, blobId))
    if (!found) return problem(404, '', { detail: 'no such blob' })
    const type = request.query.get('type') || found.type
    return downloadAnswer(await found.whole(), type, name.join('/'))
  }

  async #accessTo(account: string, { login }: Asker): Promise<Access | undefined> {
    if (account === login.account) return Access.own(account)
    const shared = await this.#rooms.mailboxes.sharing.list(login.address)
    return accessesIn(shared).find((access) => access.account === account)
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
