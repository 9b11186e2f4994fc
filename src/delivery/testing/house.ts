// The delivery of a small house with its store, for tests: tito and iqbal at example.com.
import { Accounts } from '../../accounts/accounts.ts'
import type { Guard } from '../../accounts/guard.ts'
import { Passwords } from '../../accounts/passwords.ts'
import { migrations as accountSteps } from '../../accounts/tables.ts'
import { testGuard } from '../../accounts/testing/guard.ts'
import { Ids } from '../../base/ids.ts'
import { type Log, silentLog } from '../../base/log.ts'
import { Mailboxes } from '../../mailbox/mailboxes.ts'
import { Messages } from '../../mailbox/messages.ts'
import { migrations as mailboxSteps } from '../../mailbox/tables.ts'
import type { Reporter } from '../../queue/conclusions.ts'
import type { Courier } from '../../queue/courier.ts'
import { Queue, type QueueOptions, type QueuePorts } from '../../queue/queue.ts'
import { Routes } from '../../queue/routes.ts'
import { house } from '../../queue/row.ts'
import { usualSchedule } from '../../queue/schedule.ts'
import { migrations as queueSteps } from '../../queue/tables.ts'
import type { Blobs } from '../../store/blobs.ts'
import type { Engine } from '../../store/engine.ts'
import { openStore } from '../../store/open-store.ts'
import { type Cleanup, newFolder, sqlite, type TestEngine } from '../../store/testing/places.ts'
import { KeyBook } from '../../trust/dkim/key-book.ts'
import type { Dns } from '../../trust/dns/dns.ts'
import { migrations as trustSteps } from '../../trust/tables.ts'
import { accountLife } from '../account-life.ts'
import type { Check } from '../checks/check.ts'
import { dropLost } from '../file-jobs.ts'
import { HouseCourier } from '../house-courier.ts'
import { type DeliveryOptions, LocalDelivery } from '../local-delivery.ts'
import type { RateLimits } from '../rates.ts'
import type { Rejected } from '../rejected.ts'
import { Reports } from '../reports.ts'
import { Signing } from '../signing.ts'
import type { Sorter } from '../sorting.ts'
import { migrations as deliverySteps } from '../tables.ts'
import { Traces } from '../traces.ts'
import type { Client, Envelope, Recipient, Trace } from '../types.ts'

export interface HouseOptions extends Partial<DeliveryOptions> {
  readonly folder?: string
  readonly engine?: TestEngine
  /** Two houses with one name, and folders of their own, are two processes on one database. */
  readonly database?: string
  readonly checks?: readonly Check[]
  readonly sorters?: readonly Sorter[]
  /** Stands between delivery and the blobs. */
  readonly blobs?: (blobs: Blobs) => Blobs
  readonly guard?: Guard
  /** With it, what leaves is signed by the keys that are there. */
  readonly dns?: Dns
  /** Foreign mail is queued, and taken by it. */
  readonly courier?: Courier
  readonly queue?: Partial<QueueOptions>
  /** The clock of the queue. */
  readonly now?: () => number
  readonly log?: Log
  /** Keeps what checks refuse. */
  readonly rejected?: Rejected
  /** As if other processes might change mail as well. */
  readonly others?: boolean
}

const any = { perMinute: 0, perHour: 0, perDay: 0 }
export const unlimited: RateLimits = {
  accountMessages: any,
  accountRecipients: any,
  networkMessages: any,
  networkRecipients: any,
  recipientMessages: any,
}

export const stranger: Client = {
  session: 's1',
  protocol: 'smtp',
  address: '192.0.2.9',
  port: 4711,
  hello: 'mail.example.org',
  tls: '',
  login: '',
  trusted: false,
}
export const neighbour: Client = { ...stranger, address: '127.0.0.1', trusted: true }

export async function openHouse(test: Cleanup, options: HouseOptions = {}) {
  const { engine: kind = sqlite, folder = newFolder(test) } = options
  const store = await openStore({
    folder,
    url: await kind.url(options.database ?? folder),
    workerUrl: new URL('./writer.ts', import.meta.url),
    migrations: [...accountSteps, ...mailboxSteps, ...trustSteps, ...queueSteps, ...deliverySteps],
    onLost: dropLost,
    log: silentLog,
  })
  const { engine } = store
  const notifier = options.others ? { ...store.notifier, others: true } : store.notifier
  const blobs = options.blobs?.(store.blobs) ?? store.blobs
  const ids = new Ids()
  const passwords = new Passwords()
  const accounts = new Accounts(engine, {
    alsoLocal: ['mail.example.com'],
    postmaster: 'tito@example.com',
    life: accountLife,
    passwords,
    scram: true,
    guard: options.guard ?? testGuard(),
    notifier,
    ids,
    log: silentLog,
    now: Date.now,
  })
  const traces = new Traces(engine, blobs, silentLog, notifier)
  const nextId = () => ids.next()
  const mailPorts = { engine, blobs, notifier, nextId, now: Date.now }
  const mailboxes = new Mailboxes(mailPorts)
  const messages = new Messages(mailPorts, mailboxes.changes)
  const { courier, now = Date.now, log = silentLog } = options
  const reporter = lateReporter(() => reports)
  const ports = { ...mailPorts, ...{ reporter, now, log }, others: notifier.others }
  const queue = courier && queueFor({ ...ports, courier }, options, () => delivery)
  const delivery: LocalDelivery = new LocalDelivery(
    {
      ...{ engine, blobs, notifier, accounts, mailboxes, traces, nextId, now: Date.now },
      ...{ log: silentLog, ...signingBy(engine, options.dns), ...keptBy(options) },
      ...(queue ? { outbound: queue } : {}),
      filed: (envelope, trace) => reports.delivered(envelope, trace),
      ...{ checks: options.checks ?? [], sorters: options.sorters ?? [] },
    },
    {
      serverName: 'mail.example.com',
      foreign: queue ? 'queue' : 'sink',
      board: null,
      senderPolicy: 'own',
      rates: unlimited,
      sizeMaxBytes: 10 * 1024 * 1024,
      receivedHopsMax: 50,
      ...options,
    },
  )
  await settleIn(accounts, engine, nextId)
  const reports: Reporter & Reports = new Reports({
    ...{ engine, blobs, traces, nextId, now, log, serverName: 'mail.example.com' },
    lifetimeMs: () => usualSchedule.lifetimeMs,
    delivery: () => delivery,
  })
  await queue?.start()
  const close = async () => {
    await queue?.close(1_000)
    await traces.settle()
    await passwords.close()
    await store.close()
  }
  return { ...mailPorts, store, accounts, mailboxes, messages, traces, delivery, queue, close }
}

