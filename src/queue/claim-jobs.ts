// Jobs by which whoever delivers finds what is due and has it for a while. A lease is `due` itself,
// moved to the lease's end: whoever comes then takes over.
import { all, one, reading, run, sql, type Work, writing, writingByRow } from '../store/sql.ts'
import type { QueuedRow } from './row.ts'

/** To be composed into the job that files the message. */
export function* enqueue(rows: readonly QueuedRow[]): Work<void> {
  for (const row of rows)
    yield* run(sql`
      insert into queued (id, message, lane, state, due, owner, sender, recipients, asked, entered,
        tried, held_until, attempts, lost, waited, warned, last, prefix,
        blob_segment, blob_start, blob_size)
      values (${row.id}, ${row.message}, ${row.lane}, ${row.state}, ${row.due}, ${row.owner},
        ${row.sender}, ${row.recipients}, ${row.asked}, ${row.entered}, ${row.tried},
        ${row.held_until}, ${row.attempts}, ${row.lost}, ${row.waited}, ${row.warned}, ${row.last},
        ${row.prefix}, ${row.blob_segment}, ${row.blob_start}, ${row.blob_size})`)
}

export interface Claiming {
  readonly lane: string
  readonly owner: string
  readonly now: number
  /** The lease's end. */
  readonly until: number
  readonly limit: number
  /** When a row whose leases ran out again and again is tried next, should this one run out too. */
  readonly slowUntil: number
}

export interface Claimed {
  readonly rows: readonly QueuedRow[]
  /** When something of the lane is due next; null where nothing is left. */
  readonly next: number | null
}

/** A crash that takes the same row with it each time must not go round without a pause. */
const lostMax = 2

/** Takes what is due of a lane, the oldest first. Nobody else has it until the lease ends. */
export const claim = writingByRow('queue.claim', function* (claiming: Claiming): Work<Claimed> {
  const { lane, owner, now, until, limit, slowUntil } = claiming
  const rows = yield* all<QueuedRow>(sql`
    update queued set owner = ${owner}, due = ${until}, attempts = attempts + 1,
      lost = lost + case when owner = '' then 0 else 1 end
    where id in (
      select id from queued where lane = ${lane} and state = 'waiting' and due <= ${now}
      order by due limit ${limit})
      and state = 'waiting' and due <= ${now}
    returning *`)
  for (const { id, lost } of rows)
    if (lost >= lostMax) yield* run(sql`update queued set due = ${slowUntil} where id = ${id}`)
  return { rows, next: yield* nextDue(lane) }
})

function* nextDue(lane: string): Work<number | null> {
  const row = yield* one<{ due: number | null }>(
    sql`select min(due) as due from queued where lane = ${lane} and state = 'waiting'`,
  )
  return row?.due ?? null
}

export interface LaneDue {
  readonly lane: string
  readonly due: number
}

/** Lanes that have rows, after one of them, with when each is due: one look at the index a lane. */
export const lanes = reading('queue.lanes', function* (args: { after: string; limit: number }) {
  const { after, limit } = args
  return yield* all<LaneDue>(sql`
    with recursive found (lane) as (
      select min(lane) from queued where state = 'waiting' and lane > ${after}
      union all
      select (select min(queued.lane) from queued
        where queued.state = 'waiting' and queued.lane > found.lane)
      from found where found.lane is not null)
    select lane, (select min(due) from queued
      where queued.state = 'waiting' and queued.lane = found.lane) as due
    from found where lane is not null limit ${limit}`)
})

/** Moves the ends of all leases of one owner. */
export const renew = writingByRow(
  'queue.renew',
  function* ({ owner, until }: { owner: string; until: number }) {
    yield* run(sql`update queued set due = ${until} where owner = ${owner} and due < ${until}`)
  },
)

/** Gives back what an owner has not begun: its attempt was none. */
export const giveBack = writingByRow(
  'queue.give-back',
  function* ({ ids, owner, due }: { ids: readonly string[]; owner: string; due: number }) {
    for (const id of ids)
      yield* run(sql`
        update queued set owner = '', due = ${due}, attempts = attempts - 1
        where id = ${id} and owner = ${owner}`)
  },
)

/** Where only one process can be: whoever else had leases is gone. */
export const endLeases = writing('queue.end-leases', function* (now: number) {
  yield* run(sql`update queued set due = ${now} where owner <> '' and lost < ${lostMax}`)
})

const hurriedMax = 2_000

/** Makes what waits for a destination due now; the lanes, and whether there may be more. */
export const hurryRows = writingByRow(
  'queue.hurry',
  function* ({ destination, now }: { destination: string; now: number }) {
    const [first, last] = [`${destination} `, `${destination}!`]
    const rows = yield* all<{ lane: string }>(sql`
      update queued set due = ${now} where id in (
        select id from queued where lane >= ${first} and lane < ${last} and state = 'waiting'
          and owner = '' and due > ${now} and held_until <= ${now} limit ${hurriedMax})
        and owner = '' and state = 'waiting' returning lane`)
    const lanes = [...new Set(rows.map(({ lane }) => lane))]
    return { lanes, more: rows.length === hurriedMax }
  },
)

/** What is due later than anything can be: the clock was ahead when that was written. */
export const mendClock = writing(
  'queue.mend-clock',
  function* ({ now, latest }: { now: number; latest: number }) {
    yield* run(sql`
      update queued set due = ${now}
      where state = 'waiting' and due > ${latest} and held_until < due and held_until <= ${now}`)
  },
)
