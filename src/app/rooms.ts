// Opens the rooms that keep something, in the one right order, and closes them in the other.
import { setTimeout } from 'node:timers/promises'
import { Accounts } from '../accounts/accounts.ts'
import { Guard } from '../accounts/guard.ts'
import { Passwords } from '../accounts/passwords.ts'
import type { Histogram } from '../base/histogram.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { Networks } from '../base/networks.ts'
import { Refused } from '../base/refused.ts'
import { accountLife } from '../delivery/account-life.ts'
import { dropLost } from '../delivery/file-jobs.ts'
import { type DeliveryOptions, LocalDelivery } from '../delivery/local-delivery.ts'
import { Quarantine } from '../delivery/quarantine.ts'
import type { RuleBook } from '../delivery/rules/rule-book.ts'
import type { Hear } from '../delivery/screen.ts'
import type { Scripts } from '../delivery/scripts.ts'
import { Signing } from '../delivery/signing.ts'
import { Traces } from '../delivery/traces.ts'
import type { Address } from '../message/address.ts'
import type { QueueBook } from '../queue/book.ts'
import type { Courier } from '../queue/courier.ts'
import type { Queue } from '../queue/queue.ts'
import { stsShelf } from '../queue/sts-shelf.ts'
import type { Engine } from '../store/engine.ts'
import type { Notifier } from '../store/notifier.ts'
import { openStore } from '../store/open-store.ts'
import type { Health, Store } from '../store/store.ts'
import { KeyBook } from '../trust/dkim/key-book.ts'
import type { Dns } from '../trust/dns/dns.ts'
import type { LiveSettings } from './config/live.ts'
import type { Settings } from './config/schema.ts'
import { openFilters } from './filters.ts'
import { migrations } from './jobs.ts'
import { openRejected } from './kept-apart.ts'
import { type MailRooms, openMailRooms } from './mail-rooms.ts'
import { openQueue } from './outbound.ts'
import { openCourier, openDns } from './outside.ts'
import { rateLimits } from './rate-limits.ts'
import { type OpenReports, openReports } from './reports.ts'
import { openSorters } from './sorters.ts'
import type { OpenSpam } from './spam.ts'
import { timed } from './timed-engine.ts'
import { tokenCheckOf } from './token-check.ts'

/** Foreign recipients of those who may relay: queued, kept and shown, or refused. */
export type Foreign = 'queue' | 'sink' | 'refuse'

export interface RoomOptions {
  readonly live: LiveSettings
  readonly folder: string
  readonly foreign: Foreign
  /** Takes foreign mail where no route leads it; the hosts that MX records name without it. */
  readonly courier?: Courier
  /** Who is asked about the origin of mail; the settings' own resolver without it. */
  readonly dns?: Dns
  /** Foreign domains whose mail is queued for the courier where that of others is not. */
  readonly leads?: (domain: string) => boolean
  readonly ids: Ids
  readonly log: Log
  /** Told how long each write took. */
  readonly commitMs: Histogram
}

export interface Rooms extends Omit<MailRooms, 'close'> {
  readonly accounts: Accounts
  readonly dns: Dns
  readonly traces: Traces
  /** What our domains sign with. */
  readonly keys: KeyBook
  /** On days of mail: those of others, and ours. */
  readonly reports: OpenReports
  readonly delivery: LocalDelivery
  readonly scripts: Scripts
  readonly rules: RuleBook
  readonly queue: Queue
  readonly queueBook: QueueBook
  readonly quarantine: Quarantine
  readonly verdicts: OpenSpam['verdicts']
  readonly spamReasons: OpenSpam['reasons']
  /** Who may object to an SMTP session. */
  readonly screen: Hear
  readonly health: () => Health
  close(): Promise<void>
}

/** For attempts that are under way when the server stops. */
const queueGraceMs = 5_000

/** More Received fields than this are a loop: RFC 5321 §6.3 asks for at least 100. */
const receivedHopsMax = 100