function keptBy({ rejected }: HouseOptions) {
  return rejected ? { rejected } : {}
}

function lateReporter(reports: () => Reporter): Reporter {
  return {
    report: (one) => reports().report(one),
    grew: (id) => reports().grew(id),
  }
}

function queueFor(
  ports: Omit<QueuePorts, 'random'>,
  { queue }: HouseOptions,
  delivery: () => LocalDelivery,
): Queue {
  const limits = { concurrencyMax: 20, perMinuteMax: 0, attemptsMax: 200 }
  const inside = new HouseCourier({ ...ports, delivery, serverName: 'mail.example.com' })
  const courier = new Routes(
    [{ to: [house], from: [], attempt: 1, courier: inside }],
    ports.courier,
  )
  return new Queue(
    { ...ports, courier, random: () => 0.5 },
    { ...usualSchedule, ...limits, ...queue },
  )
}

/** The domain, and who lives there, of a house that is new. */
async function settleIn(accounts: Accounts, engine: Engine, nextId: () => string): Promise<void> {
  if ((await accounts.listDomains()).length === 0) {
    await accounts.addDomain('example.com')
    for (const local of ['tito', 'iqbal']) {
      const address = { local, domain: 'example.com' }
      const rest = { name: '', password: '', quotaBytes: 0, quotaMessages: 0, at: Date.now() }
      // Without a password: hashing one for every test would be most of the time.
      await engine.run(accountLife.open, { id: nextId(), address, ...rest })
    }
  }
}

function signingBy(engine: Engine, dns: Dns | undefined) {
  if (!dns) return {}
  const keys = new KeyBook({ engine, dns, now: Date.now })
  return { signing: new Signing({ keys, serverName: 'mail.example.com', now: Date.now }) }
}

export type House = Awaited<ReturnType<typeof openHouse>>

export function addressIn(text: string): { local: string; domain: string } {
  const at = text.lastIndexOf('@')
  return at < 0
    ? { local: text, domain: '' }
    : { local: text.slice(0, at), domain: text.slice(at + 1) }
}

/** As a protocol does it: every recipient asked for, an envelope of those accepted. */
export async function envelopeFor(
  house: House,
  to: readonly string[],
  client: Client = neighbour,
): Promise<Envelope> {
  const recipients: Recipient[] = []
  for (const address of to) {
    const verdict = await house.delivery.recipient(client, addressIn(address))
    if (verdict.is !== 'accepted') throw new Error(`${address}: ${verdict.is}`)
    recipients.push(verdict.recipient)
  }
  return {
    id: house.nextId(),
    client,
    from: addressIn('ana@example.net'),
    recipients,
    began: performance.now(),
    smtpUtf8: false,
  }
}

export async function send(
  house: House,
  to: readonly string[],
  message: string | Uint8Array,
  client: Client = neighbour,
): Promise<Trace> {
  const intake = house.delivery.accept(await envelopeFor(house, to, client))
  await intake.write(Buffer.from(message))
  return intake.finish()
}

export async function accountId(house: House, address: string): Promise<string> {
  return (await house.accounts.show(address)).id
}

/** Newest first, however many pages that takes. */
async function everyMessage(house: House, account: string, mailbox: string) {
  const limit = 1_000
  let page = await house.mailboxes.messages(account, mailbox, { limit })
  const all = [...page]
  for (; page.length === limit; all.push(...page))
    page = await house.mailboxes.messages(account, mailbox, { limit, before: page.at(-1)!.uid })
  return all
}

/** The received bytes of every message in a mailbox, oldest first, without what we put before. */
export async function bytesIn(house: House, account: string, mailbox = 'inbox') {
  const list = await everyMessage(house, account, mailbox)
  const all: { uid: number; prefix: string; body: Buffer }[] = []
  for (const { uid } of list.toReversed()) {
    const open = await house.mailboxes.open(account, mailbox, uid)
    if (!open) throw new Error(`no message ${uid}`)
    const chunks: Uint8Array[] = []
    for await (const chunk of open.stream()) chunks.push(chunk)
    const whole = Buffer.concat(chunks)
    if (whole.length !== open.message.size) throw new Error('the size is another')
    const { length } = open.prefix
    all.push({ uid, prefix: whole.toString('utf8', 0, length), body: whole.subarray(length) })
  }
  return all
}
