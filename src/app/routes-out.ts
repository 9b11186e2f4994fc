// Makes couriers of the routes in the settings.
import { readFileSync } from 'node:fs'
import { PostCourier } from '../protocols/gateway/post-courier.ts'
import type { HopPool } from '../protocols/smtp/client-pool.ts'
import type { Courier } from '../queue/courier.ts'
import type { Hop } from '../queue/hop.ts'
import { HopCourier, type Route } from '../queue/routes.ts'
import type { LiveSettings } from './config/live.ts'
import { type RouteVia, type RouteWords, routeOf } from './config/route.ts'
import { authorities, openHops } from './outside.ts'

export interface OpenRoutes {
  readonly routes: readonly Route[]
  /** Ends the connections that are kept. */
  close(): Promise<void>
}

/** @throws Error when a file with a login or with authorities cannot be read. */
export function openRoutes(live: LiveSettings): OpenRoutes {
  const { queue } = live.current
  const words = queue.routes.flatMap((text) => routeOf(text) ?? [])
  const hops = openHops(live)
  const posts: PostCourier[] = []
  const routes = words.map((route, n): Route => {
    const { to, from, attempt, source } = route
    const courier = courierFor(route, n, { live, hops, posts })
    return { to, from, attempt, courier, ...(source === '' ? {} : { source }) }
  })
  const close = async () => {
    await hops.close()
    for (const one of posts) one.close()
  }
  return { routes, close }
}

interface Ports {
  readonly live: LiveSettings
  readonly hops: HopPool
  readonly posts: PostCourier[]
}

function courierFor(
  { via, login: file }: RouteWords,
  n: number,
  { live, hops, posts }: Ports,
): Courier | undefined {
  if (via.is === 'mx') return undefined
  const login = file === '' ? undefined : loginIn(file)
  if (via.is !== 'post') return new HopCourier(hops, hopFor(via, n, login), Date.now)
  const { outgoing, queue } = live.current
  const ca = authorities(outgoing)
  const post = new PostCourier({
    ...{ url: via.url, idleTimeoutMs: outgoing.reply_timeout_ms, now: Date.now },
    connectionsMax: queue.attempts_per_destination_max,
    ...(login ? { login } : {}),
    ...(ca === undefined ? {} : { ca }),
  })
  posts.push(post)
  return post
}

function hopFor(
  { is, host, port, tls }: RouteVia & { is: 'smtp' | 'lmtp' },
  n: number,
  login: Hop['login'],
): Hop {
  return {
    ...{ name: host, address: host, port, speaks: is, implicit: tls === 'tls' },
    tls: { is: tls === 'none' ? 'none' : 'verified' },
    // Each route has its own login.
    tlsKey: `route ${n}`,
    ...(login ? { login } : {}),
  }
}

function loginIn(file: string): { user: string; password: string } {
  const [user = '', password = ''] = readFileSync(file, 'utf8').split(/\r?\n/)
  if (user === '' || password === '') throw new Error(`${file}: a name and a password, a line each`)
  return { user, password }
}
