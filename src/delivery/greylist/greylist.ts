// Greylisting (RFC 6647): a stranger is asked to come again in a few minutes, which servers do and
// most of those who send spam do not. Who is no stranger never waits. Knows no protocol.
import { createHash } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { Cache } from '../../base/cache.ts'
import type { Log } from '../../base/log.ts'
import { neighbourhood, plainAddress } from '../../base/networks.ts'
import type { Address } from '../../message/address.ts'
import { formatAddress } from '../../message/address.ts'
import type { Engine } from '../../store/engine.ts'
import type { Dns } from '../../trust/dns/dns.ts'
import { checkSpf, spfLimits } from '../../trust/spf/spf.ts'
import type { Objection, Screen, SessionEvent } from '../screen.ts'
import type { Client } from '../types.ts'
import { forgetMet, hasWritten, meet, passedBefore } from './greylist-jobs.ts'

export interface GreylistSettings {
  readonly enabled: boolean
  readonly delayMs: number
  readonly windowMs: number
  readonly keepMs: number
}

export interface GreylistPorts {
  readonly engine: Engine
  readonly dns: Dns
  readonly serverName: string
  /** The accounts, by id, that an address means here. */
  readonly accountsOf: (to: Address) => Promise<readonly string[]>
  /** Asked for each recipient anew. */
  readonly settings: () => GreylistSettings
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: Log
}

/** Mail of a network that came again so often makes it known. */
const networkKnownAt = 5
const sessionsMax = 20_000
const passedMax = 20_000
/** So long who was let in needs no look into the store. */
const passedMs = 600_000
const rowsMax = 1_000_000
const forgetEveryMs = 3_600_000

interface Session {
  readonly from: Address | null
  spf: Promise<string> | undefined
}

export class Greylist implements Screen {
  readonly name = 'greylist'
  readonly #ports: GreylistPorts
  readonly #sessions = new Map<string, Session>()
  readonly #passed = new Cache<number>(passedMax)
  readonly #timer: NodeJS.Timeout
  #full = false

  constructor(ports: GreylistPorts) {
    this.#ports = ports
    this.#timer = setInterval(() => void this.forget(), forgetEveryMs).unref()
  }

  readonly hear = (event: SessionEvent): Promise<Objection | undefined> | undefined => {
    if (event.at === 'end') {
      this.#sessions.delete(event.session)
      return undefined
    }
    const { client } = event
    if (event.at === 'mail' && this.#isStranger(client)) this.#begin(client, event.from)
    const session = event.at === 'rcpt' ? this.#sessions.get(client.session) : undefined
    return event.at === 'rcpt' && session ? this.#judge(client, session, event.to) : undefined
  }

  /** Forgets who is of no use any more. */
  async forget(): Promise<void> {
    const { engine, settings, now, log } = this.#ports
    const { enabled, windowMs, keepMs } = settings()
    if (!enabled) return
    const limits = { newBefore: now() - windowMs, knownBefore: now() - keepMs }
    try {
      this.#full = (await engine.run(forgetMet, limits)) >= rowsMax
      if (this.#full) log.warn('greylist: too many strangers, the next ones are let in')
    } catch (error) {
      log.warn('greylist: nobody forgotten', { error })
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #isStranger({ protocol, login, trusted }: Client): boolean {
    return this.#ports.settings().enabled && protocol === 'smtp' && login === '' && !trusted
  }

  #begin({ session }: Client, from: Address | null): void {
    const oldest = this.#sessions.size >= sessionsMax ? this.#sessions.keys().next() : undefined
    if (oldest && !oldest.done) this.#sessions.delete(oldest.value)
    this.#sessions.set(session, { from, spf: undefined })
  }

  async #judge(client: Client, session: Session, to: Address): Promise<Objection | undefined> {
    try {
      return await this.#wait(client, session, to)
    } catch (error) {
      // Mail does not wait for what we cannot write down.
      this.#ports.log.warn('greylist: not asked', { session: client.session, error })
      return undefined
    }
  }

  async #wait(client: Client, session: Session, to: Address): Promise<Objection | undefined> {
    const { engine, settings, now } = this.#ports
    const { delayMs, windowMs, keepMs } = settings()
    const network = networkOf(client.address)
    const networkKey = keyOf('network', network)
    const from = session.from ? formatAddress(session.from).toLowerCase() : ''
    if (this.#isFresh(networkKey)) return undefined
    const after = now() - keepMs
    if ((await engine.run(passedBefore, { key: networkKey, after })) >= networkKnownAt)
      return this.#remember(networkKey)
    if (await this.#isCorrespondent(from, to)) return undefined
    session.spf ??= this.#poolOf(client, session.from)
    // Large senders come again from another address: SPF says that it is the same sender.
    const whence = (await session.spf) || network
    const key = keyOf(whence, from, formatAddress(to).toLowerCase())
    if (this.#isFresh(key)) return undefined
    const met = await engine.run(meet, {
      ...{ key, network: networkKey, now: now(), delayMs, windowMs, keepMs, full: this.#full },
    })
    return met.waitMs <= 0 ? this.#remember(key) : later(met.waitMs)
  }

  async #isCorrespondent(from: string, to: Address): Promise<boolean> {
    if (from === '') return false
    const accounts = await this.#ports.accountsOf(to)
    return await this.#ports.engine.run(hasWritten, { accounts, sender: from })
  }

  /** "spf example.org" where the domain vouches for the client, else "". */
  async #poolOf(client: Client, from: Address | null): Promise<string> {
    const { dns, serverName, now } = this.#ports
    const { local = '', domain = '' } = from ?? {}
    const who = { address: client.address, helo: client.hello, local, domain }
    const spf = await checkSpf({ ...who, receiver: serverName, now: now() }, dns, spfLimits)
    return spf.result === 'pass' ? `spf ${spf.domain}` : ''
  }

  #isFresh(key: string): boolean {
    const until = this.#passed.get(key)
    return until !== undefined && this.#ports.now() < until
  }

  #remember(key: string): undefined {
    this.#passed.set(key, this.#ports.now() + passedMs, this.#passed.epoch)
    return undefined
  }
}

function later(waitMs: number): Objection {
  const seconds = Math.ceil(waitMs / 1000)
  const text = `Greylisted: strangers are asked to come again, in ${seconds} seconds`
  return { is: 'deferred', said: text, reply: { code: 451, status: '4.7.1', text } }
}

/** IPv4 /24, IPv6 /64: a server may come again from its neighbour. */
function networkOf(address: string): string {
  const plain = plainAddress(address)
  return isIPv4(plain) ? plain.slice(0, plain.lastIndexOf('.')) : neighbourhood(plain)
}

function keyOf(...words: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(words)).digest('base64url').slice(0, 22)
}
