// One request as a closet sees it: its target taken apart, its body read within limits.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { plainAddress } from '../base/networks.ts'
import { Refused } from '../base/refused.ts'
import { HttpFailure } from './http-answer.ts'
import type { HttpLimits, HttpRequest } from './http-types.ts'

/** @throws HttpFailure 414 for a long target, 400 for one that is no path. */
export function parseTarget(
  target: string,
  maxBytes: number,
): { readonly path: string; readonly query: URLSearchParams } {
  if (target.length > maxBytes) throw new HttpFailure(414, 'url-too-long')
  // RFC 9112 §3.2.2: a server takes the absolute form too.
  const authority = /^https?:\/\/[^/?]*/i.exec(target)?.[0] ?? ''
  const origin = target.slice(authority.length) || '/'
  const mark = origin.indexOf('?')
  const raw = mark < 0 ? origin : origin.slice(0, mark)
  if (!raw.startsWith('/')) throw new HttpFailure(400, 'bad-url')
  try {
    const query = new URLSearchParams(mark < 0 ? '' : origin.slice(mark + 1))
    return { path: raw.includes('%') ? decodeURIComponent(raw) : raw, query }
  } catch {
    throw new HttpFailure(400, 'bad-url')
  }
}

export class IncomingRequest implements HttpRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly client: string
  readonly secure: boolean
  readonly at: number
  readonly #incoming: IncomingMessage
  readonly #response: ServerResponse
  readonly #limits: HttpLimits
  #owesContinue: boolean
  #gone: AbortController | undefined

  /** @throws HttpFailure for a target that is no path. */
  constructor(response: ServerResponse, limits: HttpLimits, expectsContinue: boolean) {
    const incoming = response.req
    const { path, query } = parseTarget(incoming.url ?? '', limits.urlMaxBytes)
    this.method = incoming.method ?? ''
    this.path = path
    this.query = query
    this.headers = incoming.headers
    this.client = plainAddress(incoming.socket.remoteAddress ?? '')
    this.secure = (incoming.socket as TLSSocket).encrypted === true
    this.at = Date.now()
    this.#incoming = incoming
    this.#response = response
    this.#limits = limits
    this.#owesContinue = expectsContinue
  }

  /** The client awaits "100 Continue" and was told nothing: what follows cannot be told apart. */
  get owesContinue(): boolean {
    return this.#owesContinue
  }

  get signal(): AbortSignal {
    if (this.#gone === undefined) {
      const gone = new AbortController()
      this.#gone = gone
      if (this.#response.destroyed) gone.abort()
      else this.#response.once('close', () => gone.abort())
    }
    return this.#gone.signal
  }

  /** The server stops: whoever listens to the signal should end. */
  stop(): void {
    this.#gone?.abort()
  }

  body(limit: number): Promise<Buffer> {
    const most = Math.min(limit, this.#limits.bodyMaxBytes)
    const declared = Number(this.headers['content-length'] ?? 0)
    if (declared > most)
      return Promise.reject(new Refused('too-big', `${declared} bytes announced`))
    if (this.#owesContinue) {
      this.#owesContinue = false
      this.#response.writeContinue()
    }
    return this.#collect(most)
  }

  #collect(most: number): Promise<Buffer> {
    const incoming = this.#incoming
    const { bodyMinBytes, bodyWindowMs } = this.#limits
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let size = 0
      let sizeBefore = 0
      const leave = () => {
        clearInterval(watch)
        incoming.off('data', take).off('end', end).off('close', gone)
        // The rest of a refused body runs to waste, until the deadline of the whole request.
        incoming.resume()
      }
      const fail = (error: Error) => {
        leave()
        reject(error)
      }
      const take = (chunk: Buffer) => {
        size += chunk.length
        if (size > most) fail(new Refused('too-big', `more than ${most} bytes`))
        else chunks.push(chunk)
      }
      const end = () => {
        leave()
        resolve(Buffer.concat(chunks, size))
      }
      const gone = () => fail(new HttpFailure(400, 'client-gone'))
      const watch = setInterval(() => {
        if (size - sizeBefore < bodyMinBytes) fail(new HttpFailure(408, 'too-slow'))
        sizeBefore = size
      }, bodyWindowMs)
      incoming.on('data', take).once('end', end).once('close', gone)
    })
  }
}
