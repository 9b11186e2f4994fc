// What the web server tells of itself: is it alive, is it ready, its numbers. Everyone may ask the
// first two; the numbers are for this machine, and for who has the token.
import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { loopback, Networks } from '../../base/networks.ts'
import { errorAnswer, json } from '../../wire/http-answer.ts'
import type { HttpRequest, Route } from '../../wire/http-types.ts'
import { metricsOf, type Numbers } from './metrics.ts'

export interface PublicPorts extends Numbers {
  /** Lets other machines read the numbers; "" is none. */
  readonly metricsToken: () => string
}

export function publicRoutes(ports: PublicPorts): readonly Route[] {
  const metrics = metricsOf(ports)
  const local = new Networks(loopback)
  return [
    { method: 'GET', path: '/health/live', run: () => json(200, { live: true }) },
    {
      method: 'GET',
      path: '/health/ready',
      run: () => (ports.ready() ? json(200, { ready: true }) : errorAnswer(503, 'not-ready')),
    },
    {
      method: 'GET',
      path: '/metrics',
      run: async (request) => {
        const token = bearer(request)
        if (token === undefined && !isNear(request, local)) return errorAnswer(403, 'needs-token')
        if (token !== undefined && !same(token, ports.metricsToken()))
          return errorAnswer(401, 'wrong-token')
        const headers = { 'content-type': metrics.contentType, 'cache-control': 'no-store' }
        return { status: 200, headers, body: await metrics.text() }
      },
    },
  ]
}

/** A proxy on this machine speaks for strangers; a name in Host may be one rebound to loopback. */
function isNear({ client, headers }: HttpRequest, local: Networks): boolean {
  const proxied = ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via'].some((name) => headers[name])
  const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return local.has(client) && !proxied && (isIP(host) !== 0 || host === 'localhost')
}

/** What stands behind "Bearer" in Authorization: RFC 6750 §2.1. */
function bearer({ headers }: HttpRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
}

/** In the same time whatever is wrong about it. */
function same(token: string, wanted: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return wanted !== '' && timingSafeEqual(hash(token), hash(wanted))
}
