// Jobs over a table of counters, for what several processes do to one database at the same time.
import type { Migration } from '../engine.ts'
import { all, one, reading, run, sql, type Work, writing, writingByRow } from '../sql.ts'

export const counterSteps: readonly Migration[] = [
  {
    name: '0001-counters',
    statements: [
      'create table counters (id {id} primary key, n {int} not null)',
      'create table marks (id {id} primary key)',
    ],
  },
]

/** Reads, and writes what it made of it: right only if nobody else does so in between. */
export const countByReading = writing('counters.by-reading', function* (id: string): Work<number> {
  const row = yield* one<{ n: number }>(sql`select n from counters where id = ${id}`)
  const n = (row?.n ?? 0) + 1
  yield* run(sql`insert into counters (id, n) values (${id}, ${n})
    on conflict (id) do update set n = excluded.n`)
  return n
})

export interface Mark {
  readonly mark: string
  /** Counted in this order: whoever has another one may wait for us, and we for them. */
  readonly counters: readonly string[]
}

/** Locks its counters one after the other, and leaves a mark that it was here. */
export const countByRow = writingByRow('counters.by-row', function* (args: Mark) {
  const counted: number[] = []
  for (const id of args.counters) {
    const row = yield* one<{ n: number }>(sql`
      insert into counters (id, n) values (${id}, 1)
      on conflict (id) do update set n = counters.n + 1 returning n`)
    counted.push(row?.n ?? 0)
  }
  yield* run(sql`insert into marks (id) values (${args.mark})`)
  return counted
})

export const readCounter = reading('counters.read', function* (id: string): Work<number> {
  return (yield* one<{ n: number }>(sql`select n from counters where id = ${id}`))?.n ?? 0
})

export const readMarks = reading('counters.marks', function* (): Work<readonly string[]> {
  return (yield* all<{ id: string }>(sql`select id from marks order by id`)).map(({ id }) => id)
})
