// Jobs on what proves a login beside a password: the secret of a code generator, codes for the day
// it is lost, and the keys of passkeys.
import { all, one, reading, run, sql, type Work, writing } from '../store/sql.ts'

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
