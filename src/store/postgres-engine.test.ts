// What PostgreSQL must do beyond the suite of every engine: several processes on one database.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Refused } from '../base/refused.ts'
import type { PostgresEngine } from './postgres-engine.ts'
import { openPostgres } from './postgres-engine.ts'
import { all, one, reading, run, sql, type Work, writing } from './sql.ts'
import {
  countByReading,
  countByRow,
  counterSteps,
  readCounter,
  readMarks,
} from './testing/counter-jobs.ts'
import { postgres } from './testing/engines.ts'
import { addNote, countNotes, noteOf, noteSteps } from './testing/jobs.ts'
import { keepingLog, newFolder } from './testing/places.ts'

const { skip } = postgres
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

/** Engines on one database, as two processes have them. */
async function two(t: TestContext): Promise<readonly [PostgresEngine, PostgresEngine]> {
  const folder = newFolder(t)
  const options = { migrations: counterSteps }
  const engines = await Promise.all([
    postgres.open(folder, options),
    postgres.open(folder, options),
  ])
  t.after(() => Promise.all(engines.map((engine) => engine.close())))
  return engines
}

test('two processes: what is read and then written is not lost to the other', {
  skip,
}, async (t) => {
  const engines = await two(t)
  const results: number[] = []
  const retries = () => engines[0].counts.retries + engines[1].counts.retries
  // Until they were in each other's way: before that nothing is shown.
  for (let bursts = 0; retries() === 0; bursts++) {
    assert.ok(bursts < 50, 'they were never in each other’s way')
    const burst = numbers(200).map((n) => engines[n % 2]!.run(countByReading, 'hot'))
    results.push(...(await Promise.all(burst)))
  }
  assert.equal(await engines[0].run(readCounter, 'hot'), results.length)
  const expected = numbers(results.length).map((n) => n + 1)
  assert.deepEqual(
    results.toSorted((a, b) => a - b),
    expected,
  )
})

test('two processes: locks taken in opposite orders end, and nothing is lost', {
  skip,
}, async (t) => {
  const engines = await two(t)
  const ids = ['a', 'b', 'c', 'd']
  const results: (readonly number[])[] = []
  const retries = () => engines[0].counts.retries + engines[1].counts.retries
  for (let bursts = 0; retries() === 0; bursts++) {
    assert.ok(bursts < 50, 'they were never in each other’s way')
    const jobs = numbers(400).map((n) => {
      const counters = n % 2 ? ids : ids.toReversed()
      return engines[n % 2]!.run(countByRow, { mark: `mark${bursts}-${n}`, counters })
    })
    results.push(...(await Promise.all(jobs)))
  }
  for (const id of ids) assert.equal(await engines[1].run(readCounter, id), results.length)
  assert.equal((await engines[0].run(readMarks, undefined)).length, results.length)
  assert.equal(new Set(results.map(([first]) => first)).size > 1, true)
})

test('jobs of one tick share a transaction', { skip }, async (t) => {
  const [engine] = await two(t)
  const before = engine.counts.commits
  const one = (n: number) => engine.run(countByRow, { mark: `m${n}`, counters: [`c${n}`] })
  await Promise.all(numbers(50).map(one))
  assert.ok(engine.counts.commits - before < 10, `${engine.counts.commits - before} commits`)
})

test('a reading job sees one moment, however many statements it has', { skip }, async (t) => {
  const engines = await two(t)
  const write = writing('test.both', function* (n: number): Work<void> {
    for (const id of ['x', 'y'])
      yield* run(sql`insert into counters (id, n) values (${id}, ${n})
        on conflict (id) do update set n = excluded.n`)
  })
  const read = reading('test.both-read', function* () {
    const x = yield* one<{ n: number }>(sql`select n from counters where id = 'x'`)
    const y = yield* one<{ n: number }>(sql`select n from counters where id = 'y'`)
    return [x?.n, y?.n]
  })
  let writing_ = true
  const writer = (async () => {
    for (const n of numbers(100)) await engines[0].run(write, n)
    writing_ = false
  })()
  while (writing_) {
    const [x, y] = await engines[1].run(read, undefined)
    assert.equal(x, y)
  }
  await writer
})

test('a reading job of one statement may have two the next time', { skip }, async (t) => {
  const [engine] = await two(t)
  const read = reading('test.varies', function* (statements: number): Work<number> {
    let sum = 0
    for (let n = 0; n < statements; n++)
      sum += (yield* one<{ n: number }>(sql`select ${n} as n`))?.n ?? 0
    return sum
  })
  const asked = [1, 1, 3, 1, 2, 0, 1]
  const sums: number[] = []
  for (const n of asked) sums.push(await engine.run(read, n))
  assert.deepEqual(sums, [0, 0, 3, 0, 1, 0, 0])
  const many = await Promise.all(numbers(300).map((n) => engine.run(read, n % 4)))
  assert.deepEqual(
    many,
    numbers(300).map((n) => [0, 0, 1, 3][n % 4]),
  )
})

test('short and long reading jobs at once, before any connection is there', { skip }, async (t) => {
  const folder = newFolder(t)
  await (await postgres.open(folder, { migrations: counterSteps })).close()
  const engine = await postgres.open(folder, { migrations: counterSteps })
  t.after(() => engine.close())
  const short = reading('test.short', function* (n: number) {
    return (yield* one<{ n: number }>(sql`select ${n} as n`))?.n
  })
  const long = reading('test.long', function* (n: number) {
    const first = yield* one<{ at: string }>(sql`select now()::text as at`)
    const second = yield* one<{ at: string }>(sql`select now()::text as at`)
    assert.equal(first?.at, second?.at, 'another job’s statements came between')
    return n
  })
  const asked = numbers(400)
  const results = await Promise.all(asked.map((n) => engine.run(n % 3 ? long : short, n)))
  assert.deepEqual(results, asked)
})

