// A small HTTP/1.1 server: finds the route, holds every limit, closes gracefully. Knows no closet.
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { neighbourhood } from '../base/networks.ts'
import { standBefore } from './acme/challenge-door.ts'
import type { Challenges } from './acme/challenges.ts'
import { errorAnswer, refusalAnswer, sendAnswer } from './http-answer.ts'
import { compressed } from './http-compress.ts'
import { IncomingRequest } from './http-request.ts'
import { RouteTable } from './http-routes.ts'
import { HttpTraffic } from './http-traffic.ts'
import type { HttpAnswer, HttpLimits, HttpServer, Route } from './http-types.ts'
import type { CertifiedKey } from './tls.ts'
import { acceptance, asksForWebSocket, closes, ServerSocket } from './web-socket.ts'

export type HttpOptions = {
  readonly routes: readonly Route[]
  readonly limits: HttpLimits
  readonly log: Log
  /** Without it the server speaks in clear. */
  readonly tls?: CertifiedKey
  /** What an authority may come for, over TLS. */
  readonly challenges?: Challenges
} & (
  | { readonly host: string; readonly port: number }
  /** A Unix socket, which only the owner of the process may open. */
  | { readonly path: string }
)

/**
 * Listens. Port 0 takes any free one.
 * Rejects with the system's error (EADDRINUSE, EACCES) when it cannot.
 */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const door = new Door(options)
  const { server } = door
  if ('path' in options) await removeStale(options.path)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    if ('path' in options) server.listen(options.path, resolve)
    else {
      const { host, port } = options
      // An IPv6 wildcard leaves the port's IPv4 side to a listener of its own.
      server.listen({ host, port, ipv6Only: host.includes(':') }, resolve)
    }
  })
  server.on('error', (error) => options.log.error('http failed', { error }))
  const close = (graceMs: number) => door.close(graceMs)
  const counters = door.traffic
  const renew = (pair: CertifiedKey) => {
    if (server instanceof TlsServer) server.setSecureContext({ ...pair, minVersion: 'TLSv1.2' })
  }
  if ('path' in options) {
    chmodSync(options.path, 0o600)
    return { address: options.path, port: 0, counters, renew, close }
  }
  const { address, port } = server.address() as AddressInfo
  return { address, port, counters, renew, close }
}

/** A socket's file that a killed process left behind; one that answers is not ours to take. */
async function removeStale(path: string): Promise<void> {
  const answers = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true))
    probe.once('error', () => resolve(false))
    probe.once('connect', () => probe.destroy())
  })
  if (!answers) rmSync(path, { force: true })
}

/** What one connection has in work. */
interface Line {
  readonly requests: Set<ServerResponse>
}

class Door {
  readonly server: Server
  readonly #limits: HttpLimits
  readonly #log: Log
  readonly #routes: RouteTable
  readonly #ids = new Ids()
  readonly #lines = new Map<Duplex, Line>()
  readonly #perClient = new Map<string, number>()
  readonly #streaming = new Set<IncomingRequest>()
  readonly #working = new Set<IncomingRequest>()
  readonly traffic = new HttpTraffic()
  #stopping = false

