// Jobs on the keys that we sign with.
import { all, reading, run, sql, writing } from '../../store/sql.ts'

export interface KeyRow {
  readonly domain: string
  readonly selector: string
  readonly algorithm: 'rsa-sha256' | 'ed25519-sha256'
  readonly private_key: string
  /** As it is published: base64. */
  readonly public_key: string
  /** "waiting" until its record is found; then "active"; "retired" when another took its place. */
  readonly state: 'waiting' | 'active' | 'retired'
  readonly made_at: number
}

/** Newest first. */
export const listKeys = reading('trust.keys', function* (domain: string) {
  return yield* all<KeyRow>(sql`
    select domain, selector, algorithm, private_key, public_key, state, made_at from dkim_keys
    where domain = ${domain} order by made_at desc, selector`)
})

/** Adds keys that wait; those that waited before are dropped: nobody has signed with them. */
export const addKeys = writing('trust.add-keys', function* (rows: readonly KeyRow[]) {
  const domain = rows[0]?.domain ?? ''
  yield* run(sql`delete from dkim_keys where domain = ${domain} and state = 'waiting'`)
  for (const row of rows) {
    yield* run(sql`
      insert into dkim_keys
        (domain, selector, algorithm, private_key, public_key, state, made_at)
      values (${row.domain}, ${row.selector}, ${row.algorithm}, ${row.private_key},
        ${row.public_key}, ${row.state}, ${row.made_at})`)
  }
})

/** Signs with those that waited from now on, and with the others no more. */
export const useKeys = writing('trust.use-keys', function* (domain: string) {
  const waiting = yield* all(sql`
    select selector from dkim_keys where domain = ${domain} and state = 'waiting'`)
  if (waiting.length === 0) return
  yield* run(sql`
    update dkim_keys set state = 'retired', private_key = ''
    where domain = ${domain} and state = 'active'`)
  yield* run(sql`
    update dkim_keys set state = 'active' where domain = ${domain} and state = 'waiting'`)
})
