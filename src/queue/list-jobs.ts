// Jobs by which people look at the queue and change it.
import { Refused } from '../base/refused.ts'
import { release } from '../store/blob-rows.ts'
import { all, one, reading, run, sql, type Work, writing } from '../store/sql.ts'
import { blobOf, destinationOf, type QueuedRow } from './row.ts'

/** What of the queue is meant; what is not given is all. */
export interface Filter {
  /** A row's id, or a message's. */
  readonly id?: string
  readonly sender?: string
  /** A domain. */
  readonly destination?: string
  readonly state?: 'waiting' | 'held' | 'active'
}

export interface Page extends Filter {
  /** Rows after the one of this id, which are younger. */
  readonly after: string
  readonly limit: number
  readonly now: number
}

/** Rows that are looked at for one page, whatever fits of them. */
const lookedMax = 2_000

export interface Listed {
  readonly rows: readonly QueuedRow[]
  /** Where to go on; "" at the end. */
  readonly after: string
}

/** By age. A page costs as much at the end of a long queue as at its beginning. */
export const listQueue = reading('queue.page', function* (page: Page): Work<Listed> {
  const { id, after, limit, now } = page
  if (id !== undefined && id !== '') return { rows: yield* named(id), after: '' }
  const rows = yield* all<QueuedRow>(
    sql`select * from queued where id > ${after} order by id limit ${lookedMax}`,
  )
  const fitting: QueuedRow[] = []
  let last = after
  for (const row of rows) {
    if (fitting.length === limit) return { rows: fitting, after: last }
    last = row.id
    if (fits(row, page, now)) fitting.push(row)
  }
  return { rows: fitting, after: rows.length < lookedMax ? '' : last }
})

function* named(id: string): Work<readonly QueuedRow[]> {
  return yield* all<QueuedRow>(sql`
    select * from queued where id = ${id}
    union select * from queued where message = ${id} order by id`)
}

function fits(row: QueuedRow, { sender, destination, state }: Page, now: number): boolean {
  if (destination !== undefined && destinationOf(row.lane) !== destination) return false
  if (sender !== undefined && row.sender.toLowerCase() !== sender.toLowerCase()) return false
  return state === undefined || stateOf(row, now) === state
}

export function stateOf(row: QueuedRow, now: number): 'waiting' | 'held' | 'active' {
  if (row.state === 'held') return 'held'
  return row.owner !== '' && row.due > now ? 'active' : 'waiting'
}

export interface Order {
  readonly ids: readonly string[]
  readonly now: number
}

/** Makes rows due now; the lanes to look at. Those under way are left alone. */
export const retryRows = writing('queue.retry', function* ({ ids, now }: Order) {
  return yield* changed(
    ids,
    (id) => sql`
    update queued set due = ${now}, held_until = 0
    where id = ${id} and state = 'waiting' and owner = '' returning lane`,
  )
})

/** What is under way ends its attempt first. */
export const holdRows = writing('queue.hold', function* ({ ids }: Order) {
  return yield* changed(
    ids,
    (id) => sql`
    update queued set state = 'held' where id = ${id} and state = 'waiting' returning lane`,
  )
})

export const releaseRows = writing('queue.release', function* ({ ids, now }: Order) {
  return yield* changed(
    ids,
    (id) => sql`
    update queued set state = 'waiting', due = ${now}, tried = ${now}
    where id = ${id} and state = 'held' returning lane`,
  )
})

type Changing = (id: string) => ReturnType<typeof sql>

function* changed(ids: readonly string[], change: Changing): Work<readonly string[]> {
  const lanes: string[] = []
  for (const id of ids) {
    const row = yield* one<{ lane: string }>(change(id))
    if (row) lanes.push(row.lane)
  }
  return lanes
}

/** Takes a row away. What is under way may have been delivered already: it is refused. */
export const cancelRow = writing(
  'queue.cancel',
  function* (args: { id: string; now: number; attempt: string; facts: string }) {
    const { id, now, attempt, facts } = args
    const row = yield* one<QueuedRow>(sql`
      delete from queued where id = ${id} and (owner = '' or due <= ${now}) returning *`)
    if (!row) {
      const there = yield* one(sql`select id from queued where id = ${id}`)
      if (there) throw new Refused('busy', `${id} is being sent just now`)
      throw new Refused('not-found', `row ${id} in the queue`)
    }
    yield* release(blobOf(row))
    yield* run(sql`
      insert into attempts (message, id, facts) values (${row.message}, ${attempt}, ${facts})`)
  },
)

export interface QueueNumbers {
  /** At most `countedMax`. */
  readonly rows: number
  readonly held: number
  /** When the oldest row came; 0 where none is. */
  readonly oldest: number
}

/** Rows beyond these are not counted: to count a million takes long. */
export const countedMax = 100_000

export const queueNumbers = reading('queue.numbers', function* (): Work<QueueNumbers> {
  const counts = yield* one<{ waiting: number; total: number }>(sql`
    select
      (select count(*) from (select 1 from queued limit ${countedMax}) as listed) as total,
      (select count(*) from (select 1 from queued where state = 'waiting' limit ${countedMax}) as w)
        as waiting`)
  const first = yield* one<QueuedRow>(sql`select * from queued order by id limit 1`)
  const total = Number(counts?.total ?? 0)
  return {
    rows: total,
    held: Math.max(0, total - Number(counts?.waiting ?? 0)),
    oldest: first?.entered ?? 0,
  }
})
