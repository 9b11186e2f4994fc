// Filter scripts in the database: each account's own, by name, at most one of them active. Knows
// their texts, not their language.
import { recordsOfKinds } from '../accounts/record-jobs.ts'
import { lockAccount } from '../mailbox/change.ts'
import { type AnyJob, all, one, reading, run, sql, type Work, writingByRow } from '../store/sql.ts'

export interface ScriptRow {
  readonly id: string
  readonly name: string
  readonly active: number
  readonly bytes: number
  /** Milliseconds since 1970 when it was last put. */
  readonly at: number
}

export interface ScriptText {
  readonly name: string
  readonly content: string
}

interface Named {
  readonly account: string
  readonly name: string
}

export interface Allowance {
  readonly countMax: number
  readonly bytesMax: number
}

export interface Room extends Named, Allowance {
  readonly bytes: number
}

/** Whether a script of that size would fit, in the place of the one of its name. */
function* roomFor({ account, name, bytes, ...max }: Room): Work<'room' | 'count' | 'bytes'> {
  const others = yield* one<{ n: number; bytes: number }>(sql`
    select count(*) as n, coalesce(sum(bytes), 0) as bytes from sieve_scripts
    where account = ${account} and name <> ${name}`)
  if (Number(others?.n ?? 0) + 1 > max.countMax) return 'count'
  return Number(others?.bytes ?? 0) + bytes > max.bytesMax ? 'bytes' : 'room'
}

export const findScriptRoom = reading('delivery.find-script-room', roomFor)

export interface Put extends Room {
  /** Of a new one. */
  readonly id: string
  readonly content: string
  readonly at: number
}

/** Keeps a script, or what it is now; as it was, active or not. @throws Refused 'not-found' */
export const putScript = writingByRow('delivery.put-script', function* (put: Put) {
  const { account, name, content, bytes, at, id } = put
  yield* lockAccount(account)
  const room = yield* roomFor(put)
  if (room !== 'room') return room
  yield* run(sql`
    insert into sieve_scripts (account, name, active, bytes, at, content, id)
    values (${account}, ${name}, 0, ${bytes}, ${at}, ${content}, ${id})
    on conflict (account, name) do update set
      bytes = excluded.bytes, at = excluded.at, content = excluded.content`)
  return room
})

export const listScripts = reading('delivery.list-scripts', function* (account: string) {
  return yield* all<ScriptRow>(sql`
    select id, name, active, bytes, at from sieve_scripts where account = ${account} order by name`)
})

export const findScript = reading('delivery.find-script', function* ({ account, name }: Named) {
  return yield* one<ScriptText>(sql`
    select name, content from sieve_scripts where account = ${account} and name = ${name}`)
})

/** All that filters an account's mail: its active script, and what is set of the kinds. */
export const findFilter = reading(
  'delivery.find-filter',
  function* ({ account, kinds }: { account: string; kinds: readonly string[] }) {
    const active = yield* one<ScriptText>(sql`
      select name, content from sieve_scripts where account = ${account} and active = 1`)
    return { active, records: yield* recordsOfKinds(account, kinds) }
  },
)

/** Every script of an account with its text. */
export const findScripts = reading('delivery.find-scripts', function* (account: string) {
  return yield* all<ScriptText>(sql`
    select name, content from sieve_scripts where account = ${account} order by name`)
})

/** Makes it the active one; none for the name "". False where it is not there. */
export const activateScript = writingByRow(
  'delivery.activate-script',
  function* ({ account, name }: Named) {
    yield* lockAccount(account)
    if (name !== '' && !(yield* has(account, name))) return false
    yield* run(sql`
      update sieve_scripts set active = case when name = ${name} then 1 else 0 end
      where account = ${account}`)
    return true
  },
)

/** Removes it, unless it is the active one. */
export const removeScript = writingByRow(
  'delivery.remove-script',
  function* ({ account, name }: Named): Work<'removed' | 'active' | 'missing'> {
    yield* lockAccount(account)
    const row = yield* one<{ active: number }>(sql`
      select active from sieve_scripts where account = ${account} and name = ${name}`)
    if (!row) return 'missing'
    if (row.active === 1) return 'active'
    yield* run(sql`delete from sieve_scripts where account = ${account} and name = ${name}`)
    return 'removed'
  },
)

export const renameScript = writingByRow(
  'delivery.rename-script',
  function* ({
    account,
    name,
    to,
    id,
  }: Named & { to: string; id: string }): Work<'renamed' | 'missing' | 'exists'> {
    yield* lockAccount(account)
    if (!(yield* has(account, name))) return 'missing'
    if (yield* has(account, to)) return 'exists'
    yield* run(sql`
      update sieve_scripts set name = ${to}, id = case when id = '' then ${id} else id end
      where account = ${account} and name = ${name}`)
    return 'renamed'
  },
)

function* has(account: string, name: string): Work<boolean> {
  const row = yield* one(sql`
    select name from sieve_scripts where account = ${account} and name = ${name}`)
  return row !== undefined
}

/** All of an account's. */
export function* dropScripts(account: string): Work<void> {
  yield* run(sql`delete from sieve_scripts where account = ${account}`)
}

export const scriptJobs: readonly AnyJob[] = [
  ...[activateScript, findFilter, findScript, findScriptRoom, findScripts, listScripts],
  ...[putScript, removeScript, renameScript],
]
