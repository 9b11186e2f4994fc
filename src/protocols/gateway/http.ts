// The gateway over HTTP: POST /gateway with the same object, the same answer as a line of JSON. A
// page of somebody else, open in a trusted person's browser, must not be able to send with it.
import { isIP } from 'node:net'
import { replyTo } from '../../base/refusal-replies.ts'
import { Refused } from '../../base/refused.ts'
import type { HttpAnswer, HttpRequest, Route } from '../../wire/http-types.ts'
import { badObjectAnswer, type Gateway, hello, helloLine } from './gateway.ts'
import { BadObject, blanks, JsonStream } from './json-stream.ts'
import { type Answer, invalid, jsonLine, refusals, refused, replies } from './replies.ts'

export interface GatewayRouteOptions {
  readonly gateway: Gateway
  /**
   * Names, lower case, under which browsers may reach us, besides "localhost" and any IP address.
   * A page that has its own name resolve to our address is told by this to be foreign.
   */
  readonly hosts: readonly string[]
}

export function gatewayRoute(options: GatewayRouteOptions): Route {
  return {
    method: 'POST',
    path: '/gateway',
    run: async (request) => {
      if (foreign(request, options.hosts)) return worded(refused(replies.notPermitted), 403)
      const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
      if (type !== 'application/json')
        return worded(invalid({ ...replies.noJson, text: 'not application/json' }), 415)
      return posted(request, options.gateway)
    },
  }
}

async function posted(request: HttpRequest, gateway: Gateway): Promise<HttpAnswer> {
  const began = performance.now() - Math.max(0, Date.now() - request.at)
  const { limits } = gateway
  try {
    const body = await request.body(limits.objectMaxBytes)
    const framed = new JsonStream(limits).push(body)
    if (!framed || blanks(framed.rest) < framed.rest.length)
      return worded(invalid({ ...replies.noJson, text: 'not exactly one JSON object' }))
    const answer = await gateway.take(framed.object, callerOf(request, gateway), began)
    return answer === hello ? json(200, helloLine(limits)) : worded(answer)
  } catch (error) {
    if (error instanceof BadObject) return worded(badObjectAnswer(error))
    if (error instanceof Refused) return worded(refused(replyTo(error, refusals)))
    throw error
  }
}

function callerOf(request: HttpRequest, gateway: Gateway) {
  const { headers } = request
  const proxied = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => headers[name])
  const [, token = ''] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? []
  return {
    session: gateway.ids.next(),
    protocol: 'gateway-http',
    address: request.client,
    port: 0,
    tls: request.secure ? 'TLS' : '',
    token,
    proxied,
  } as const
}

/** Whether a browser sends this for a page that is not ours. */
function foreign({ headers, secure }: HttpRequest, hosts: readonly string[]): boolean {
  const site = headers['sec-fetch-site']
  const { origin, host = '' } = headers
  if (site === undefined && origin === undefined) return false
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  if (origin !== undefined && origin !== `${secure ? 'https' : 'http'}://${host}`) return true
  const name = host.replace(/:\d+$/, '').toLowerCase()
  return !(name === 'localhost' || isIP(name.replace(/^\[|\]$/g, '')) > 0 || hosts.includes(name))
}

function worded(answer: Answer, status = statusOf(answer)): HttpAnswer {
  const more: Record<string, string> =
    status === 401
      ? { 'www-authenticate': 'Bearer' }
      : status === 429
        ? { 'retry-after': '60' }
        : {}
  return json(status, jsonLine(answer), more)
}

function json(status: number, body: string, more: Record<string, string> = {}): HttpAnswer {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...more }
  return { status, headers, body }
}

function statusOf({ code, status }: Answer): number {
  if (code < 300) return 200
  if (code === 535) return 401
  if (code === 501 && status === replies.noJson.status) return 400
  if (status === replies.notPermitted.status) return 403
  if (status === replies.tooBig.status) return 413
  if (status === replies.tooMany.status) return 429
  return code >= 500 ? 422 : 503
}
