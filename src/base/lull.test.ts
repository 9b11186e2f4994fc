import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Lull } from './lull.ts'

it('what happens again and again puts it off, but not for ever', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let now = 0
  t.mock.method(performance, 'now', () => now)
  const pass = (ms: number) => {
    now += ms
    t.mock.timers.tick(ms)
  }
  let done = 0
  const lull = new Lull({
    quietMs: 100,
    longestMs: 1_000,
    act: () => {
      done++
    },
  })
  lull.touch()
  assert.ok(lull.awaited)
  pass(60)
  lull.touch()
  pass(60)
  assert.equal(done, 0)
  pass(40)
  assert.equal(done, 1)
  assert.ok(!lull.awaited)
  // Nothing happened: nothing is to be done.
  pass(5_000)
  assert.equal(done, 1)
  for (let n = 0; n < 19; n++) {
    lull.touch()
    pass(50)
  }
  assert.equal(done, 1)
  pass(50)
  assert.equal(done, 2)
  lull.touch()
  lull.stop()
  pass(200)
  assert.equal(done, 2)
})