/** @throws Error in a person's words when the data folder is in use or newer than this program. */
export async function openRooms({ live, folder, ...options }: RoomOptions): Promise<Rooms> {
  const { ids, log, foreign, commitMs } = options
  const settings = live.current
  const { server } = settings
  const dns = options.dns ?? openDns(settings)
  const store = await openKept(settings, folder, log)
  const { blobs, notifier } = store
  const engine = timed(store.engine, commitMs)
  const nextId = () => ids.next()
  const dayReports = openReports(live, { engine, dns, nextId, log, delivery: () => delivery })
  const accountsOf = (to: Address) => idsAt(accounts, to)
  const filterPorts = { folder, log, dns, engine, accountsOf, ...dayReports }
  const opening = openFilters(() => live.current, filterPorts)
  const filters = await orClosed(opening, [dayReports, store])
  const passwords = new Passwords()
  // Whoever still looks at its mail is told that it is gone.
  const removed = (account: string) =>
    mailRooms.mailboxes.changes.publish({
      ...{ account, modseq: 0, mailbox: '', kind: 'mailbox-removed' },
    })
  const accounts = await openAccounts(live, { engine, passwords, notifier, ids, log, removed })
  const keys = new KeyBook({ engine, dns, now: Date.now })
  const traces = new Traces(engine, blobs, log, notifier)
  const mail = { engine, blobs, notifier, nextId, now: Date.now }
  const mailRooms = await openMailRooms(mail, settings, folder, log)
  const { mailboxes, messages } = mailRooms
  const rejected = openRejected(live, { engine, mailboxes, messages, traces, log })
  const outwards = foreign === 'queue' && settings.outgoing.enabled
  const world = outwards && !options.courier ? openWorld(live, dns, engine, dayReports) : undefined
  const courier = options.courier ?? world?.courier
  const leads = courier !== undefined || settings.queue.routes.length > 0
  const { queue, queueBook, reports, closeRoutes } = openQueue(live, {
    ...{ engine, blobs, traces, nextId, log, others: notifier.others, courier },
    delivery: () => delivery,
  })
  const toWhom: Foreign = foreign === 'queue' && !leads ? 'refuse' : foreign
  const sorting = openSorters(live, {
    ...{ ...mail, log, accounts, rooms: mailRooms, reports },
    ...{ foreign: toWhom, serverName: server.name, delivery: () => delivery },
  })
  const delivery: LocalDelivery = new LocalDelivery(
    {
      ...{ engine, blobs, notifier, accounts, mailboxes, traces, nextId, now: Date.now, log },
      ...{ checks: filters.checks, sorters: sorting.sorters, rejected },
      outbound: queue,
      signing: new Signing({ keys, serverName: server.name, now: Date.now }),
      filed: (envelope, trace) => reports.delivered(envelope, trace),
    },
    deliveryOptions(live, { foreign: toWhom, leads: options.leads }),
  )
  await queue.start()
  const close = async () => {
    await dayReports.close()
    await queue.close(queueGraceMs)
    await Promise.all([closeRoutes(), world?.close()])
    await Promise.all([filters.close(), rejected.close()])
    await sorting.close()
    await mailRooms.close()
    await traces.settle()
    await passwords.close()
    await store.close()
  }
  const { screen } = filters
  const apart = new Quarantine({ delivery, mailboxes, messages, traces, nextId })
  const { scripts, rules, verdicts, spamReasons } = sorting
  const rest = { delivery, scripts, rules, queue, queueBook, screen, health: store.health, close }
  const judges = { quarantine: apart, verdicts, spamReasons, reports: dayReports }
  return { accounts, dns, ...mailRooms, traces, keys, ...judges, ...rest }
}

/** The ids of the accounts that an address means. */
async function idsAt(accounts: Accounts, to: Address): Promise<readonly string[]> {
  const found = await accounts.lookup(to)
  return found.is === 'accounts' ? found.accounts.map(({ account }) => account) : []
}

/** What opens, or its error once what was open before it is closed. */
async function orClosed<T>(opening: Promise<T>, open: readonly { close(): Promise<void> }[]) {
  try {
    return await opening
  } catch (error) {
    for (const one of open) await one.close()
    throw error
  }
}

function deliveryOptions(live: LiveSettings, to: Pick<DeliveryOptions, 'foreign' | 'leads'>) {
  const { server, board } = live.current
  const rates = rateLimits(live.current)
  return live.derive(
    ({ smtp, reports }): DeliveryOptions => ({
      ...{ serverName: server.name, senderPolicy: 'own', ...to, rates, receivedHopsMax },
      board: { name: board.name, everything: board.everything },
      sizeMaxBytes: smtp.size_max_bytes,
      reportsAddress: reports.address,
    }),
  )
}

/** The way to the hosts of others. */
function openWorld(live: LiveSettings, dns: Dns, engine: Engine, { onTls }: OpenReports) {
  return openCourier({ live, dns, shelf: stsShelf(engine), onTls })
}

interface AccountPorts {
  readonly engine: Engine
  readonly passwords: Passwords
  readonly notifier: Notifier
  readonly ids: Ids
  readonly log: Log
  readonly removed: (account: string) => void
}

/** The directory, with the domains that the settings name. */
async function openAccounts(live: LiveSettings, ports: AccountPorts): Promise<Accounts> {
  const settings = live.current
  const { server } = settings
  const { ids, log, engine, ...rest } = ports
  const accounts = new Accounts(engine, {
    alsoLocal: [server.name, 'localhost'],
    postmaster: server.postmaster,
    life: accountLife,
    scram: settings.accounts.scram,
    guard: guardOf(live, log),
    ...tokenCheckOf(settings),
    ...rest,
    ids,
    log,
    now: Date.now,
  })
  if (!settings.accounts.scram) await accounts.dropScram()
  const known = new Set((await accounts.listDomains()).map(({ name }) => name))
  for (const domain of server.domains)
    if (!known.has(domain)) await accounts.addDomain(domain).catch(unlessThere)
  return accounts
}

async function openKept({ store: kept }: Settings, folder: string, log: Log): Promise<Store> {
  const workerUrl = new URL(
    import.meta.url.endsWith('.ts') ? './writer.ts' : './writer.js',
    import.meta.url,
  )
  return await openStore({
    folder,
    workerUrl,
    migrations,
    onLost: dropLost,
    log,
    url: kept.url,
    freeMinBytes: kept.free_min_bytes,
    sweep: { everyMs: kept.sweep_interval_ms },
  })
}

function guardOf(live: LiveSettings, log: Log): Guard {
  return new Guard(
    live.derive(({ accounts, server }) => ({
      perAccount: accounts.wrong_logins_per_account,
      perNetwork: accounts.wrong_logins_per_network,
      perDistrict: accounts.wrong_logins_per_district,
      trusted: new Networks(server.trusted_networks),
      log,
      now: Date.now,
      wait: (ms: number) => setTimeout(ms, undefined, { ref: false }),
    })),
  )
}

/** Another process on the same database may have begun at the same time. */
function unlessThere(error: unknown): void {
  if (!(error instanceof Refused && error.code === 'exists')) throw error
}
