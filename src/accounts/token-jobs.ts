// Jobs on gateway tokens. A token is found by the hash of its secret; the secret is not kept.
import { Refused } from '../base/refused.ts'
import { all, one, reading, run, sql, writing } from '../store/sql.ts'

export interface TokenRow {
  readonly id: string
  readonly hash: string
  readonly name: string
  /** JSON arrays of patterns. */
  readonly senders: string
  readonly recipients: string
  readonly per_minute: number
  readonly created_at: number
}

export const addToken = writing('accounts.add-token', function* (row: TokenRow) {
  yield* run(sql`
    insert into tokens (id, hash, name, senders, recipients, per_minute, created_at)
    values (${row.id}, ${row.hash}, ${row.name}, ${row.senders}, ${row.recipients},
      ${row.per_minute}, ${row.created_at})`)
})

export const removeToken = writing('accounts.remove-token', function* (id: string) {
  const gone = yield* one(sql`delete from tokens where id = ${id} returning id`)
  if (!gone) throw new Refused('not-found', `token ${id}`)
})

export const findToken = reading('accounts.find-token', function* (hash: string) {
  return yield* one<TokenRow>(sql`
    select id, hash, name, senders, recipients, per_minute, created_at from tokens
    where hash = ${hash}`)
})

export const listTokens = reading('accounts.list-tokens', function* () {
  return yield* all<TokenRow>(sql`
    select id, hash, name, senders, recipients, per_minute, created_at from tokens order by id`)
})
