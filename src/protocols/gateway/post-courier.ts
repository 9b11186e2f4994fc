// Hands mail to a program as an HTTP POST of JSON, the gateway the other way round. Knows the
// request and what its answers mean; not which mail goes there, nor when to try again.
import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { pipeline } from 'node:stream/promises'
import { systemFailure } from '../../base/system-error.ts'
import { formatAddress } from '../../message/address.ts'
import type { Attempt, Consignment, Courier, Tried } from '../../queue/courier.ts'

export interface PostCourierOptions {
  /** http: or https:, without a login in it. */
  readonly url: string
  readonly login?: { readonly user: string; readonly password: string }
  /** PEM of the authorities to believe in place of the system's. */
  readonly ca?: string
  /** Without a byte in either direction. */
  readonly idleTimeoutMs: number
  /** Connections at the same time. */
  readonly connectionsMax: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly hop: string
}

/** The program has read it and will not have it: RFC 9110 §15.5. All else may be mended. */
const finalStatuses: readonly number[] = [400, 406, 410, 413, 415, 422]
const answerMaxBytes = 4_096
const textMaxLength = 200

export class PostCourier implements Courier {
  readonly #options: PostCourierOptions
  readonly #url: URL
  readonly #agent: HttpAgent

  constructor(options: PostCourierOptions) {
    this.#options = options
    this.#url = new URL(options.url)
    const keep = { keepAlive: true, maxSockets: options.connectionsMax }
    const { ca } = options
    this.#agent = this.#secure
      ? new HttpsAgent({ ...keep, ...(ca === undefined ? {} : { ca }) })
      : new HttpAgent(keep)
  }

  async deliver(consignment: Consignment, signal?: AbortSignal): Promise<Attempt> {
    const at = this.#options.now()
    const began = performance.now()
    const done = await this.#post(consignment, signal).catch((error: unknown) => failed(error))
    const ms = Math.round(performance.now() - began)
    const { status, text, hop } = done
    const said = status === 0 ? text : `HTTP ${status} ${text}`.trim()
    const tls = this.#secure ? 'TLS, verified' : ''
    const host = this.#url.hostname
    const tried: Tried = { host, hop, tls, policy: 'route', at, ms, said }
    const reply = replyFor(status, said)
    const recipients = consignment.mail.to.map((address) => ({ address, ...reply }))
    const failure = reply.code === 0 ? said : ''
    return { tried: [tried], recipients, unreachable: status === 0, failure }
  }

  /** Ends the connections that are kept. */
  close(): void {
    this.#agent.destroy()
  }

  get #secure(): boolean {
    return this.#url.protocol === 'https:'
  }

  async #post(consignment: Consignment, signal?: AbortSignal): Promise<Answer> {
    const { login, idleTimeoutMs } = this.#options
    const before = Buffer.from(opening(consignment))
    const { size } = consignment.mail
    const request = (this.#secure ? httpsRequest : httpRequest)(this.#url, {
      ...{ method: 'POST', agent: this.#agent, timeout: idleTimeoutMs },
      ...(signal ? { signal } : {}),
      ...(login ? { auth: `${login.user}:${login.password}` } : {}),
      headers: {
        'content-type': 'application/json',
        'content-length': before.length + Math.ceil(size / 3) * 4 + closing.length,
        'idempotency-key': `"${consignment.message}"`,
      },
    })
    request.once('timeout', () => request.destroy(new Error('no answer in time')))
    const answered = answerTo(request)
    // Whoever answers before all is sent has said what there is to say.
    const sent = pipeline(bytesOf(before, consignment), request).then(() => answered)
    sent.catch(() => {})
    return await Promise.race([answered, sent])
  }
}

function opening({ message, destination, mail }: Consignment): string {
  const from = mail.from ? formatAddress(mail.from) : ''
  const to = mail.to.map((address) => formatAddress(address))
  const known = JSON.stringify({ message, destination, from, to })
  return `${known.slice(0, -1)},"raw":"`
}

const closing = '"}'

async function* bytesOf(before: Buffer, { mail }: Consignment): AsyncGenerator<Buffer> {
  yield before
  let rest = Buffer.alloc(0)
  for await (const piece of mail.body()) {
    const held = rest.length > 0 ? Buffer.concat([rest, piece]) : Buffer.from(piece)
    // Base64 goes by threes.
    const whole = held.length - (held.length % 3)
    if (whole > 0) yield Buffer.from(held.toString('base64', 0, whole))
    rest = held.subarray(whole)
  }
  yield Buffer.from(rest.toString('base64') + closing)
}

/** The status, and the first line of what comes with it. */
function answerTo(request: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject)
    request.once('response', (response) => {
      let text = ''
      const { remoteAddress = '', remotePort = 0 } = response.socket
      const hop = `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        if (text.length < answerMaxBytes) text += part
      })
      response.once('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: firstLine(text), hop }),
      )
    })
  })
}

function firstLine(text: string): string {
  const [line = ''] = text.trim().split(/[\r\n]/)
  return line.replace(/[\x00-\x1f\x7f]/g, ' ').slice(0, textMaxLength)
}

function failed(error: unknown): Answer {
  const known = error instanceof Error && 'code' in error
  const text = known ? systemFailure(error) : error instanceof Error ? error.message : 'failed'
  return { status: 0, text, hop: '' }
}

function replyFor(status: number, text: string) {
  if (status >= 200 && status < 300) return { code: 250, status: '2.0.0', text }
  if (finalStatuses.includes(status)) return { code: 554, status: '5.0.0', text }
  return status === 0 ? { code: 0, status: '', text: '' } : { code: 451, status: '4.0.0', text }
}
