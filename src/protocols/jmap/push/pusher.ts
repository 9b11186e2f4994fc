// Tells devices of changes (RFC 8620 §7.2): each verified subscription has a task that waits for
// state changes and posts them. What a subscription was told last is on disk, so that a restart
// loses nothing, and of several processes one posts.
import { setTimeout as wait } from 'node:timers/promises'
import type { KeptRecord } from '../../../accounts/records.ts'
import { Cache } from '../../../base/cache.ts'
import { missed } from '../../../base/feed.ts'
import type { JmapPorts } from '../ports.ts'
import { type StateChange, stateChanges } from '../state-changes.ts'
import { encrypted } from './encrypt.ts'
import {
  isLive,
  type Subscription,
  subscriptionIn,
  subscriptionKind,
  subscriptionsOf,
} from './subscriptions.ts'
import { Vapid } from './vapid.ts'

/** Whether all is still in order is looked at this often, too. */
const lookEveryMs = 60_000
/** Changes that come sooner after a push are told together. */
const gapMs = 500
const hourMs = 3_600_000
const verificationsPerHour = 60
const gapMaxMs = 600_000
const triesMs: readonly number[] = [1_000, 5_000, 30_000, 120_000, 600_000]
/** RFC 8030 §5.2, in seconds: who was away longer asks for changes anyhow. */
const ttlSeconds = 86_400

interface Task {
  readonly leave: AbortController
  /** What it was begun for: told as text, to be compared. */
  readonly about: string
  readonly done: Promise<void>
}

type Outcome = 'taken' | 'gone' | 'failed'

export class Pusher {
  readonly #ports: JmapPorts
  readonly #leave = new AbortController()
  readonly #tasks = new Map<string, Task>()
  #vapid: Promise<Vapid> | undefined
  readonly #verifying = new Set<Promise<void>>()
  readonly #asked = new Cache<{ readonly until: number; readonly count: number }>(10_000)

  constructor(ports: JmapPorts) {
    this.#ports = ports
  }

