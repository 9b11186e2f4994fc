// Who may log in. An unknown name and a wrong password cost the same and look the same.
import { createHmac, randomBytes } from 'node:crypto'
import { Cache } from '../base/cache.ts'
import type { Log } from '../base/log.ts'
import type { AccountRow } from './account-jobs.ts'
import { addressOf } from './names.ts'
import type { Passwords } from './passwords.ts'

/** A person who has proved to be the account's owner. */
export interface Login {
  readonly account: string
  readonly address: string
  /** What people call the person, or "". */
  readonly name: string
}

/** Where somebody tries to log in, for the log. */
export interface Where {
  readonly protocol: string
  readonly address: string
  readonly session: string
}

const rememberMs = 60_000
const rememberMax = 10_000

export class Logins {
  readonly #passwords: Passwords
  readonly #find: (name: string) => Promise<AccountRow | undefined>
  readonly #log: Log
  readonly #now: () => number
  readonly #key = randomBytes(32)
  readonly #proved = new Cache<{ login: Login; until: number }>(rememberMax)

  constructor(
    passwords: Passwords,
    find: (name: string) => Promise<AccountRow | undefined>,
    log: Log,
    now: () => number,
  ) {
    this.#passwords = passwords
    this.#find = find
    this.#log = log
    this.#now = now
  }

  async login(name: string, password: string, where: Where): Promise<Login | undefined> {
    const key = this.#keyOf(name, password)
    const proved = this.#proved.get(key)
    if (proved && proved.until > this.#now()) return proved.login
    const epoch = this.#proved.epoch
    const row = await this.#find(name)
    const fits = await this.#passwords.verify(password, row?.disabled === 0 ? row.password : '')
    if (!row || !fits) {
      this.#log.info('login-failed', { ...where, name: name.slice(0, 320) })
      return undefined
    }
    const login = { account: row.id, address: addressOf(row), name: row.name }
    this.#proved.set(key, { login, until: this.#now() + rememberMs }, epoch)
    this.#log.info('login', { ...where, account: login.address })
    return login
  }

  /** A password, an account or its state has changed. */
  forget(): void {
    this.#proved.clear()
  }

  /** Neither name nor password can be told from it, not even by who reads this memory's keys. */
  #keyOf(name: string, password: string): string {
    const hmac = createHmac('sha256', this.#key)
    return hmac.update(`${name.length}:${name}${password}`).digest('base64')
  }
}
