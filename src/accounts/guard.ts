// Slows down who guesses at passwords, and in the end does not listen, without ever keeping out an
// owner: from where somebody has logged in, guesses are slow and no more. Knows no passwords.
import type { Log } from '../base/log.ts'
import { district, type Networks, neighbourhood } from '../base/networks.ts'
import { Refused } from '../base/refused.ts'
import { Scores } from '../base/scores.ts'

export interface GuardOptions {
  /** Wrong logins in any hour, beyond which an account hears no stranger; 0 is unlimited. */
  readonly perAccount: number
  /** Beyond which an IPv4 address or IPv6 /64 is not heard. */
  readonly perNetwork: number
  /** Beyond which an IPv4 /24 or IPv6 /48 is not heard. */
  readonly perDistrict: number
  /** Never slowed. */
  readonly trusted: Networks
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly wait: (ms: number) => Promise<void>
}

/** A login that is being tried. One that is never told of counts as wrong for its account. */
export interface Attempt {
  readonly proved: () => void
  readonly wrong: () => void
  /** It could not be found out. */
  readonly undone: () => void
}

const namesMax = 20_000
const familiarMax = 50_000
const familiarMs = 30 * 86_400_000
const freeTries = 3
const delayMs = 250
const delayMaxMs = 4_000
const nameMaxLength = 320
const unheeded: Attempt = { proved: () => {}, wrong: () => {}, undone: () => {} }

type Kind = 'account' | 'network' | 'district' | 'owner'

export class Guard {
  readonly #options: GuardOptions
  readonly #watches: Readonly<Record<Kind, Watch>>
  /** When somebody last logged in to an account from a network. */
  readonly #familiar = new Map<string, number>()

  constructor(options: GuardOptions) {
    this.#options = options
    const { perAccount, perNetwork, perDistrict } = options
    this.#watches = {
      account: new Watch('account', perAccount, options),
      network: new Watch('network', perNetwork, options),
      district: new Watch('district', perDistrict, options),
      owner: new Watch('owner', 0, options),
    }
  }

  /** Nowhere is familiar to an account any more: who had its password may have been anybody. */
  forget(account: string): void {
    for (const key of this.#familiar.keys())
      if (key.startsWith(`${account.slice(0, nameMaxLength)} `)) this.#familiar.delete(key)
  }

  /**
   * Resolves when the login may be tried, after a time that grows with the number of wrong ones.
   * `account` is the address meant, whether or not anybody has it, or "" where none was said.
   * @throws Refused 'rate-limited'
   */
  async admit(account: string, address: string): Promise<Attempt> {
    const { trusted, wait } = this.#options
    if (trusted.has(address)) return unheeded
    const name = account.slice(0, nameMaxLength)
    const near = neighbourhood(address)
    const places = this.#placesOf(name, near, address)
    const { account: accounts } = this.#watches
    // All that try the same account at once count before any is known to be wrong. Those who share
    // a network are many, and most of them right.
    const stranger = name !== '' && places.length > 1
    if (stranger) accounts.check(name)
    for (const [kind, key] of places) this.#watches[kind].check(key)
    if (stranger) accounts.count(name)
    const delays = places.map(([kind, key]) => this.#watches[kind].delayMs(key))
    const ms = Math.max(stranger ? accounts.delayMs(name) : 0, ...delays)
    if (ms > 0) await wait(ms)
    const undone = () => {
      if (stranger) accounts.uncount(name)
    }
    return {
      undone,
      wrong: () => {
        for (const [kind, key] of places) this.#watches[kind].count(key)
      },
      proved: () => {
        undone()
        this.#remember(name, near)
      },
    }
  }

  #placesOf(name: string, near: string, address: string): readonly (readonly [Kind, string])[] {
    if (this.#isFamiliar(name, near)) return [['owner', `${name} ${near}`]]
    return [
      ['network', near],
      ['district', district(address)],
    ]
  }

  #isFamiliar(name: string, near: string): boolean {
    const at = this.#familiar.get(`${name} ${near}`)
    return at !== undefined && this.#options.now() - at < familiarMs
  }

  #remember(name: string, near: string): void {
    const key = `${name} ${near}`
    this.#familiar.delete(key)
    const oldest = this.#familiar.size >= familiarMax ? this.#familiar.keys().next() : undefined
    if (oldest && !oldest.done) this.#familiar.delete(oldest.value)
    this.#familiar.set(key, this.#options.now())
  }
}

/** The wrong logins of each account, or of each network of one size. */
class Watch {
  readonly #kind: Kind
  /** Half of what an hour may have comes at once, the other half as it fades. */
  readonly #half: number
  readonly #options: GuardOptions
  readonly #scores: Scores
  readonly #states = new Map<string, 'slowed' | 'shut'>()

  constructor(kind: Kind, perHour: number, options: GuardOptions) {
    this.#kind = kind
    this.#half = perHour / 2
    this.#options = options
    const fading = perHour === 0 ? 60 : this.#half
    this.#scores = new Scores({ perHour: fading, namesMax, now: options.now })
  }

  /** @throws Refused 'rate-limited' while nobody of this name is heard */
  check(key: string): void {
    const state = this.#states.get(key)
    if (state === undefined) return
    const score = this.#scores.of(key)
    if (state === 'shut' && score > this.#half / 2)
      throw new Refused('rate-limited', `too many wrong logins: ${this.#kind} ${key}`)
    if (state === 'shut') this.#enter('slowed', key, 'open')
    // Well below where it began, so that who stays near it is told of once.
    if (score < 1) this.#states.delete(key)
  }

  count(key: string): void {
    const score = this.#scores.add(key, 1)
    const state = this.#states.get(key)
    if (state === undefined && score > freeTries) this.#enter('slowed', key)
    if (state !== 'shut' && this.#half > 0 && score >= this.#half) this.#enter('shut', key)
  }

  uncount(key: string): void {
    this.#scores.add(key, -1)
  }

  /** How long the next one is to wait. */
  delayMs(key: string): number {
    const beyond = Math.ceil(this.#scores.of(key)) - freeTries
    return beyond > 0 ? Math.min(delayMs * 2 ** (beyond - 1), delayMaxMs) : 0
  }

  #enter(state: 'slowed' | 'shut', key: string, told: State = state): void {
    const full = this.#states.size >= namesMax && !this.#states.has(key)
    const oldest = full ? this.#states.keys().next() : undefined
    if (oldest && !oldest.done) this.#states.delete(oldest.value)
    this.#states.set(key, state)
    const fields = {
      state: told,
      of: this.#kind,
      name: key,
      wrong: Math.ceil(this.#scores.of(key)),
    }
    const level = told === 'open' ? 'info' : 'warn'
    this.#options.log[level]('login-guard', { ...fields, means: meanings[told][this.#kind] })
  }
}

type State = 'slowed' | 'shut' | 'open'

const slowed = 'each further wrong login takes longer to be answered, up to 4 s'
const open = 'logins are tried again'

/** What a person who reads the log wants to know. */
const meanings: Readonly<Record<State, Readonly<Record<Kind, string>>>> = {
  slowed: { account: slowed, network: slowed, district: slowed, owner: slowed },
  shut: {
    account: 'logins only from trusted networks, and from where its owner has logged in before',
    network: 'no logins from there but to accounts that have logged in from there before',
    district: 'no logins from there but to accounts that have logged in from there before',
    owner: slowed,
  },
  open: { account: open, network: open, district: open, owner: open },
}
