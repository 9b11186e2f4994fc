// The wiring of the house, top to bottom: what is opened, what is handed to whom, how it ends.
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { makeFolder } from '../base/folder.ts'
import { Histogram } from '../base/histogram.ts'
import { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { LoopDelay } from '../base/loop-delay.ts'
import { Refused } from '../base/refused.ts'
import type { QueueState, ServerPorts } from '../protocols/admin/ports.ts'
import type { Outside } from '../protocols/webmail/ports.ts'
import { Challenges } from '../wire/acme/challenges.ts'
import type { CertifiedKey } from '../wire/tls.ts'
import { AccessBook } from './access-book.ts'
import { AccessFile } from './access-file.ts'
import { openAcme } from './acme.ts'
import { openAdmin } from './admin.ts'
import { openAdministration } from './administration.ts'
import { CertificateKeeper, certificate, clientCa } from './certificate.ts'
import { differing } from './config/key-values.ts'
import { LiveSettings, type SettingsSource } from './config/live.ts'
import { defaults, type Settings } from './config/schema.ts'
import { openGateway } from './gateway.ts'
import { type JmapOf, jmapOf } from './jmap.ts'
import { Listeners, type Open } from './listeners.ts'
import { LogRing } from './log-ring.ts'
import { version } from './program.ts'
import { type Foreign, openRooms, type RoomOptions, type Rooms } from './rooms.ts'
import { routesOf } from './routes.ts'
import { webmailOf } from './webmail.ts'

export interface StartOptions {
  readonly settings: Settings
  /** Where the settings are from and are read anew; a program's own without it. */
  readonly source?: SettingsSource
  readonly log: Log
  /** Makes the log as talkative as the settings have it. */
  readonly setLogLevel?: (level: Settings['log']['level']) => void
  readonly foreign: Foreign
  /** A world to practise on, in place of the Internet. */
  readonly outside?: Pick<RoomOptions, 'courier' | 'dns' | 'leads'> & {
    readonly web?: Partial<Outside>
  }
  /** What must be there before the first client comes. */
  readonly prepare?: (rooms: Rooms) => Promise<void>
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
  /** Reads the settings files anew; a mistake in them changes nothing, and is logged. */
  reload(): void
  /** Stops accepting, gives sessions `graceMs` to end, closes the store. */
  close(graceMs: number): Promise<void>
}

/** @throws Error in a person's words when it cannot start; nothing stays open then. */
export async function start(options: StartOptions): Promise<Started> {
  const { source = sourceOf(options.settings) } = options
  const ring = new LogRing(Date.now)
  const log = ring.beside(options.log)
  const folder = resolve(options.settings.server.data)
  makeFolder(folder)
  const open = new Opened()
  try {
    const read = () => {
      const { settings, keys } = source.read()
      return { settings: named(settings), keys }
    }
    const live = new LiveSettings({ source: { ...source, read }, folder, log })
    live.watch(({ log: { level } }) => options.setLogLevel?.(level))
    return await opened({ ...options, log, ring }, live, folder, open)
  } catch (error) {
    await open.close(0)
    log.info('not started')
    throw error
  }
}

async function opened(
  options: StartOptions & { readonly ring: LogRing },
  live: LiveSettings,
  folder: string,
  open: Opened,
): Promise<Started> {
  const { log, ring, outside } = options
  const settings = live.current
  const ids = new Ids()
  const pair = certificate(settings, folder)
  const domains = settings.server.domains
  const commitMs = new Histogram()
  const rooms = await keptRooms(options, { live, folder, ids, commitMs }, open)
  const access = openAccess(live, folder, log, open)
  const loop = new LoopDelay()
  open.closers.push(async () => loop.stop())
  const { gateway, settle } = openGateway({ live, rooms, ids, log, access })
  open.closers.push(settle)
  const challenges = new Challenges()
  const canKeep = () => rooms?.health() !== 'failed'
  const doors = new Listeners({
    ...{ live, ids, log, access, pair, canKeep, challenges },
    clientCa: clientCa(settings),
    messages: () => access.messages(),
    descriptorsMax: descriptorsMax(),
  })
  open.closers.push((graceMs) => doors.close(graceMs))
  const keeper = keeperOf({ live, folder, log, doors, open }, pair)
  const listeners = doors.open
  const server: ServerPorts = {
    name: settings.server.name,
    version: version(),
    since: Date.now(),
    folder,
    accessLog: () => resolve(folder, live.current.access_log.file),
    listeners,
    messages: () => access.messages(),
    ...{ queue: rooms && queueState(rooms), commitMs },
    loopMs: loop.delayMs,
    ready: () => open.ready && canKeep(),
  }
  for (const door of ['smtp', 'pop3', 'imap', 'managesieve'] as const)
    if (rooms) await doors[door](rooms)
  await doors.gateway(gateway)
  await doors.management()
  const pages = openPages({ live, rooms, ids, log, outside, server, ring }, open)
  const parts = { live, rooms, gateway, listeners, health: server, log, challenges }
  await doors.http(routesOf({ ...parts, ...pages }))
  const admin = await openAdmin({ server, settings: live, rooms, fixedDomains: domains, log })
  open.closers.push((graceMs) => admin.close(Math.min(graceMs, adminGraceMs)))
  open.ready = true
  const acme = openAcme({
    ...{ live, folder, log, challenges, dns: outside?.dns },
    renewed: () => keeper.renew(),
  })
  open.closers.push(async () => acme?.close())
  const ports = listeners.map(({ name, address, port }) => ({ name, address, port }))
  log.info('started', { server: settings.server.name, folder, ports })
  const close = (graceMs: number) => open.close(graceMs).then(() => log.info('stopped'))
  return {
    settings,
    folder,
    since: server.since,
    listeners,
    rooms,
    get ready() {
      return server.ready()
    },
    reload: () => reload(live, log, keeper),
    close,
  }
}

/** Without a domain nothing is kept here: a gateway that relays. */
async function keptRooms(
  { foreign, log, outside, prepare }: StartOptions,
  ports: Pick<RoomOptions, 'live' | 'folder' | 'ids' | 'commitMs'>,
  open: Opened,
): Promise<Rooms | undefined> {
  if (ports.live.current.server.domains.length === 0) return undefined
  const rooms = await openRooms({ ...ports, foreign, log, ...outside })
  open.closers.push(() => rooms.close())
  await prepare?.(rooms)
  return rooms
}

interface KeeperPorts {
  readonly live: LiveSettings
  readonly folder: string
  readonly log: Log
  readonly doors: Listeners
  readonly open: Opened
}

function keeperOf({ live, folder, log, doors, open }: KeeperPorts, pair: CertifiedKey) {
  const show = (next: CertifiedKey) => doors.renew(next)
  const keeper = new CertificateKeeper({ settings: () => live.current, folder, log, show }, pair)
  open.closers.push(async () => keeper.close())
  return keeper
}

function reload(live: LiveSettings, log: Log, keeper: CertificateKeeper): void {
  keeper.renew()
  try {
    const waiting = live.reload().filter(({ pending }) => pending !== '')
    log.info('settings read anew', { waitForRestart: waiting.map(({ key }) => key) })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    log.error('settings not read anew: nothing changed', { reason: error.message })
  }
}

/** Settings that no file gave: all that differ from the defaults count as given. */
function sourceOf(settings: Settings): SettingsSource {
  const keys = new Set(differing(settings, defaults()))
  return { file: '', read: () => ({ settings, keys }) }
}

interface PagePorts extends Omit<JmapOf, 'rooms' | 'admin'> {
  readonly server: ServerPorts
  readonly ring: LogRing
  readonly outside: StartOptions['outside']
  /** Without rooms there is no mail to speak of. */
  readonly rooms: Rooms | undefined
}

function openPages({ rooms, outside, server, ring, ...rest }: PagePorts, open: Opened) {
  const { dns, web = {} } = outside ?? {}
  if (!rooms) return { jmap: undefined, webmail: undefined }
  const administration = openAdministration({ ...rest, rooms, server, ring, dns })
  open.closers.push(() => administration.close())
  const jmap = jmapOf({ ...rest, rooms, admin: administration.port })
  open.closers.push(() => jmap.close())
  const webmail = webmailOf({ rooms, jmap, log: rest.log, outside: web })
  open.closers.push(() => webmail.close())
  return { jmap, webmail }
}

function openAccess(live: LiveSettings, folder: string, log: Log, open: Opened): AccessBook {
  const settings = () => {
    const given = live.current.access_log
    return {
      file: resolve(folder, given.file),
      rotateBytes: given.rotate_bytes,
      rotateHours: given.rotate_hours,
      keepFiles: given.keep_files,
      keepDays: given.keep_days,
    }
  }
  const file = new AccessFile(settings, log)
  open.closers.push(() => file.close())
  const wanted = () => live.current.access_log.enabled
  return new AccessBook({ write: (line) => file.write(line), wanted })
}

function queueState({ queue, queueBook }: Rooms): QueueState {
  return { numbers: () => queueBook.numbers(), tallies: queue.tallies }
}

/** What is open, in the order in which it was opened. */
class Opened {
  readonly closers: ((graceMs: number) => Promise<void>)[] = []
  ready = false

  /** Closes the last one first. */
  async close(graceMs: number): Promise<void> {
    this.ready = false
    for (const close of this.closers.splice(0).reverse()) await close(graceMs)
  }
}

/** Nobody waits for an owner's question. */
const adminGraceMs = 1_000

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
