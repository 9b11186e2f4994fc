// Jobs on what proves a login beside a password: the secret of a code generator, codes for the day
// it is lost, and the keys of passkeys.
import { Refused } from '../base/refused.ts'
import { all, one, reading, run, sql, type Work, writing } from '../store/sql.ts'
import type { AccountRow } from './account-jobs.ts'

export interface FactorRow {
  readonly account: string
  readonly id: string
  /** 'pending' is a secret that was not yet proved to be held. */
  readonly kind: 'pending' | 'totp' | 'recovery' | 'passkey'
  /** Base32; the SHA-256 of a recovery code; a passkey's public key as JWK. */
  readonly secret: string
  readonly label: string
  /** The last step of a generator that was used, or the counter of a passkey. */
  readonly counter: number
  readonly created_at: number
  /** 0: never. */
  readonly used_at: number
}

export const listFactors = reading('accounts.factors', function* (account: string) {
  return yield* all<FactorRow>(sql`
    select account, id, kind, secret, label, counter, created_at, used_at from second_factors
    where account = ${account} order by id`)
})

function* add(row: FactorRow): Work<void> {
  yield* run(sql`
    insert into second_factors (account, id, kind, secret, label, counter, created_at, used_at)
    values (${row.account}, ${row.id}, ${row.kind}, ${row.secret}, ${row.label}, ${row.counter},
      ${row.created_at}, ${row.used_at})`)
}

/** In place of all of those kinds; whether a second factor is wanted from now on, where given. */
export const putFactors = writing(
  'accounts.put-factors',
  function* (args: {
    readonly account: string
    readonly instead: readonly FactorRow['kind'][]
    readonly rows: readonly FactorRow[]
    readonly on?: boolean
  }): Work<void> {
    const { account, instead, rows, on } = args
    for (const kind of instead)
      yield* run(sql`delete from second_factors where account = ${account} and kind = ${kind}`)
    for (const row of rows) yield* add(row)
    if (on !== undefined)
      yield* run(sql`update accounts set two_factor = ${on ? 1 : 0} where id = ${account}`)
  },
)

/** Takes the code of a step that is later than all before; whether it was. */
export const useStep = writing(
  'accounts.use-step',
  function* (args: { account: string; id: string; step: number; at: number }): Work<boolean> {
    const row = yield* one(sql`
      update second_factors set counter = ${args.step}, used_at = ${args.at}
      where account = ${args.account} and id = ${args.id} and counter < ${args.step} returning id`)
    return row !== undefined
  },
)

/** A recovery code is good for once. */
export const useRecovery = writing(
  'accounts.use-recovery',
  function* (args: { account: string; secret: string }): Work<boolean> {
    const row = yield* one(sql`
      delete from second_factors where account = ${args.account} and kind = 'recovery'
        and secret = ${args.secret} returning id`)
    return row !== undefined
  },
)

const passkeysMax = 20

/** @throws Refused 'too-many', 'exists' */
export const addPasskey = writing('accounts.add-passkey', function* (row: FactorRow): Work<void> {
  const counted = yield* one<{ count: number }>(sql`
    select count(*) as count from second_factors
    where account = ${row.account} and kind = 'passkey'`)
  if (Number(counted?.count) >= passkeysMax)
    throw new Refused('too-many', `an account has at most ${passkeysMax} passkeys`)
  const taken = yield* one(sql`select id from second_factors where id = ${row.id}`)
  if (taken) throw new Refused('exists', 'that passkey')
  yield* add(row)
})

/** With its account, where that may log in. */
export const findPasskey = reading('accounts.find-passkey', function* (id: string) {
  const factor = yield* one<FactorRow>(sql`
    select account, id, kind, secret, label, counter, created_at, used_at from second_factors
    where id = ${id} and kind = 'passkey'`)
  if (!factor) return undefined
  const row = yield* one<AccountRow>(sql`
    select id, local, domain, name, '' as password, '' as scram, disabled, two_factor, admin,
      created_at from accounts where id = ${factor.account} and disabled = 0`)
  return row && { factor, row }
})

/** Whether its counter grew, or it does not count. */
export const usePasskey = writing(
  'accounts.use-passkey',
  function* (args: { id: string; counter: number; at: number }): Work<boolean> {
    const row = yield* one(sql`
      update second_factors set counter = ${args.counter}, used_at = ${args.at}
      where id = ${args.id} and kind = 'passkey'
        and (counter < ${args.counter} or (counter = 0 and ${args.counter} = 0)) returning id`)
    return row !== undefined
  },
)

export const removePasskey = writing(
  'accounts.remove-passkey',
  function* (args: { account: string; id: string }) {
    const gone = yield* one(sql`
      delete from second_factors
      where account = ${args.account} and id = ${args.id} and kind = 'passkey' returning id`)
    if (!gone) throw new Refused('not-found', 'passkey')
  },
)
