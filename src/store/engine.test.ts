// What every engine must do, run on each.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Refused } from '../base/refused.ts'
import type { Engine } from './engine.ts'
import type { Job } from './sql.ts'
import { engines } from './testing/engines.ts'
import {
  addAndBreak,
  addAndRefuse,
  addNote,
  addNotes,
  addOrKeep,
  countNotes,
  type Note,
  noteOf,
  unclonable,
} from './testing/jobs.ts'
import { newFolder, type OpenOptions } from './testing/places.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

for (const kind of engines) {
  const { skip } = kind
  const opened = async (t: TestContext, options?: OpenOptions): Promise<Engine> => {
    const engine = await kind.open(newFolder(t), options)
    t.after(() => engine.close())
    return engine
  }

  test(`${kind.name}: what was written is read at once`, { skip }, async (t) => {
    const engine = await opened(t)
    for (const n of numbers(20)) {
      await engine.run(addNote, { id: `n${n}`, number: n })
      assert.equal((await engine.run(noteOf, `n${n}`))?.number, n)
    }
  })

  test(`${kind.name}: values come back as they went`, { skip }, async (t) => {
    const engine = await opened(t)
    const bytes = Uint8Array.of(0, 255, 10, 13)
    await engine.run(addNote, { id: 'bytes', text: bytes, number: Number.MAX_SAFE_INTEGER })
    const note = await engine.run(noteOf, 'bytes')
    assert.deepEqual(note?.text, bytes)
    assert.equal(note?.number, Number.MAX_SAFE_INTEGER)
    await engine.run(addNote, { id: "it's \u0000 𝄞", text: null })
    assert.equal((await engine.run(noteOf, "it's \u0000 𝄞"))?.text, null)
    assert.equal(await engine.run(noteOf, 'nobody'), undefined)
  })

  test(`${kind.name}: a job that fails half-way leaves nothing`, { skip }, async (t) => {
    const engine = await opened(t)
    await engine.run(addNote, { id: 'there' })
    const notes = [{ id: 'a' }, { id: 'b' }, { id: 'there' }]
    await assert.rejects(engine.run(addNotes, notes), /unique/i)
    assert.equal(await engine.run(countNotes, undefined), 1)
  })

  test(`${kind.name}: jobs that fail in a group undo themselves and nobody else`, {
    skip,
  }, async (t) => {
    const engine = await opened(t)
    const jobs: readonly Job<Note, unknown>[] = [
      addAndRefuse,
      addNote,
      addAndBreak,
      addNote,
      addNote,
      addAndRefuse,
    ]
    const settled = await Promise.allSettled(
      numbers(60).map((n) => engine.run(jobs[n % 6]!, { id: `n${n}` })),
    )
    for (const [n, { status }] of settled.entries()) {
      const should = jobs[n % 6] === addNote
      assert.equal(status, should ? 'fulfilled' : 'rejected', `job ${n}`)
      assert.equal((await engine.run(noteOf, `n${n}`)) !== undefined, should, `row ${n}`)
    }
  })

  test(`${kind.name}: work may catch a constraint and go on`, { skip }, async (t) => {
    const engine = await opened(t)
    const results = await Promise.all(
      ['a', 'b', 'a', 'c', 'b'].map((id) => engine.run(addOrKeep, { id })),
    )
    assert.deepEqual(results, ['a', 'b', 'kept', 'c', 'kept'])
    assert.equal(await engine.run(countNotes, undefined), 3)
  })

  test(`${kind.name}: 200 jobs at once are all there, in order`, { skip }, async (t) => {
    const engine = await opened(t)
    const ids = numbers(200).map((n) => `n${n}`)
    const order: string[] = []
    const wait = ids.map((id) => engine.run(addNote, { id }).then((done) => order.push(done)))
    await Promise.all(wait)
    assert.deepEqual(order, ids)
    assert.equal(await engine.run(countNotes, undefined), 200)
  })

  test(`${kind.name}: a refusal keeps its code and detail, a bug its name and stack`, {
    skip,
  }, async (t) => {
    const engine = await opened(t)
    await assert.rejects(engine.run(addAndRefuse, { id: 'a' }), (error) => {
      assert.ok(error instanceof Refused)
      assert.equal(error.code, 'over-quota')
      assert.equal(error.message, 'over-quota: no room for a')
      return true
    })
    await assert.rejects(engine.run(addAndBreak, { id: 'a' }), (error) => {
      assert.ok(error instanceof Error)
      assert.equal(error.name, 'RangeError')
      assert.match(error.stack ?? '', /a bug[\s\S]*jobs\.ts/)
      return true
    })
  })

  test(`${kind.name}: what cannot be sent or answered fails alone`, { skip }, async (t) => {
    const engine = await opened(t)
    const bad = { id: 'bad', text: (() => {}) as never }
    const settled = await Promise.allSettled([
      engine.run(addNote, { id: 'a' }),
      engine.run(addNote, bad),
      engine.run(unclonable, undefined),
      engine.run(addNote, { id: 'b' }),
    ])
    const statuses = settled.map((each) => each.status)
    const answer = kind.resultsAreCloned ? 'rejected' : 'fulfilled'
    assert.deepEqual(statuses, ['fulfilled', 'rejected', answer, 'fulfilled'])
  })

  test(`${kind.name}: too many waiting jobs are refused, and room comes back`, {
    skip,
  }, async (t) => {
    const engine = await opened(t, { limits: { waitingJobsMax: 10 } })
    const settled = await Promise.allSettled(
      numbers(25).map((n) => engine.run(addNote, { id: `n${n}` })),
    )
    const refused = settled.filter((each) => each.status === 'rejected')
    assert.equal(refused.length, 15)
    for (const { reason } of refused) assert.equal((reason as Refused).code, 'busy')
    await engine.run(addNote, { id: 'later' })
    assert.equal(await engine.run(countNotes, undefined), 11)
  })

  test(`${kind.name}: too many waiting bytes are refused as busy`, { skip }, async (t) => {
    const engine = await opened(t, { limits: { waitingBytesMax: 10_000 } })
    const text = new Uint8Array(6_000)
    const first = engine.run(addNote, { id: 'a', text })
    await assert.rejects(engine.run(addNote, { id: 'b', text }), { code: 'busy' })
    await first
    await engine.run(addNote, { id: 'b', text })
  })

  test(`${kind.name}: closing waits, and all is there after reopening`, { skip }, async (t) => {
    const folder = newFolder(t)
    const first = await kind.open(folder)
    const writes = numbers(50).map((n) => first.run(addNote, { id: `n${n}` }))
    await first.close()
    await Promise.all(writes)
    await assert.rejects(first.run(addNote, { id: 'late' }), { code: 'unavailable' })
    const second = await kind.open(folder)
    t.after(() => second.close())
    assert.equal(await second.run(countNotes, undefined), 50)
  })
}
