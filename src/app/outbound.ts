// Opens the queue of a server: its settings, its routes, and who tells senders.
import { readFileSync } from 'node:fs'
import type { Log } from '../base/log.ts'
import { SmtpClient, smtpClientTimeouts } from '../protocols/smtp/client.ts'
import type { Reporter } from '../queue/conclusions.ts'
import type { Courier } from '../queue/courier.ts'
import { Queue, type QueueOptions } from '../queue/queue.ts'
import { FixedCourier, type Route, Routes } from '../queue/routes.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Engine } from '../store/engine.ts'
import type { LiveSettings } from './config/live.ts'
import { type RouteWords, routeOf } from './config/route.ts'
import type { Settings } from './config/schema.ts'

export interface OutboundPorts {
  readonly engine: Engine
  readonly blobs: Blobs
  readonly reporter: Reporter
  /** Takes what no route leads. */
  readonly courier: Courier | undefined
  readonly others: boolean
  readonly nextId: () => string
  readonly log: Log
}

const hour = 3_600_000

/** @throws Error when a file with a login cannot be read */
export function openQueue(live: LiveSettings, ports: OutboundPorts): Queue {
  const { server, queue } = live.current
  const routes = queue.routes.flatMap((text) => routeOf(text) ?? [])
  const courier = new Routes(
    routes.map((route) => routed(route, server.name)),
    ports.courier,
  )
  const options = live.derive(({ queue }): QueueOptions => optionsOf(queue))
  return new Queue({ ...ports, courier, now: Date.now, random: Math.random }, options)
}

function optionsOf(queue: Settings['queue']): QueueOptions {
  return {
    delaysMs: queue.retry_minutes.map((minutes) => minutes * 60_000),
    lifetimeMs: queue.lifetime_hours * hour,
    warnAfterMs: queue.warn_after_hours * hour,
    attemptsMax: queue.attempts_max,
    concurrencyMax: queue.attempts_per_destination_max,
    perMinuteMax: queue.attempts_per_destination_per_minute,
  }
}

function routed({ to, from, host, port, tls, login }: RouteWords, hostname: string): Route {
  const [user = '', password = ''] = login === '' ? [] : readFileSync(login, 'utf8').split(/\r?\n/)
  const client = new SmtpClient({
    ...smtpClientTimeouts,
    ...{ host, port, tls, hostname },
    ...(login === '' ? {} : { login: { user, password } }),
  })
  const words = tls === 'none' ? '' : 'TLS, verified'
  return { to, from, courier: new FixedCourier(client, { host, tls: words, now: Date.now }) }
}