  /** Takes up what was there before this process began, and follows what comes and goes. */
  start(): void {
    const { records } = this.#ports.accounts
    const words = records.changes.listen(this.#leave.signal)
    void this.#safely(async () => {
      await this.#takeUpAll()
      for await (const word of words) {
        if (word === missed) await this.#takeUpAll()
        else if (word.kind === subscriptionKind) await this.#takeUp(word.account)
      }
    })
  }

  async close(): Promise<void> {
    this.#leave.abort()
    for (const { leave } of this.#tasks.values()) leave.abort()
    await Promise.all([...this.#tasks.values()].map(({ done }) => done))
    await Promise.all(this.#verifying)
  }

  /** The key that push services know us by. */
  vapid(): Promise<Vapid> {
    const { accounts, serverName } = this.#ports
    this.#vapid ??= accounts
      .secret('web-push')
      .then((secret) => new Vapid(secret, `mailto:postmaster@${serverName}`))
      .catch((error: unknown) => {
        this.#vapid = undefined
        throw error
      })
    return this.#vapid
  }

  /** Asks the device to prove that it hears. Nobody waits for it. */
  verify(id: string, subscription: Subscription): void {
    const { code: verificationCode } = subscription
    const message = { '@type': 'PushVerification', pushSubscriptionId: id, verificationCode }
    const work = this.#safely(async () => {
      await this.#post(subscription, message, this.#leave.signal)
    })
    this.#verifying.add(work)
    void work.then(() => this.#verifying.delete(work))
  }

  /** So many may an account have asked for in an hour: each calls somebody it names. */
  mayVerify(account: string): boolean {
    const { now } = this.#ports
    const known = this.#asked.get(account)
    const fresh = known && known.until > now() ? known : { until: now() + hourMs, count: 0 }
    this.#asked.set(account, { ...fresh, count: fresh.count + 1 }, this.#asked.epoch)
    return fresh.count < verificationsPerHour
  }

  async #safely(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!this.#leave.signal.aborted) this.#ports.log.error('push failed', { error })
    }
  }

  async #takeUpAll(): Promise<void> {
    const all = await this.#ports.accounts.records.every(subscriptionKind)
    const accounts = new Set(all.map(({ account }) => account))
    for (const key of this.#tasks.keys()) accounts.add(key.split(' ')[0] ?? '')
    for (const account of accounts) await this.#takeUp(account)
  }

  async #takeUp(account: string): Promise<void> {
    const kept = await subscriptionsOf(this.#ports.accounts.records, account)
    const wanted = new Map(kept.map((record) => [`${account} ${record.id}`, record]))
    for (const [key, task] of this.#tasks) {
      if (!key.startsWith(`${account} `)) continue
      const record = wanted.get(key)
      if (record && aboutOf(record) === task.about) continue
      task.leave.abort()
      this.#tasks.delete(key)
    }
    for (const [key, record] of wanted) {
      if (this.#tasks.has(key) || this.#leave.signal.aborted) continue
      const leave = new AbortController()
      const done = this.#safely(() => this.#lead(account, record, leave.signal))
      this.#tasks.set(key, { leave, about: aboutOf(record), done })
    }
  }

  async #lead(account: string, record: KeptRecord, signal: AbortSignal): Promise<void> {
    const subscription = subscriptionIn(record)
    const { address, types, told } = subscription
    const login = { account, address, name: '' }
    const asker = { login, session: '', way: 'password', client: '', secure: true } as const
    const watch = {
      types: types === null ? ('all' as const) : new Set(types),
      since: told === '' ? undefined : told,
      silenceMs: lookEveryMs,
    }
    let gap = gapMs
    for await (const change of stateChanges(this.#ports, asker, watch, signal)) {
      if (!(await this.#mayStay(account, record.id, subscription))) return
      if (change === 'silence' || !subscription.verified) continue
      if (!(await this.#claim(account, record.id, change))) continue
      if (Object.keys(change.changed).length === 0) continue
      const message = { '@type': 'StateChange', changed: change.changed }
      const outcome = await this.#post(subscription, message, signal)
      if (outcome === 'gone') return this.#remove(account, record.id)
      gap = outcome === 'taken' ? gapMs : Math.min(gap * 2, gapMaxMs)
      await wait(gap, undefined, { signal, ref: false }).catch(() => {})
    }
  }

  /** What has run out, or whose credentials count no more, goes. */
  async #mayStay(account: string, id: string, subscription: Subscription): Promise<boolean> {
    const fresh = subscription.expires > this.#ports.now()
    if (fresh && (await isLive(this.#ports, account, subscription))) return true
    await this.#remove(account, id)
    return false
  }

  #remove(account: string, id: string): Promise<void> {
    const place = { account, kind: subscriptionKind }
    return this.#ports.accounts.records.change(place, [], [id]).then(() => {})
  }

  /** Notes what is about to be told; false where another process tells it. */
  async #claim(account: string, id: string, { id: told }: StateChange): Promise<boolean> {
    const { records } = this.#ports.accounts
    const record = (await subscriptionsOf(records, account)).find((each) => each.id === id)
    if (!record || subscriptionIn(record).told === told) return false
    const place = { account, kind: subscriptionKind }
    return records.swap(place, record, { ...record.value, told })
  }

  /** Posts, and again where it failed for now. */
  async #post({ url, keys }: Subscription, message: object, signal: AbortSignal): Promise<Outcome> {
    const { post, log, now } = this.#ports
    const plain = Buffer.from(JSON.stringify(message))
    for (const pause of [...triesMs, 0]) {
      const headers: Record<string, string> = {
        'content-type': 'application/json',
        ttl: String(ttlSeconds),
        urgency: 'normal',
      }
      if (keys) headers['content-encoding'] = 'aes128gcm'
      if (url.startsWith('https:'))
        headers.authorization = (await this.vapid()).authorization(url, now())
      const body = keys ? encrypted(plain, keys) : plain
      const answer = await post.send({ url, headers, body }).catch((error: unknown) => {
        log.debug('push not taken', { error })
        return { status: 0, retryAfterMs: 0 }
      })
      if (answer.status >= 200 && answer.status < 300) return 'taken'
      // RFC 8030 §7.3: the device has left its push service.
      if (answer.status === 404 || answer.status === 410) return 'gone'
      const passing = answer.status === 0 || answer.status === 429 || answer.status >= 500
      if (!passing || signal.aborted) return 'failed'
      const ms = Math.min(Math.max(pause, answer.retryAfterMs), gapMaxMs)
      await wait(ms, undefined, { signal, ref: false }).catch(() => {})
    }
    return 'failed'
  }
}

/** All but what it was told. */
function aboutOf({ value }: KeptRecord): string {
  return JSON.stringify({ ...value, told: '' })
}
