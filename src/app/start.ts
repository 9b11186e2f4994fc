// The wiring of the house, top to bottom: what is opened, what is handed to whom, how it ends.
import { mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { certificate } from './certificate.ts'
import type { Settings } from './config/schema.ts'
import { openGateway } from './gateway.ts'
import { Listeners, type Open } from './listeners.ts'
import { type Foreign, openRooms, type Rooms } from './rooms.ts'
import { routesOf } from './routes.ts'

export interface StartOptions {
  readonly settings: Settings
  readonly log: Log
  readonly foreign: Foreign
}

export interface Started {
  readonly settings: Settings
  /** The data folder, absolute. */
  readonly folder: string
  readonly since: number
  readonly listeners: readonly Open[]
  /** undefined in a stand-alone forwarder, which keeps nothing. */
  readonly rooms: Rooms | undefined
  readonly ready: boolean
  /** Stops accepting, gives sessions `graceMs` to end, closes the store. */
  close(graceMs: number): Promise<void>
}

/** @throws Error in a person's words when it cannot start; nothing stays open then. */
export async function start({ settings: given, log, foreign }: StartOptions): Promise<Started> {
  const settings = named(given)
  const folder = resolve(settings.server.data)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const ids = new Ids()
  const pair = certificate(settings, folder)
  // Without a domain nothing is kept here: a gateway that relays.
  const rooms =
    settings.server.domains.length === 0
      ? undefined
      : await openRooms({ settings, folder, foreign, ids, log })
  const { gateway, settle } = openGateway({ settings, rooms, ids, log })
  const listeners = new Listeners({ settings, ids, log, pair, descriptorsMax: descriptorsMax() })
  let ready = false
  const close = async (graceMs: number) => {
    ready = false
    await listeners.close(graceMs)
    await settle()
    await rooms?.close()
    log.info('stopped')
  }
  try {
    if (rooms) await listeners.smtp(rooms)
    await listeners.gateway(gateway)
    await listeners.http(routesOf({ settings, rooms, gateway, listeners: listeners.open, log }))
  } catch (error) {
    await close(0)
    throw error
  }
  ready = true
  const ports = listeners.open.map(({ name, address, port }) => ({ name, address, port }))
  log.info('started', { server: settings.server.name, folder, ports })
  return {
    settings,
    folder,
    since: Date.now(),
    listeners: listeners.open,
    rooms,
    get ready() {
      return ready
    },
    close,
  }
}

/** The settings with the machine's name where they give none. */
function named(settings: Settings): Settings {
  const name = settings.server.name || hostname().toLowerCase()
  return { ...settings, server: { ...settings.server, name } }
}

/** Left for the database, blobs, the log and what Node itself opens. */
const descriptorsKept = 256

/** Connections beyond which Node would accept and close in silence for want of descriptors. */
function descriptorsMax(): number {
  const limits = (process.report.getReport() as { userLimits?: Limits }).userLimits
  const soft = Number(limits?.open_files?.soft)
  return Number.isFinite(soft) ? Math.max(16, soft - descriptorsKept) : Number.MAX_SAFE_INTEGER
}

interface Limits {
  readonly open_files?: { readonly soft: number | string }
}
