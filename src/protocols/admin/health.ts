// What the web server tells of itself: is it alive, is it ready, its numbers. Everyone may ask the
// first two; the numbers are for this machine.
import { isIP } from 'node:net'
import { loopback, Networks } from '../../base/networks.ts'
import { errorAnswer, json } from '../../wire/http-answer.ts'
import type { HttpRequest, Route } from '../../wire/http-types.ts'
import { metricsOf } from './metrics.ts'
import type { ServerPorts } from './ports.ts'

export type HealthPorts = Pick<ServerPorts, 'listeners' | 'messages' | 'ready' | 'since'>

export function publicRoutes(ports: HealthPorts): readonly Route[] {
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
        if (!isNear(request, local)) return errorAnswer(403, 'loopback-only')
        const body = await metrics.metrics()
        return { status: 200, headers: { 'content-type': metrics.contentType }, body }
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
