import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refused } from '../../base/refused.ts'
import { Cleaner } from './cleaner.ts'

const task = { as: 'page', parts: new Map(), key: '' } as const
const bomb = '<a><p>'.repeat(400_000)

test('a text that takes too long is given up, and the next is cleaned all the same', async (t) => {
  const cleaner = new Cleaner({ timeMs: 40, waitingMax: 10, memoryMib: 256 })
  t.after(() => cleaner.close())
  const slow = cleaner.clean({ ...task, html: bomb })
  await assert.rejects(slow, (error) => error instanceof Refused && error.code === 'too-big')
  const patient = new Cleaner({ timeMs: 20_000, waitingMax: 10, memoryMib: 256 })
  t.after(() => patient.close())
  const clean = await patient.clean({ ...task, html: '<p onclick=x>hello' })
  assert.equal(clean.body, '<p>hello</p>')
})

test('what waits is bounded, and told so', async (t) => {
  const cleaner = new Cleaner({ timeMs: 20_000, waitingMax: 2, memoryMib: 256 })
  t.after(() => cleaner.close())
  const all = Array.from({ length: 5 }, () => cleaner.clean({ ...task, html: '<p>x' }))
  const outcomes = await Promise.allSettled(all)
  const codes = outcomes.map((each) => (each.status === 'rejected' ? each.reason.code : 'done'))
  assert.deepEqual(codes, ['done', 'done', 'done', 'busy', 'busy'])
})

test('who waits when the server stops is told so', async () => {
  const cleaner = new Cleaner()
  const waiting = cleaner.clean({ ...task, html: bomb })
  const refused = assert.rejects(waiting, { code: 'unavailable' })
  await cleaner.close()
  await refused
  await assert.rejects(cleaner.clean({ ...task, html: 'x' }), { code: 'unavailable' })
})
