// Who may log in, and how it is proved. An unknown name and a wrong password cost the same and look
// the same. Knows no protocol: it is handed what one has understood.
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { Cache } from '../base/cache.ts'
import type { Log } from '../base/log.ts'
import type { Engine } from '../store/engine.ts'
import type { AccountRow } from './account-jobs.ts'
import {
  type AppPasswordRow,
  addScram,
  type Credentials,
  keepSecret,
  useAppPassword,
} from './credential-jobs.ts'
import type { Guard } from './guard.ts'
import { addressOf } from './names.ts'
import type { Passkeys } from './passkeys.ts'
import type { Passwords } from './passwords.ts'
import { fakeKeys, parseScram, type ScramKeys, saltOf, scramIterations } from './scram-keys.ts'
import type { TokenCheck } from './token-check.ts'
import type { TwoFactor } from './two-factor.ts'

/** A person who has proved to be the account's owner. */
export interface Login {
  readonly account: string
  readonly address: string
  /** What people call the person, or "". */
  readonly name: string
  /** The id of the app password that proved it, if one did. */
  readonly appPassword?: string
  /** Administers this server: never with an app password. */
  readonly admin?: true
}

/** Where somebody tries to log in, for the log. */
export interface Where {
  readonly protocol: string
  readonly address: string
  readonly session: string
}

export interface LoginPorts {
  readonly engine: Engine
  readonly passwords: Passwords
  readonly find: (name: string) => Promise<Credentials>
  readonly guard: Guard
  readonly twoFactor: Pick<TwoFactor, 'use'>
  readonly passkeys: Pick<Passkeys, 'prove'>
  /** Whether SCRAM is offered, and its keys are kept. */
  readonly scram: boolean
  /** Who knows whose a bearer token is; none: such are not taken. */
  readonly tokenCheck?: TokenCheck
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** What came of a person's login in a browser. */
export type PersonLogin =
  | { readonly is: 'in'; readonly login: Login }
  | { readonly is: 'refused' | 'needs-code' | 'wrong-code' }

/** What a password turned out to be. */
type Fit = { readonly row: AccountRow; readonly app?: AppPasswordRow }

/** The account's own password, where only app passwords are taken. */
const appOnly = 'needs an app password'
const rememberMs = 60_000
const rememberMax = 10_000
/** When an app password was used is kept to the minute. */
const usedEveryMs = 60_000
/** A client's certificate may name so many addresses. */
const addressesMax = 10

export class Logins {
  readonly #ports: LoginPorts
  readonly #key = randomBytes(32)
  readonly #proved = new Cache<{ login: Login; until: number }>(rememberMax)
  #secret: Promise<Uint8Array> | undefined

  constructor(ports: LoginPorts) {
    this.#ports = ports
  }

  /** Answers one client of a protocol, as `wire` asks in its exchanges. */
  at(where: Where) {
    return {
      offers: { scram: this.#ports.scram, bearer: this.#ports.tokenCheck !== undefined },
      password: (name: string, password: string) => this.#login(name, password, where),
      person: (name: string, password: string, code: string) =>
        this.#person([name, password, code], where),
      passkey: async (...given: Parameters<Passkeys['prove']>) => {
        const row = await this.#ports.passkeys.prove(...given)
        return row
          ? await this.#accepted({ row }, where, { factor: 'passkey' })
          : this.#refused('', where, 'no passkey of this server signed it')
      },
      scram: (name: string) => this.#scram(name, where),
      bearer: (name: string, token: string) => this.#bearer(name, token, where),
      certified: (addresses: readonly string[], actAs: string) =>
        this.#certified(addresses, actAs, where),
    }
  }

  /** @throws Refused 'busy', or 'rate-limited' where too many were wrong */
  async #login(name: string, password: string, where: Where): Promise<Login | undefined> {
    const epoch = this.#proved.epoch
    const known = await this.#ports.find(name)
    // Before anything is compared: what is remembered must not answer who guesses.
    return await this.#guarded(name, known.address, where, async () => {
      const key = this.#keyOf(name, password)
      const proved = this.#proved.get(key)
      if (proved && proved.until > this.#ports.now()) return proved.login
      const fit = await this.#fit(known, password)
      if (!fit || fit === appOnly) return fit
      const until = this.#ports.now() + rememberMs
      this.#proved.set(key, { login: loginOf(fit), until }, epoch)
      await this.#learn(fit, password)
      return await this.#accepted(fit, where)
    })
  }

