// Jobs on accounts. What else belongs to an account is made in the same transaction by the room
// that composes `openAccount` and `closeAccount` with its own work.
import { Refused } from '../base/refused.ts'
import { all, one, reading, run, sql, type Work, writing } from '../store/sql.ts'
import { hasAlias, hasDomain } from './domain-jobs.ts'
import type { Name } from './names.ts'
import { dropRecords } from './record-jobs.ts'

export interface NewAccount {
  readonly id: string
  readonly address: Name
  /** What people call the person, or "". */
  readonly name: string
  /** A PHC string. */
  readonly password: string
  /** SCRAM keys as text, or "". */
  readonly scram?: string
  /** 0 is unlimited. */
  readonly quotaBytes: number
  /** 0 is unlimited. */
  readonly quotaMessages: number
  readonly at: number
}

export interface AccountRow {
  readonly id: string
  readonly local: string
  readonly domain: string
  readonly name: string
  readonly password: string
  readonly scram: string
  readonly disabled: number
  /** 1: browsers are asked for more than a password, other programs need app passwords. */
  readonly two_factor: number
  /** 1: administers this server. */
  readonly admin: number
  readonly created_at: number
}

/** Makes the account itself. @throws Refused 'exists', or 'not-found' for a foreign domain */
export function* openAccount(args: NewAccount): Work<void> {
  const { local, domain } = args.address
  if (!(yield* hasDomain(domain))) throw new Refused('not-found', `domain ${domain}`)
  const taken = (yield* accountOf(args.address)) !== undefined || (yield* hasAlias(args.address))
  if (taken) throw new Refused('exists', `${local}@${domain}`)
  const { id, name, password, scram = '', at } = args
  yield* run(sql`
    insert into accounts (id, local, domain, name, password, scram, disabled, created_at)
    values (${id}, ${local}, ${domain}, ${name}, ${password}, ${scram}, 0, ${at})`)
}

/** Removes the account itself and its place in aliases; the address it had. */
export function* closeAccount(account: string): Work<string | undefined> {
  const row = yield* one<AccountRow>(
    sql`delete from accounts where id = ${account} returning local, domain`,
  )
  if (!row) return undefined
  const address = `${row.local}@${row.domain}`
  yield* run(sql`delete from app_passwords where account = ${account}`)
  yield* run(sql`delete from browser_sessions where account = ${account}`)
  yield* run(sql`delete from second_factors where account = ${account}`)
  yield* dropRecords(account)
  yield* run(sql`delete from aliases where target = ${address}`)
  return address
}

export function* accountOf(name: Name): Work<AccountRow | undefined> {
  return yield* one<AccountRow>(sql`
    select id, local, domain, name, password, scram, disabled, two_factor, admin, created_at
    from accounts where domain = ${name.domain} and local = ${name.local}`)
}

/** Whose an account is: its address and the name beside it. */
export const findOwner = reading('accounts.find-owner', function* (account: string) {
  return yield* one<{ local: string; domain: string; name: string }>(sql`
    select local, domain, name from accounts where id = ${account}`)
})

export const findAccount = reading('accounts.find-account', accountOf)

export const findAccountById = reading('accounts.find-account-by-id', function* (id: string) {
  return yield* one<AccountRow>(sql`
    select id, local, domain, name, '' as password, '' as scram, disabled, created_at from accounts
    where id = ${id}`)
})

export const setPassword = writing(
  'accounts.set-password',
  function* ({ account, password, scram }: { account: string; password: string; scram: string }) {
    yield* run(sql`
      update accounts set password = ${password}, scram = ${scram} where id = ${account}`)
    // Whoever knew the old one is out.
    yield* run(sql`delete from browser_sessions where account = ${account}`)
  },
)

export const setDisabled = writing(
  'accounts.set-disabled',
  function* (args: { account: string; disabled: boolean }) {
    const disabled = args.disabled ? 1 : 0
    yield* run(sql`update accounts set disabled = ${disabled} where id = ${args.account}`)
  },
)

export const setAdmin = writing(
  'accounts.set-admin',
  function* (args: { account: string; admin: boolean }) {
    const admin = args.admin ? 1 : 0
    yield* run(sql`update accounts set admin = ${admin} where id = ${args.account}`)
  },
)

export const listAccounts = reading('accounts.list', function* () {
  return yield* all<AccountRow>(sql`
    select id, local, domain, name, '' as password, '' as scram, disabled, two_factor, admin,
      created_at from accounts order by domain, local`)
})
