// The directory: whose mail we take, who they are, and whether they are who they say.

import { createHash, randomBytes } from 'node:crypto'
import { Cache } from '../base/cache.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { Refused } from '../base/refused.ts'
import type { Engine } from '../store/engine.ts'
import type { Notifier } from '../store/notifier.ts'
import type { Job } from '../store/sql.ts'
import {
  type AccountRow,
  findAccount,
  findAccountById,
  listAccounts,
  type NewAccount,
  setAdmin,
  setDisabled,
  setPassword,
} from './account-jobs.ts'
import { AppPasswords } from './app-passwords.ts'
import { BrowserSessions } from './browser-sessions.ts'
import { type Credentials, dropScram, findCredentials, keepSecret } from './credential-jobs.ts'
import {
  addAlias,
  addDomain,
  listAliases,
  listDomains,
  removeAlias,
  removeDomain,
} from './domain-jobs.ts'
import { type Found, findDomain, findReceivers } from './find-job.ts'
import type { Guard } from './guard.ts'
import { Logins, type Where } from './logins.ts'
import { addressOf, checkDomain, checkLocal, fold, foldDomain, type Name, nameOf } from './names.ts'
import { Passkeys } from './passkeys.ts'
import type { Passwords } from './passwords.ts'
import { RecordBook } from './records.ts'
import type { TokenCheck } from './token-check.ts'
import { Tokens } from './tokens.ts'
import { TwoFactor } from './two-factor.ts'

/** How an account begins and ends, with everything that other rooms keep for it. */
export interface AccountLife {
  readonly open: Job<NewAccount, void>
  /** Removes a part of it; true once nothing is left. */
  readonly close: Job<{ readonly account: string }, boolean>
}

export interface AccountsOptions {
  /** Names of this host that mean the default domain: its own name, "localhost". */
  readonly alsoLocal: readonly string[]
  /** The address for postmaster and abuse of every domain that has no such account, or "". */
  readonly postmaster: string
  readonly life: AccountLife
  /** Told which account is gone, with its mail. */
  readonly removed?: (account: string) => void
  readonly passwords: Passwords
  /** Whether passwords are kept in a form that SCRAM can check, too. */
  readonly scram: boolean
  readonly guard: Guard
  /** Who knows whose a bearer token is; none: such are not taken. */
  readonly tokenCheck?: TokenCheck
  /** Word of other processes; none where this is the only one. */
  readonly notifier?: Notifier
  readonly ids: Ids
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface Account {
  readonly id: string
  readonly address: string
  readonly name: string
  readonly disabled: boolean
  readonly twoFactor: boolean
  readonly admin: boolean
  readonly createdAt: number
}

export interface AccountSettings {
  readonly name?: string
  /** 0, the default, is unlimited. */
  readonly quotaBytes?: number
  readonly quotaMessages?: number
}

export interface Domain {
  readonly name: string
  readonly addedAt: number
}

export interface Alias {
  readonly address: string
  readonly targets: readonly string[]
}

export class Accounts {
  readonly tokens: Tokens
  readonly appPasswords: AppPasswords
  readonly sessions: BrowserSessions
  readonly twoFactor: TwoFactor
  readonly passkeys: Passkeys
  readonly records: RecordBook
  readonly #engine: Engine
  readonly #options: AccountsOptions
  readonly #alsoLocal: readonly string[]
  readonly #logins: Logins
  readonly #found = new Cache<Found>(10_000)

