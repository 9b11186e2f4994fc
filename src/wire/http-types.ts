// What an HTTP closet offers (routes) and is given (requests). The server behind it is http.ts.
import type { IncomingHttpHeaders } from 'node:http'
import type { Tally } from '../base/tally.ts'
import type { CertifiedKey } from './tls.ts'
import type { WebSocketOffer } from './web-socket.ts'

export interface HttpRequest {
  readonly method: string
  /** Decoded path, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The client's address; IPv4 plain even on a dual-stack socket; "" on a Unix socket. */
  readonly client: string
  /** True over TLS. */
  readonly secure: boolean
  /** Milliseconds since 1970 when the request's headers were read. */
  readonly at: number
  /**
   * Aborts when the client has gone or the server stops: at once for an answer that streams, at
   * the end of the grace period for any other.
   */
  readonly signal: AbortSignal
  /**
   * The body, read once. Rejects with `Refused('too-big')` past `limit` bytes (or past the
   * server's own limit), and when it comes too slowly or the client goes.
   */
  body(limit: number): Promise<Buffer>
}

export interface HttpAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** An async iterable is streamed, at the pace of the client. */
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array>
  /** Of use to nobody who could choose a part of it: see http-compress.ts. */
  readonly compressible?: boolean
  /** Answers a client that asks for a WebSocket; others are answered with the rest. */
  readonly webSocket?: WebSocketOffer
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** "/health/live", or with a trailing "/*" everything below it. HEAD follows GET. */
  readonly path: string
  run(request: HttpRequest): HttpAnswer | Promise<HttpAnswer>
}

/** What one server takes and how long it waits. */
export interface HttpLimits {
  readonly connectionsMax: number
  /** For each IPv4 address or IPv6 /64. */
  readonly connectionsPerClientMax: number
  /** Requests of one connection that may wait for their answers. */
  readonly pipelineMax: number
  readonly urlMaxBytes: number
  readonly headerMaxBytes: number
  readonly bodyMaxBytes: number
  /** From the connection, or the first byte of a later request, to the last byte of its header. */
  readonly headerTimeoutMs: number
  /** To the last byte of the request. */
  readonly requestTimeoutMs: number
  /** A body must bring `bodyMinBytes` in every `bodyWindowMs`. */
  readonly bodyMinBytes: number
  readonly bodyWindowMs: number
  /** A reader must take 64 KiB, or what is left, in this time. */
  readonly drainTimeoutMs: number
  /** Between requests of one connection. */
  readonly idleTimeoutMs: number
}

export const httpLimits: HttpLimits = {
  connectionsMax: 2000,
  connectionsPerClientMax: 256,
  pipelineMax: 16,
  urlMaxBytes: 4096,
  headerMaxBytes: 16_384,
  bodyMaxBytes: 32 * 1024 * 1024,
  headerTimeoutMs: 10_000,
  requestTimeoutMs: 120_000,
  bodyMinBytes: 1024,
  bodyWindowMs: 10_000,
  drainTimeoutMs: 30_000,
  idleTimeoutMs: 15_000,
}

/** What a server counted since its start. */
export interface HttpCounters {
  /** Open now. */
  readonly connections: number
  readonly accepted: number
  /** Turned away, the limits being reached. */
  readonly refused: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** Each request's time from its header to the end of its answer; streams are not timed. */
  readonly tally: Tally
}

/** A server that listens. */
export interface HttpServer {
  readonly counters: HttpCounters
  /** The address or the Unix socket's path. */
  readonly address: string
  /** 0 on a Unix socket. */
  readonly port: number
  /** Shows this certificate to new connections; nothing where the server speaks in clear. */
  renew(pair: CertifiedKey): void
  /**
   * Stops listening, ends idle connections and streams at once, lets other answers finish for
   * `graceMs`, then cuts what is left. Resolves when no connection is open.
   */
  close(graceMs: number): Promise<void>
}