test('text with NUL, and with what stands for it, comes back as it went', { skip }, async (t) => {
  const engine = await postgres.open(newFolder(t))
  t.after(() => engine.close())
  for (const id of ['\0', 'a\0\0b', '\uFDD0', '\uFDD00', '\uFDD0\0\uFDD01', '\0\uFDD0']) {
    await engine.run(addNote, { id })
    assert.equal((await engine.run(noteOf, id))?.id, id)
  }
  assert.equal(await engine.run(countNotes, undefined), 6)
})

test('ids sort by their bytes, as everywhere', { skip }, async (t) => {
  const [engine] = await two(t)
  const ids = ['a', 'B', '~', 'Z', '_', '0', 'é', 'b', 'a b', 'ab']
  for (const id of ids) await engine.run(countByRow, { mark: id, counters: [] })
  assert.deepEqual(await engine.run(readMarks, undefined), ids.toSorted())
})

test('a number and a truth are numbers, whatever PostgreSQL calls them', { skip }, async (t) => {
  const [engine] = await two(t)
  const read = reading('test.types', function* () {
    return yield* all<object>(sql`select sum(n) as sum, count(*) as count, 1 = 1 as yes, 2.5::float8 as half,
      ${7} + 1 as eight, coalesce(max(n), 0) as most from (values (1::bigint), (2)) as v(n)`)
  })
  const [row] = await engine.run(read, undefined)
  assert.deepEqual(row, { sum: 3, count: 2, yes: 1, half: 2.5, eight: 8, most: 2 })
})

test('a full disk is no-space, any other failure of the server storage-failed', {
  skip,
}, async (t) => {
  const [engine] = await two(t)
  const fail = writing('test.fail', function* (code: string): Work<void> {
    yield* run({
      text: `do $$ begin raise exception 'so it is' using errcode = '${code}'; end $$`,
      values: [],
    })
  })
  const codes = [
    ['53100', 'no-space'],
    ['58030', 'storage-failed'],
    ['XX001', 'storage-failed'],
  ] as const
  for (const [code, refusal] of codes)
    await assert.rejects(engine.run(fail, code), (error) => {
      assert.ok(error instanceof Refused)
      assert.equal(error.code, refusal)
      return true
    })
  assert.equal((await engine.run(countByRow, { mark: 'after', counters: ['c'] }))[0], 1)
})

test('connections that end are made anew', { skip }, async (t) => {
  const [engine] = await two(t)
  await engine.run(countByRow, { mark: 'before', counters: ['c'] })
  await postgres.server.execute(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'amplop%'",
  )
  const seen: number[] = []
  for (let n = 0; seen.length < 3 && n < 100; n++) {
    const read = await engine.run(readCounter, 'c').catch(() => undefined)
    if (read !== undefined) seen.push(read)
  }
  assert.deepEqual(seen, [1, 1, 1])
  await engine.run(countByRow, { mark: 'after', counters: ['c'] })
  assert.deepEqual(await engine.run(readMarks, undefined), ['after', 'before'])
})

test('commits that would not be durable are refused at the start', { skip }, async (t) => {
  const place = await postgres.url(newFolder(t))
  const migrations = noteSteps
  const log = keepingLog([])
  for (const value of ['off', 'local', 'remote_write']) {
    const url = place.replace('search_path', `synchronous_commit%3D${value}%20-c%20search_path`)
    await assert.rejects(openPostgres({ url, migrations, log }), /synchronous_commit is /)
  }
  const url = place.replace('search_path', 'synchronous_commit%3Dremote_apply%20-c%20search_path')
  await (await openPostgres({ url, migrations, log })).close()
})

test('a database that is not there is told in one line', { skip }, async () => {
  const url = 'postgres://amplop:secret@/nowhere?host=/nowhere/at/all'
  const opening = openPostgres({ url, migrations: noteSteps, log: keepingLog([]) })
  await assert.rejects(opening, (error: Error) => !error.message.includes('secret'))
})

test('schema: of processes that start at once, one makes each step', { skip }, async (t) => {
  const folder = newFolder(t)
  const engines = await Promise.all(numbers(4).map(() => postgres.open(folder)))
  await Promise.all(engines.map((engine, n) => engine.run(addNote, { id: `n${n}` })))
  assert.equal(await engines[0]!.run(countNotes, undefined), 4)
  await Promise.all(engines.map((engine) => engine.close()))
})

test('schema: a database of a newer version is refused, and says which step', {
  skip,
}, async (t) => {
  const folder = newFolder(t)
  const newer = [...noteSteps, { name: '0009-future', statements: ['create table f (id {id})'] }]
  await (await postgres.open(folder, { migrations: newer })).close()
  await assert.rejects(postgres.open(folder), /newer version.*0009-future/)
})

test('schema: a step that fails leaves nothing behind, and is named', { skip }, async (t) => {
  const folder = newFolder(t)
  const bad = { name: '0002-bad', statements: ['create table half (id {id})', 'create nonsense'] }
  const migrations = [...noteSteps, bad]
  await assert.rejects(postgres.open(folder, { migrations }), /0002-bad failed/)
  const good = { name: '0002-good', statements: ['create table half (id {id})'] }
  await (await postgres.open(folder, { migrations: [...noteSteps, good] })).close()
})
