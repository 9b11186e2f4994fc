// Opens the queue of a server: its settings, its routes, and who tells senders.
import type { Log } from '../base/log.ts'
import { HouseCourier } from '../delivery/house-courier.ts'
import type { LocalDelivery } from '../delivery/local-delivery.ts'
import { Reports } from '../delivery/reports.ts'
import type { Traces } from '../delivery/traces.ts'
import { QueueBook } from '../queue/book.ts'
import type { Courier } from '../queue/courier.ts'
import { Queue, type QueueOptions } from '../queue/queue.ts'
import { Routes } from '../queue/routes.ts'
import { house } from '../queue/row.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Engine } from '../store/engine.ts'
import type { LiveSettings } from './config/live.ts'
import type { Settings } from './config/schema.ts'
import { openRoutes } from './routes-out.ts'

export interface OutboundPorts {
  readonly engine: Engine
  readonly blobs: Blobs
  readonly traces: Traces
  readonly delivery: () => LocalDelivery
  /** Takes what no route leads. */
  readonly courier: Courier | undefined
  readonly others: boolean
  readonly nextId: () => string
  readonly log: Log
}

const hour = 3_600_000

/** @throws Error when a file with a login cannot be read */
export function openQueue(live: LiveSettings, ports: OutboundPorts) {
  const { server } = live.current
  const own = { ...ports, now: Date.now, serverName: server.name }
  const { routes, close } = openRoutes(live)
  const inside = { to: [house], from: [], attempt: 1, courier: new HouseCourier(own) }
  const courier = new Routes([inside, ...routes], ports.courier)
  const lifetimeMs = () => live.current.queue.lifetime_hours * hour
  const reports = new Reports({ ...own, lifetimeMs })
  const options = live.derive(({ queue }): QueueOptions => optionsOf(queue))
  const queue = new Queue({ ...own, reporter: reports, courier, random: Math.random }, options)
  const grew = (message: string) => reports.grew(message)
  const queueBook = new QueueBook({ ...own, queue, grew })
  return { queue, queueBook, reports, closeRoutes: close }
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