  constructor(options: HttpOptions) {
    const { limits, tls } = options
    this.#limits = limits
    this.#log = options.log
    this.#routes = new RouteTable(options.routes)
    const own = {
      headersTimeout: limits.headerTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.idleTimeoutMs,
      connectionsCheckingInterval: Math.min(1000, limits.headerTimeoutMs),
      maxHeaderSize: limits.headerMaxBytes,
      // RFC 9110 §7.8: a wish for any other protocol is passed over.
      shouldUpgradeCallback: ({ headers }: IncomingMessage) => asksForWebSocket(headers),
    }
    this.server = tls
      ? createTlsServer({
          minVersion: 'TLSv1.2',
          handshakeTimeout: limits.headerTimeoutMs,
          ...tls,
          ...own,
        })
      : createServer(own)
    this.server.on('connection', (socket: Socket) => this.#count(socket, tls !== undefined))
    this.server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => this.#open(socket))
    this.server.on('request', (_, response) => void this.#serve(response, false))
    this.server.on('checkContinue', (_, response) => void this.#serve(response, true))
    this.server.on('upgrade', (incoming, socket, head) => {
      void this.#upgrade(incoming, socket as Socket, head)
    })
    this.server.on('clientError', (error, socket) => this.#refuseBytes(error, socket))
    if (tls && options.challenges) standBefore(this.server, options.challenges)
  }

  /** Counts a connection, or turns it away. */
  #count(socket: Socket, secure: boolean): void {
    const client = neighbourhood(socket.remoteAddress ?? '')
    const already = this.#perClient.get(client) ?? 0
    const { connectionsMax, connectionsPerClientMax } = this.#limits
    const crowded = client !== '' && already >= connectionsPerClientMax
    if (crowded || this.traffic.connections >= connectionsMax) {
      this.traffic.refuse()
      this.#log.warn('http connection turned away', { client })
      socket.on('error', () => {})
      if (secure) socket.destroy()
      else socket.end(rawAnswer(503, 'busy'), () => socket.destroy())
      return
    }
    this.traffic.open(socket)
    this.#perClient.set(client, already + 1)
    socket.once('close', () => {
      this.traffic.close(socket)
      const left = (this.#perClient.get(client) ?? 1) - 1
      if (left > 0) this.#perClient.set(client, left)
      else this.#perClient.delete(client)
    })
  }

  #open(socket: Socket): void {
    if (socket.destroyed || socket.writableEnded) return
    this.#lines.set(socket, { requests: new Set() })
    socket.once('close', () => this.#lines.delete(socket))
  }

  async #serve(response: ServerResponse, expectsContinue: boolean): Promise<void> {
    const { socket } = response.req
    const line = this.#lines.get(socket)
    // A connection that was turned away may still bring a request.
    if (line === undefined) return
    line.requests.add(response)
    if (line.requests.size > this.#limits.pipelineMax) return void socket.destroy()
    const began = performance.now()
    const { answer: made, request } = await this.#answer(response, expectsContinue)
    const answer = request ? await compressed(made, request).catch(() => made) : made
    await this.#send(response, answer, request)
    if (request !== undefined) this.#working.delete(request)
    line.requests.delete(response)
    if (this.#stopping && line.requests.size === 0) socket.end()
    const ms = performance.now() - began
    this.traffic.answered(answer, ms)
    this.#log.debug('http request', {
      client: request?.client,
      method: response.req.method,
      path: request?.path,
      status: answer.status,
      ms,
    })
  }

  /** A client that asks for a WebSocket gets it of the route, or the route's plain answer. */
  async #upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const line = this.#lines.get(socket)
    if (line === undefined) return
    const response = new ServerResponse(incoming)
    response.assignSocket(socket)
    response.shouldKeepAlive = false
    socket.on('error', () => {})
    line.requests.add(response)
    const { answer, request } = await this.#answer(response, false)
    if (answer.webSocket && request && !this.#stopping && socket.writable) {
      response.detachSocket(socket)
      await this.#talk(answer.webSocket, request, { socket, head })
    } else {
      await this.#send(response, answer, request)
      socket.end()
    }
    if (request !== undefined) this.#working.delete(request)
    this.traffic.answered(answer, 0)
  }

  async #talk(
    offer: NonNullable<HttpAnswer['webSocket']>,
    request: IncomingRequest,
    { socket, head }: { readonly socket: Socket; readonly head: Buffer },
  ): Promise<void> {
    const { signal } = request
    this.#streaming.add(request)
    socket.once('close', () => request.stop())
    socket.setTimeout(0)
    socket.setNoDelay(true)
    socket.write(acceptance(request.headers, offer.protocol))
    const talk = new ServerSocket(socket, head, offer.limits)
    signal.addEventListener('abort', () => talk.close(closes.away), { once: true })
    try {
      await offer.run(talk)
      talk.close(closes.normal)
    } catch (error) {
      const id = this.#ids.next()
      this.#log.error('web socket failed', { id, path: request.path, error })
      talk.close(closes.failed, id)
    }
    this.#streaming.delete(request)
  }

  /** Runs the route. Whatever goes wrong becomes an answer. */
  async #answer(
    response: ServerResponse,
    expectsContinue: boolean,
  ): Promise<{ answer: HttpAnswer; request?: IncomingRequest }> {
    let request: IncomingRequest | undefined
    try {
      request = new IncomingRequest(response, this.#limits, expectsContinue)
      this.#working.add(request)
      return { answer: await this.#routes.run(request), request }
    } catch (error) {
      const refusal = refusalAnswer(error)
      const id = refusal ? undefined : this.#ids.next()
      if (id !== undefined) this.#log.error('http request failed', { id, error })
      else this.#log.debug('http request refused', { path: request?.path, error })
      const answer = refusal ?? errorAnswer(500, 'failed', id)
      return request === undefined ? { answer } : { answer, request }
    }
  }

  async #send(
    response: ServerResponse,
    answer: HttpAnswer,
    request: IncomingRequest | undefined,
  ): Promise<void> {
    const streams = typeof answer.body === 'object' && Symbol.asyncIterator in answer.body
    if (this.#stopping || request?.owesContinue) response.shouldKeepAlive = false
    if (streams && request !== undefined) {
      this.#streaming.add(request)
      if (this.#stopping) request.stop()
    }
    try {
      const all = await sendAnswer(response, answer, this.#limits.drainTimeoutMs)
      if (!all) this.#log.debug('http answer cut', { path: request?.path })
    } catch (error) {
      this.#log.error('http answer failed', { path: request?.path, error })
      response.destroy()
    }
    if (request !== undefined) this.#streaming.delete(request)
  }

  /** Bytes that are no request, or came too late. */
  #refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
    const inWork = [...(this.#lines.get(socket)?.requests ?? [])]
    // An answer in the midst of another would be read as part of it.
    const silent = inWork.length > 1 || inWork.some((response) => response.headersSent)
    if (error.code === 'ECONNRESET' || !socket.writable || silent) return void socket.destroy()
    const [status, word] = byteErrors[error.code ?? ''] ?? [400, 'bad-request']
    this.#log.debug('http bytes refused', { status, error: error.message })
    socket.end(rawAnswer(status, word), () => socket.destroy())
  }

  async close(graceMs: number): Promise<void> {
    this.#stopping = true
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    for (const request of this.#streaming) request.stop()
    for (const [socket, line] of this.#lines) if (line.requests.size === 0) socket.destroy()
    const grace = setTimeout(() => {
      for (const request of this.#working) request.stop()
      this.traffic.destroy()
    }, graceMs)
    await closed
    clearTimeout(grace)
  }
}

const byteErrors: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'header-too-big'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'too-big'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'too-slow'],
}

function rawAnswer(status: number, word: string): string {
  const body = `{"error":"${word}"}\n`
  const head = [
    `HTTP/1.1 ${status} ${word}`,
    'content-type: application/json; charset=utf-8',
    'x-content-type-options: nosniff',
    'referrer-policy: no-referrer',
    `content-length: ${body.length}`,
    'connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
