// Jobs on what proves a login: an account's password hashes, its app passwords, the secret of the
// installation. An app password is found by its hash; itself it is not kept.
import { Refused } from '../base/refused.ts'
import { all, one, reading, run, sql, type Work, writing } from '../store/sql.ts'
import { type AccountRow, accountOf } from './account-jobs.ts'
import { localDomain } from './find-job.ts'
import { addressOf, type Name } from './names.ts'

export interface AppPasswordRow {
  readonly id: string
  readonly account: string
  /** SHA-256 in hex: what is hashed is as random as a key. */
  readonly hash: string
  /** SCRAM keys as text, or "". */
  readonly scram: string
  readonly label: string
  readonly created_at: number
  /** 0: never. */
  readonly used_at: number
}

export interface Credentials {
  /** The address the name means, whether or not anybody has it. */
  readonly address: string
  /** undefined: nobody, or one who may not log in. */
  readonly row: AccountRow | undefined
  readonly appPasswords: readonly AppPasswordRow[]
}

export const findCredentials = reading(
  'accounts.find-credentials',
  function* (args: { name: Name; alsoLocal: readonly string[] }): Work<Credentials> {
    const { local, domain: said } = args.name
    const domain = (yield* localDomain(said, args.alsoLocal)) ?? said
    const found = yield* accountOf({ local, domain })
    const row = found?.disabled === 0 ? found : undefined
    // Asked for nobody as well: it takes as long.
    const appPasswords = yield* appPasswordsOf(row?.id ?? '')
    return { address: addressOf({ local, domain }), row, appPasswords }
  },
)

function* appPasswordsOf(account: string): Work<readonly AppPasswordRow[]> {
  return yield* all<AppPasswordRow>(sql`
    select id, account, hash, scram, label, created_at, used_at from app_passwords
    where account = ${account} order by id`)
}

export const listAppPasswords = reading('accounts.list-app-passwords', appPasswordsOf)

/** An account that had more would make each of its logins slow. */
const appPasswordsMax = 100

export const addAppPassword = writing('accounts.add-app-password', function* (row: AppPasswordRow) {
  const counted = yield* one<{ count: number }>(
    sql`select count(*) as count from app_passwords where account = ${row.account}`,
  )
  if (Number(counted?.count) >= appPasswordsMax)
    throw new Refused('too-many', `an account has at most ${appPasswordsMax} app passwords`)
  yield* run(sql`
    insert into app_passwords (id, account, hash, scram, label, created_at, used_at)
    values (${row.id}, ${row.account}, ${row.hash}, ${row.scram}, ${row.label},
      ${row.created_at}, ${row.used_at})`)
})

export const removeAppPassword = writing(
  'accounts.remove-app-password',
  function* (args: { account: string; id: string }) {
    const gone = yield* one(sql`
      delete from app_passwords where id = ${args.id} and account = ${args.account} returning id`)
    if (!gone) throw new Refused('not-found', `app password ${args.id}`)
  },
)

export const useAppPassword = writing(
  'accounts.use-app-password',
  function* (args: { id: string; at: number }) {
    yield* run(sql`update app_passwords set used_at = ${args.at} where id = ${args.id}`)
  },
)

/** Keys for a hash that has none; nothing where it has changed meanwhile. */
export const addScram = writing(
  'accounts.add-scram',
  function* (args: { id: string; hash: string; scram: string }) {
    const { id, hash, scram } = args
    yield* run(sql`
      update accounts set scram = ${scram} where id = ${id} and password = ${hash}`)
    yield* run(sql`
      update app_passwords set scram = ${scram} where id = ${id} and hash = ${hash}`)
  },
)

export const dropScram = writing('accounts.drop-scram', function* () {
  yield* run(sql`update accounts set scram = '' where scram <> ''`)
  yield* run(sql`update app_passwords set scram = '' where scram <> ''`)
})

/** The secret of that name; `fresh` becomes it where there is none. */
export const keepSecret = writing(
  'accounts.keep-secret',
  function* (args: { name: string; fresh: Uint8Array }): Work<Uint8Array> {
    const { name, fresh } = args
    yield* run(sql`
      insert into secrets (name, value) values (${name}, ${fresh}) on conflict (name) do nothing`)
    const row = yield* one<{ value: Uint8Array }>(
      sql`select value from secrets where name = ${name}`,
    )
    return row?.value ?? fresh
  },
)
