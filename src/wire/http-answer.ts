// How an answer leaves: its default headers, its errors, its pace. Knows no routes.
import type { ServerResponse } from 'node:http'
import { type RefusalCode, Refused } from '../base/refused.ts'
import type { HttpAnswer } from './http-types.ts'

/** A failure of HTTP itself, which has a status but no word in the list of refusals. */
export class HttpFailure extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'HttpFailure'
    this.status = status
  }
}

const statuses: Record<RefusalCode, number> = {
  'bad-address': 400,
  'unknown-user': 404,
  'relay-denied': 403,
  'sender-denied': 403,
  disabled: 403,
  'over-quota': 507,
  'too-big': 413,
  'too-many-recipients': 400,
  'bad-message': 400,
  loop: 400,
  'not-found': 404,
  exists: 409,
  'not-empty': 409,
  'too-many': 403,
  'bad-value': 400,
  'wrong-credentials': 401,
  'needs-login': 401,
  'needs-tls': 403,
  'rate-limited': 429,
  busy: 503,
  'no-space': 507,
  'storage-failed': 503,
  unavailable: 503,
  'filter-refused': 403,
  'filter-deferred': 503,
}

/** An answer in JSON. */
export function json(status: number, value: unknown): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify(value)}\n`,
  }
}

/** The short answer to a request that cannot be done: `{"error": …}` and the id in the log. */
export function errorAnswer(status: number, error: string, id?: string): HttpAnswer {
  const answer = json(status, { error, id })
  const headers: Record<string, string> = { ...answer.headers }
  // RFC 9110 §15.5.2: a 401 names a way to log in.
  if (status === 401) headers['www-authenticate'] = 'Bearer'
  if (status === 429 || status === 503) headers['retry-after'] = '5'
  if (status === 408) headers.connection = 'close'
  return { ...answer, headers }
}

/** What a thrown error answers, or undefined for a bug. */
export function refusalAnswer(error: unknown): HttpAnswer | undefined {
  if (error instanceof Refused) return errorAnswer(statuses[error.code], error.code)
  if (error instanceof HttpFailure) return errorAnswer(error.status, error.message)
  return undefined
}

// What every answer says unless it says otherwise. No answer ever allows another origin to read.
const defaults: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
}

const sliceBytes = 65_536

/**
 * Sends an answer at the client's pace. Resolves true when all of it was handed to the system,
 * false when the client went or read too slowly: its connection is closed then.
 */
export async function sendAnswer(
  response: ServerResponse,
  answer: HttpAnswer,
  drainTimeoutMs: number,
): Promise<boolean> {
  writeHead(response, answer)
  const bodiless = response.req.method === 'HEAD' || answer.status === 204 || answer.status === 304
  const body = bodiless ? '' : (answer.body ?? '')
  const small = typeof body === 'string' || body instanceof Uint8Array
  if (!small || body.length > sliceBytes) {
    for await (const chunk of small ? slices(body) : body) {
      if (response.destroyed) return false
      if (response.write(chunk)) continue
      if (!(await reached(response, 'drain', drainTimeoutMs))) return cut(response)
    }
    if (response.destroyed) return false
  }
  const finished = reached(response, 'finish', drainTimeoutMs)
  response.end(small && body.length <= sliceBytes ? body : undefined)
  return (await finished) || cut(response)
}

function writeHead(response: ServerResponse, answer: HttpAnswer): void {
  for (const [name, value] of Object.entries(defaults)) response.setHeader(name, value)
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value)
  const body = answer.body ?? ''
  const whole = typeof body === 'string' || body instanceof Uint8Array
  // RFC 9110 §8.6: none with 204; with 304 it would speak of a body that is not sent.
  if (whole && answer.status !== 204 && answer.status !== 304)
    response.setHeader('content-length', Buffer.byteLength(body))
  response.writeHead(answer.status)
  // A stream's first words may be long in coming; its header should not be.
  if (!whole) response.flushHeaders()
}

function* slices(body: string | Uint8Array): Generator<Uint8Array> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  for (let at = 0; at < bytes.length; at += sliceBytes) yield bytes.subarray(at, at + sliceBytes)
}

function cut(response: ServerResponse): false {
  response.destroy()
  return false
}

function reached(
  response: ServerResponse,
  event: 'drain' | 'finish',
  timeoutMs: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (ok: boolean) => {
      clearTimeout(timer)
      response.off(event, yes)
      response.off('close', no)
      resolve(ok)
    }
    const yes = () => settle(true)
    const no = () => settle(false)
    const timer = setTimeout(no, timeoutMs)
    response.once(event, yes)
    response.once('close', no)
  })
}
