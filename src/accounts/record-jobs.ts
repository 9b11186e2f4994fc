// Jobs on what a person keeps beside mail: identities, contacts, preferences … Each kind of an
// account has a state that grows with every change, and remembers what is gone.
import { Refused } from '../base/refused.ts'
import { all, one, reading, run, sql, type Work, writingByRow } from '../store/sql.ts'

export interface StoredRecord {
  readonly id: string
  /** JSON. */
  readonly data: string
  /** The states in which it was made and last changed. */
  readonly created: number
  readonly changed: number
}

interface Kind {
  readonly account: string
  readonly kind: string
}

export interface RecordChange extends Kind {
  readonly puts: readonly { readonly id: string; readonly data: string }[]
  readonly removes: readonly string[]
  /** How many there may be. */
  readonly max: number
}

/** So many states back what is gone is remembered. */
const remembered = 1_000

/** All of it or nothing; the state it leads to. @throws Refused 'too-many' */
export const changeRecords = writingByRow(
  'accounts.change-records',
  function* ({ account, kind, puts, removes, max }: RecordChange): Work<number> {
    const row = yield* one<{ state: number }>(sql`
      insert into record_kinds (account, kind, state, horizon) values (${account}, ${kind}, 1, 0)
      on conflict (account, kind) do update set state = record_kinds.state + 1 returning state`)
    const state = row?.state ?? 1
    for (const { id, data } of puts)
      yield* run(sql`
        insert into records (account, kind, id, data, created, changed)
        values (${account}, ${kind}, ${id}, ${data}, ${state}, ${state})
        on conflict (account, kind, id) do update set data = excluded.data, changed = ${state}`)
    for (const id of removes) {
      const gone = yield* one<{ created: number }>(sql`
        delete from records where account = ${account} and kind = ${kind} and id = ${id}
        returning created`)
      if (gone)
        yield* run(sql`
          insert into records_gone (account, kind, state, id, created)
          values (${account}, ${kind}, ${state}, ${id}, ${gone.created})`)
    }
    const counted = yield* one<{ n: number }>(sql`
      select count(*) as n from records where account = ${account} and kind = ${kind}`)
    if (puts.length > 0 && Number(counted?.n) > max) throw new Refused('too-many', kind)
    yield* forget(account, kind, state - remembered)
    return state
  },
)

function* forget(account: string, kind: string, upTo: number): Work<void> {
  if (upTo <= 0) return
  yield* run(sql`
    delete from records_gone
    where account = ${account} and kind = ${kind} and state <= ${upTo}`)
  yield* run(sql`
    update record_kinds set horizon = ${upTo} where account = ${account} and kind = ${kind}`)
}

/** Changes one record, unless somebody else did since it was read; whether it did. */
export const swapRecord = writingByRow(
  'accounts.swap-record',
  function* (args: Kind & { id: string; from: string; to: string }): Work<boolean> {
    const { account, kind, id, from, to } = args
    const row = yield* one<{ state: number }>(sql`
      update record_kinds set state = state + 1 where account = ${account} and kind = ${kind}
      returning state`)
    const done = yield* one(sql`
      update records set data = ${to}, changed = ${row?.state ?? 0}
      where account = ${account} and kind = ${kind} and id = ${id} and data = ${from}
      returning id`)
    return done !== undefined
  },
)

export interface Records {
  readonly state: number
  readonly records: readonly StoredRecord[]
}

/** Every record of a kind, in the order of ids. */
export const listRecords = reading(
  'accounts.records',
  function* ({ account, kind }: Kind): Work<Records> {
    const row = yield* one<{ state: number }>(sql`
      select state from record_kinds where account = ${account} and kind = ${kind}`)
    const records = yield* all<StoredRecord>(sql`
      select id, data, created, changed from records
      where account = ${account} and kind = ${kind} order by id`)
    return { state: row?.state ?? 0, records }
  },
)

/** What an account has of a few kinds, in the order of ids. */
export function* recordsOfKinds(account: string, kinds: readonly string[]) {
  const found: (StoredRecord & { readonly kind: string })[] = []
  for (const kind of kinds) {
    const rows = yield* all<StoredRecord>(sql`
      select id, data, created, changed from records
      where account = ${account} and kind = ${kind} order by id`)
    found.push(...rows.map((row) => ({ ...row, kind })))
  }
  return found
}

/** The same of all accounts, for what a server does by itself. */
export const everyRecord = reading('accounts.every-record', function* (kind: string) {
  return yield* all<StoredRecord & { readonly account: string }>(sql`
    select account, id, data, created, changed from records where kind = ${kind}
    order by account, id`)
})

/** A part of a kind by ids, from one up to below another, in their order. */
export const rangeOfRecords = reading(
  'accounts.records-range',
  function* ({ account, kind, from, below }: Kind & { from: string; below: string }) {
    return yield* all<StoredRecord>(sql`
      select id, data, created, changed from records
      where account = ${account} and kind = ${kind} and id >= ${from} and id < ${below}
      order by id`)
  },
)

/** Of every account, the first of a kind in the order of ids, without what they hold. */
export const firstRecords = reading(
  'accounts.first-records',
  function* ({ kind, limit }: { kind: string; limit: number }) {
    return yield* all<{ readonly account: string; readonly id: string }>(sql`
      select account, id from records where kind = ${kind} order by id limit ${limit}`)
  },
)

export const stateOfRecords = reading(
  'accounts.records-state',
  function* ({ account, kind }: Kind): Work<number> {
    const row = yield* one<{ state: number }>(sql`
      select state from record_kinds where account = ${account} and kind = ${kind}`)
    return row?.state ?? 0
  },
)

export interface RecordNews {
  readonly state: number
  readonly created: readonly string[]
  readonly updated: readonly string[]
  readonly destroyed: readonly string[]
}

/** What changed since a state; undefined when that cannot be told. */
export const recordsSince = reading(
  'accounts.records-since',
  function* (args: Kind & { since: number }): Work<RecordNews | undefined> {
    const { account, kind, since } = args
    const row = yield* one<{ state: number; horizon: number }>(sql`
      select state, horizon from record_kinds where account = ${account} and kind = ${kind}`)
    const { state, horizon } = row ?? { state: 0, horizon: 0 }
    if (since < horizon || since > state) return undefined
    const live = yield* all<StoredRecord>(sql`
      select id, '' as data, created, changed from records
      where account = ${account} and kind = ${kind} and changed > ${since} order by changed, id`)
    const gone = yield* all<{ id: string }>(sql`
      select id from records_gone
      where account = ${account} and kind = ${kind} and state > ${since} and created <= ${since}
      order by state, id`)
    return {
      state,
      created: live.filter(({ created }) => created > since).map(({ id }) => id),
      updated: live.filter(({ created }) => created <= since).map(({ id }) => id),
      destroyed: gone.map(({ id }) => id),
    }
  },
)

/** All that an account kept, when it goes. */
export function* dropRecords(account: string): Work<void> {
  yield* run(sql`delete from records where account = ${account}`)
  yield* run(sql`delete from records_gone where account = ${account}`)
  yield* run(sql`delete from record_kinds where account = ${account}`)
}
