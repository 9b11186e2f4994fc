// A server that dies, and connections that are cut: what was acknowledged is there, once.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Refused } from '../base/refused.ts'
import { openPostgres, type PostgresEngine } from './postgres-engine.ts'
import {
  countByReading,
  countByRow,
  counterSteps,
  readCounter,
  readMarks,
} from './testing/counter-jobs.ts'
import { CuttingProxy } from './testing/cutting-proxy.ts'
import { postgres } from './testing/engines.ts'
import { keepingLog, newFolder } from './testing/places.ts'

const { skip } = postgres

async function opened(t: TestContext, url: string): Promise<PostgresEngine> {
  const engine = await openPostgres({ url, migrations: counterSteps, log: keepingLog([]) })
  t.after(() => engine.close())
  return engine
}

/** The job, as soon as the server takes it. */
async function soon<T>(job: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 15_000
  for (;;) {
    try {
      return await job()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await pause(20)
    }
  }
}

/** Writes marks until it is stopped, and keeps those that were acknowledged. */
class Writing {
  readonly kept: string[] = []
  readonly refusals = new Set<string>()
  readonly #lanes: Promise<void>[]
  #over = false

  constructor(engine: PostgresEngine, lanes: number) {
    this.#lanes = Array.from({ length: lanes }, (_, lane) => this.#write(engine, lane))
  }

  async more(count: number): Promise<void> {
    const enough = this.kept.length + count
    while (this.kept.length < enough) await pause(5)
  }

  async stop(): Promise<void> {
    this.#over = true
    await Promise.all(this.#lanes)
  }

  async #write(engine: PostgresEngine, lane: number): Promise<void> {
    for (let n = 0; !this.#over; n++) {
      const mark = `${lane}-${n}`
      try {
        await engine.run(countByRow, { mark, counters: [`lane${lane}`] })
        this.kept.push(mark)
      } catch (error) {
        this.refusals.add(error instanceof Refused ? error.code : String(error))
        await pause(5)
      }
    }
  }
}

test('a server that crashes during writes has all that was acknowledged', { skip }, async (t) => {
  const url = await postgres.url(newFolder(t))
  // Opened once: it finds its server again by itself.
  const engine = await opened(t, url)
  const lanes = 8
  const writing = new Writing(engine, lanes)
  try {
    for (let crash = 0; crash < 3; crash++) {
      await writing.more(100)
      await postgres.server.crash()
      await postgres.server.start()
    }
    await writing.more(1)
  } finally {
    await writing.stop()
  }
  const marks = new Set(await engine.run(readMarks, undefined))
  for (const mark of writing.kept) assert.ok(marks.has(mark), `${mark} is lost`)
  assert.deepEqual([...writing.refusals], ['unavailable'])
  // Each mark was counted with it: nothing was done twice, and nothing half.
  for (let lane = 0; lane < lanes; lane++) {
    const counted = await engine.run(readCounter, `lane${lane}`)
    assert.equal(counted, [...marks].filter((mark) => mark.startsWith(`${lane}-`)).length)
  }
})

test('cut before its commit, a job is done anew, and once', { skip }, async (t) => {
  const url = await postgres.url(newFolder(t))
  const proxy = new CuttingProxy(t, postgres.server.folder)
  const engine = await opened(t, proxy.url(url))
  await engine.run(countByReading, 'c')
  for (const word of ['begin', 'insert', 'commit\0']) {
    proxy.cutAt(word, 'before it was heard')
    const settled = await Promise.allSettled([
      engine.run(countByRow, { mark: `${word}1`, counters: ['c'] }),
      engine.run(countByRow, { mark: `${word}2`, counters: ['c'] }),
    ])
    // Cut at its commit nobody here can know whether the server had heard it.
    const status = word.startsWith('commit') ? 'rejected' : 'fulfilled'
    assert.deepEqual(
      settled.map((each) => each.status),
      [status, status],
      word,
    )
  }
  assert.equal(proxy.cuts, 3)
  const marks = ['begin1', 'begin2', 'insert1', 'insert2']
  assert.deepEqual(await engine.run(readMarks, undefined), marks)
  assert.equal(await engine.run(readCounter, 'c'), 5)
})

test('cut at its commit, a job is not acknowledged and not done twice', { skip }, async (t) => {
  const url = await postgres.url(newFolder(t))
  const proxy = new CuttingProxy(t, postgres.server.folder)
  const engine = await opened(t, proxy.url(url))
  await engine.run(countByRow, { mark: 'first', counters: ['c'] })
  proxy.cutAt('commit\0', 'after it was heard')
  const job = engine.run(countByRow, { mark: 'unknown', counters: ['c'] })
  await assert.rejects(job, { code: 'unavailable' })
  await soon(() => engine.run(countByRow, { mark: 'later', counters: ['c'] }))
  const direct = await opened(t, url)
  assert.deepEqual(await direct.run(readMarks, undefined), ['first', 'later', 'unknown'])
  assert.equal(await direct.run(readCounter, 'c'), 3)
})

test('while there is no server, jobs are refused at once, and then done again', {
  skip,
}, async (t) => {
  const engine = await opened(t, await postgres.url(newFolder(t)))
  await postgres.server.crash()
  const began = performance.now()
  const mark = { mark: 'none', counters: [] }
  await assert.rejects(engine.run(countByRow, mark), { code: 'unavailable' })
  await assert.rejects(engine.run(readCounter, 'c'), { code: 'unavailable' })
  assert.equal(engine.health(), 'unavailable')
  assert.ok(performance.now() - began < 2_000)
  await postgres.server.start()
  await soon(() => engine.run(countByRow, { mark: 'again', counters: [] }))
  assert.deepEqual(await engine.run(readMarks, undefined), ['again'])
  assert.equal(engine.health(), 'ok')
})