  constructor(engine: Engine, options: AccountsOptions) {
    const { ids, now } = options
    this.#engine = engine
    this.#options = options
    this.#alsoLocal = options.alsoLocal.map(foldDomain)
    const find = (name: string) => this.#credentials(name)
    const changed = () => this.#changed()
    this.twoFactor = new TwoFactor({ engine, ids, now, changed })
    this.passkeys = new Passkeys({ engine, now, secret: () => this.secret('passkeys') })
    const { twoFactor, passkeys } = this
    this.#logins = new Logins({ ...options, engine, find, twoFactor, passkeys })
    this.tokens = new Tokens(engine, ids)
    this.records = new RecordBook(engine, options.notifier)
    this.sessions = new BrowserSessions({ engine, notifier: options.notifier, ids, now })
    this.appPasswords = new AppPasswords({
      ...{ engine, ids, now },
      scramKeys: (address, password) => this.#scramKeys(address, password),
      account: (address) => this.show(address),
      changed: (address) => {
        this.#changed()
        options.guard.forget(address)
      },
    })
    options.notifier?.listen(channel, () => this.#forget())
  }

  /** Who receives mail for this address. A domain of "" is the default domain. */
  async lookup(address: Name): Promise<Found> {
    const name = { local: fold(address.local), domain: foldDomain(address.domain) }
    const key = addressOf(name)
    const known = this.#found.get(key)
    if (known) return known
    const epoch = this.#found.epoch
    const { postmaster } = this.#options
    const args = { name, alsoLocal: this.#alsoLocal, postmaster: fold(postmaster) }
    const found = await this.#engine.run(findReceivers, args)
    // Foreign addresses are without number, and cost one look at the small table of domains.
    if (found.is !== 'not-local') this.#found.set(key, found, epoch)
    return found
  }

  /** Our domain that this one means (the default one for ""), or undefined where it is foreign. */
  async localDomain(domain: string): Promise<string | undefined> {
    const args = { domain: foldDomain(domain), alsoLocal: this.#alsoLocal }
    return await this.#engine.run(findDomain, args)
  }

  /**
   * Proves logins of one client in any of the ways that a protocol may offer. A name is an address,
   * or a bare name of the default domain; undefined is all that is told, whatever was wrong.
   * Each throws Refused 'busy' when too many wait to be checked, and 'rate-limited' when too many
   * were wrong.
   */
  authenticator(where: Where) {
    return this.#logins.at(where)
  }

  /**
   * A word that changes with the account's password, and tells nothing of it; undefined for an
   * account that is not there, or disabled.
   */
  async passwordMark(address: string): Promise<string | undefined> {
    const { row } = await this.#credentials(address)
    if (!row) return undefined
    return createHash('sha256').update(row.password).digest('base64url').slice(0, 22)
  }

  /** Forgets all SCRAM keys: what is not offered is not kept. */
  async dropScram(): Promise<void> {
    await this.#engine.run(dropScram, undefined)
  }

  /** A key that this installation keeps to itself, made when it is first asked for. */
  async secret(name: string): Promise<Uint8Array> {
    return await this.#engine.run(keepSecret, { name, fresh: randomBytes(32) })
  }

  /** The first domain is the default one. @throws Refused 'bad-value' | 'exists' */
  async addDomain(name: string): Promise<void> {
    const args = { name: checkDomain(name), at: this.#options.now() }
    await this.#change(this.#engine.run(addDomain, args))
  }

  async listDomains(): Promise<readonly Domain[]> {
    const rows = await this.#engine.run(listDomains, undefined)
    return rows.map((row) => ({ name: row.name, addedAt: row.added_at }))
  }

  /** @throws Refused 'not-found', or 'bad-value' while it has accounts. */
  async removeDomain(name: string): Promise<void> {
    await this.#change(this.#engine.run(removeDomain, foldDomain(name)))
  }

  /** Makes an account and all that belongs to it. @throws Refused 'bad-value' | 'exists' | … */
  async addAccount(
    address: string,
    password: string,
    settings: AccountSettings = {},
  ): Promise<Account> {
    const said = nameOf(address)
    const name = { local: checkLocal(said.local), domain: await this.#domainOf(said) }
    const { quotaBytes = 0, quotaMessages = 0 } = settings
    if (![quotaBytes, quotaMessages].every((quota) => Number.isSafeInteger(quota) && quota >= 0)) {
      throw new Refused('bad-value', 'a quota is a whole number, 0 for no limit')
    }
    const account: NewAccount = {
      id: this.#options.ids.next(),
      address: name,
      name: settings.name ?? '',
      password: await this.#options.passwords.hash(password),
      scram: await this.#scramKeys(addressOf(name), password),
      quotaBytes,
      quotaMessages,
      at: this.#options.now(),
    }
    await this.#change(this.#engine.run(this.#options.life.open, account))
    return {
      id: account.id,
      address: addressOf(name),
      name: account.name,
      ...{ disabled: false, twoFactor: false, admin: false },
      createdAt: account.at,
    }
  }

  /** @throws Refused 'not-found' | 'bad-value' */
  async setPassword(address: string, password: string): Promise<void> {
    const row = await this.#mustFind(address)
    const hash = await this.#options.passwords.hash(password)
    const scram = await this.#scramKeys(addressOf(row), password)
    await this.#change(this.#engine.run(setPassword, { account: row.id, password: hash, scram }))
    this.#options.guard.forget(addressOf(row))
  }

  /** A disabled account neither receives nor logs in. @throws Refused 'not-found' */
  async disable(address: string, disabled = true): Promise<void> {
    const { id } = await this.#mustFind(address)
    await this.#change(this.#engine.run(setDisabled, { account: id, disabled }))
  }

  /** Whether it administers the server in a browser. @throws Refused 'not-found' */
  async setAdmin(address: string, admin: boolean): Promise<void> {
    const { id } = await this.#mustFind(address)
    await this.#change(this.#engine.run(setAdmin, { account: id, admin }))
  }

  /** Removes the account with its mail. @throws Refused 'not-found' */
  async remove(address: string): Promise<void> {
    const { id } = await this.#mustFind(address)
    await this.#change(this.#engine.run(setDisabled, { account: id, disabled: true }))
    while (!(await this.#change(this.#engine.run(this.#options.life.close, { account: id })))) {
      // A large mailbox goes in parts, so that others' mail is filed between them.
    }
    this.#options.removed?.(id)
  }

  async list(): Promise<readonly Account[]> {
    return (await this.#engine.run(listAccounts, undefined)).map(accountOf)
  }

  /** undefined where nobody has it: no alias, and no address elsewhere. */
  async withAddress(address: string): Promise<Account | undefined> {
    const row = await this.#rowOf(address)
    return row && accountOf(row)
  }

  async withId(id: string): Promise<Account | undefined> {
    const row = await this.#engine.run(findAccountById, id)
    return row && accountOf(row)
  }

  /** @throws Refused 'not-found' */
  async show(address: string): Promise<Account> {
    return accountOf(await this.#mustFind(address))
  }

  /**
   * `*@domain` catches what nobody else takes; targets may be elsewhere.
   * @throws Refused 'exists' | 'not-found' | 'bad-value'
   */
  async addAlias(address: string, targets: readonly string[]): Promise<void> {
    const said = nameOf(address)
    if (targets.length === 0 || !/^[^\s@\p{Cc}]{1,64}$/u.test(said.local)) {
      throw new Refused('bad-value', 'an alias has a name and at least one target')
    }
    const name = { local: said.local, domain: await this.#domainOf(said) }
    const full = await Promise.all(
      targets.map(async (target) => {
        const { local, domain } = nameOf(target)
        const ours = await this.localDomain(domain)
        if (ours === undefined && local === '') throw new Refused('bad-address', target)
        return { local, domain: ours ?? checkDomain(domain) }
      }),
    )
    await this.#change(this.#engine.run(addAlias, { name, targets: full }))
  }

  /** @throws Refused 'not-found' */
  async removeAlias(address: string): Promise<void> {
    const said = nameOf(address)
    const name = { local: said.local, domain: await this.#domainOf(said) }
    await this.#change(this.#engine.run(removeAlias, name))
  }

  async listAliases(): Promise<readonly Alias[]> {
    const aliases = new Map<string, string[]>()
    for (const row of await this.#engine.run(listAliases, undefined)) {
      const address = addressOf(row)
      aliases.set(address, [...(aliases.get(address) ?? []), row.target])
    }
    return [...aliases].map(([address, targets]) => ({ address, targets }))
  }

  async #rowOf(address: string): Promise<AccountRow | undefined> {
    const { local, domain } = nameOf(address)
    const ours = await this.localDomain(domain)
    if (ours === undefined) return undefined
    return await this.#engine.run(findAccount, { local, domain: ours })
  }

  async #credentials(address: string): Promise<Credentials> {
    const args = { name: nameOf(address), alsoLocal: this.#alsoLocal }
    return await this.#engine.run(findCredentials, args)
  }

  async #scramKeys(address: string, password: string): Promise<string> {
    if (!this.#options.scram) return ''
    const salt = await this.#logins.saltFor(address)
    return await this.#options.passwords.scramKeys(password, salt)
  }

  async #mustFind(address: string): Promise<AccountRow> {
    const row = await this.#rowOf(address)
    if (!row) throw new Refused('not-found', `account ${address.slice(0, 320)}`)
    return row
  }

  async #domainOf(name: Name): Promise<string> {
    const ours = await this.localDomain(name.domain)
    if (ours === undefined) {
      throw new Refused('not-found', `domain ${name.domain || 'of any name'}`)
    }
    return ours
  }

  /** Whatever a change did, nothing known from before it is believed. */
  async #change<R>(change: Promise<R>): Promise<R> {
    try {
      return await change
    } finally {
      this.#changed()
    }
  }

  #changed(): void {
    this.#forget()
    this.#options.notifier?.publish(channel, '')
  }

  #forget(): void {
    this.#found.clear()
    this.#logins.forget()
    this.sessions.forget()
  }
}

const channel = 'accounts'

function accountOf(row: AccountRow): Account {
  return {
    id: row.id,
    address: addressOf(row),
    name: row.name,
    disabled: row.disabled !== 0,
    twoFactor: row.two_factor !== 0,
    admin: row.admin !== 0,
    createdAt: row.created_at,
  }
}