  /**
   * A person in a browser, with the account's own password and, where two-factor is on, a code.
   * @throws Refused as `#login`
   */
  async #person(
    [name, password, code]: readonly [string, string, string],
    where: Where,
  ): Promise<PersonLogin> {
    const known = await this.#ports.find(name)
    const attempt = await this.#ports.guard.admit(known.address, where.address)
    try {
      const { row } = known
      const fits = await this.#ports.passwords.verify(password, row?.password ?? '')
      if (!row || !fits) {
        attempt.wrong()
        this.#refused(name, where)
        return { is: 'refused' }
      }
      await this.#learn({ row }, password)
      if (row.two_factor !== 0 && code === '') {
        // Whoever knows the password, and nothing more, is not let guess codes any faster.
        attempt.undone()
        return { is: 'needs-code' }
      }
      const factor = row.two_factor !== 0 ? await this.#ports.twoFactor.use(row.id, code) : ''
      if (factor === undefined) {
        attempt.wrong()
        this.#refused(name, where, 'the password is right, the code is not')
        return { is: 'wrong-code' }
      }
      attempt.proved()
      const login = await this.#accepted({ row }, where, factor === '' ? {} : { factor })
      return { is: 'in', login }
    } catch (error) {
      attempt.undone()
      throw error
    }
  }

  /** What a client needs to prove by SCRAM that it knows a password, and we to see that it does. */
  async #scram(name: string, where: Where) {
    const known = await this.#ports.find(name)
    const attempt = await this.#ports.guard.admit(known.address, where.address)
    const fake = fakeKeys(await this.#installation(), known.address)
    const fits = fitsOf(known).flatMap((fit) => {
      const keys = parseScram((fit.app ?? fit.row).scram)
      // All passwords of an account share a salt: SCRAM tells it before the password is chosen.
      return keys?.salt.equals(fake.salt) ? [{ fit, keys }] : []
    })
    const keys: readonly ScramKeys[] = fits.length === 0 ? [fake] : fits.map((each) => each.keys)
    return {
      salt: fake.salt,
      iterations: scramIterations,
      keys,
      settle: async (index: number | undefined): Promise<Login | undefined> => {
        const fit = index === undefined ? undefined : fits[index]?.fit
        if (!fit) attempt.wrong()
        else attempt.proved()
        return fit ? await this.#accepted(fit, where) : this.#refused(name, where)
      },
    }
  }

  /** The salt for the passwords of an account. */
  async saltFor(address: string): Promise<Buffer> {
    return saltOf(await this.#installation(), address)
  }

  /** A password, an account or its state has changed. */
  forget(): void {
    this.#proved.clear()
  }

  /** `name` is "" where the client did not say whose it is. */
  async #bearer(name: string, token: string, where: Where): Promise<Login | undefined> {
    const claimed = name === '' ? '' : (await this.#ports.find(name)).address
    return await this.#guarded(name, claimed, where, async () => {
      const address = await this.#ports.tokenCheck?.addressOf(token)
      const known = address === undefined ? undefined : await this.#ports.find(address)
      if (!known?.row || (name !== '' && claimed !== known.address)) return undefined
      return await this.#accepted({ row: known.row }, where)
    })
  }

  /** Proves a login as the guard lets it, and tells the guard what came of it. */
  async #guarded(
    name: string,
    address: string,
    where: Where,
    prove: () => Promise<Login | undefined | typeof appOnly>,
  ): Promise<Login | undefined> {
    const attempt = await this.#ports.guard.admit(address, where.address)
    try {
      const login = await prove()
      if (login === appOnly) {
        // No guess, but a program that nobody gave its app password yet.
        attempt.undone()
        return this.#refused(name, where, 'two-factor is on: this needs an app password')
      }
      if (login) attempt.proved()
      else attempt.wrong()
      return login ?? this.#refused(name, where)
    } catch (error) {
      attempt.undone()
      throw error
    }
  }

  async #certified(
    addresses: readonly string[],
    actAs: string,
    where: Where,
  ): Promise<Login | undefined> {
    const wanted = actAs === '' ? undefined : (await this.#ports.find(actAs)).address
    for (const address of addresses.slice(0, addressesMax)) {
      const known = await this.#ports.find(address)
      if (known.row && (wanted ?? known.address) === known.address)
        return await this.#accepted({ row: known.row }, where)
    }
    return this.#refused(actAs || addresses.join(' '), where)
  }

  /** App passwords are strong, so that a quick hash is enough; with none the slow one decides. */
  async #fit(known: Credentials, password: string): Promise<Fit | undefined | typeof appOnly> {
    const { row } = known
    const hash = hashOfAppPassword(password)
    const app = known.appPasswords.find((each) => each.hash === hash)
    if (row && app) return { row, app }
    const fits = await this.#ports.passwords.verify(password, row?.password ?? '')
    if (row && fits && row.two_factor !== 0) return appOnly
    return row && fits ? { row } : undefined
  }

  /** Makes the SCRAM keys of a password from before there were any. */
  async #learn({ row, app }: Fit, password: string): Promise<void> {
    const { scram, hash, id } = app ?? { scram: row.scram, hash: row.password, id: row.id }
    if (!this.#ports.scram || parseScram(scram)) return
    const { engine, passwords, log } = this.#ports
    try {
      const made = await passwords.scramKeys(password, await this.saltFor(addressOf(row)))
      if (made !== '') await engine.run(addScram, { id, hash, scram: made })
    } catch (error) {
      log.warn('SCRAM keys not made', { account: addressOf(row), error })
    }
  }

  async #accepted(fit: Fit, where: Where, more: object = {}): Promise<Login> {
    const { app } = fit
    const login = loginOf(fit)
    const with_ = app ? { appPassword: app.id } : {}
    this.#ports.log.info('login', { ...where, account: login.address, ...with_, ...more })
    if (app) await this.#used(app)
    return login
  }

  async #used(app: AppPasswordRow): Promise<void> {
    const at = this.#ports.now()
    if (at - app.used_at < usedEveryMs) return
    try {
      await this.#ports.engine.run(useAppPassword, { id: app.id, at })
    } catch (error) {
      // Nobody is kept out because a disk is full.
      this.#ports.log.warn('use of an app password not kept', { id: app.id, error })
    }
  }

  #refused(name: string, where: Where, why = ''): undefined {
    const reason = why === '' ? {} : { why }
    this.#ports.log.info('login-failed', { ...where, name: name.slice(0, 320), ...reason })
  }

  /** Neither name nor password can be told from it, not even by who reads this memory's keys. */
  #keyOf(name: string, password: string): string {
    const hmac = createHmac('sha256', this.#key)
    return hmac.update(`${name.length}:${name}${password}`).digest('base64')
  }

  #installation(): Promise<Uint8Array> {
    const args = { name: 'logins', fresh: randomBytes(32) }
    this.#secret ??= this.#ports.engine.run(keepSecret, args).catch((error: unknown) => {
      this.#secret = undefined
      throw error
    })
    return this.#secret
  }
}

export function hashOfAppPassword(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function fitsOf({ row, appPasswords }: Credentials): Fit[] {
  if (!row) return []
  const apps = appPasswords.map((app) => ({ row, app }))
  return row.two_factor !== 0 ? apps : [{ row }, ...apps]
}

export function loginOf({ row, app }: Fit): Login {
  const admin = row.admin !== 0 && !app ? ({ admin: true } as const) : {}
  const proof = app ? { appPassword: app.id } : {}
  return { account: row.id, address: addressOf(row), name: row.name, ...admin, ...proof }
}
