import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Scores } from './scores.ts'

const hour = 3_600_000

test('a score fades evenly, and no further than to nothing', () => {
  let now = 0
  const scores = new Scores({ perHour: 10, namesMax: 100, now: () => now })
  assert.equal(scores.add('a', 5), 5)
  now += hour / 4
  assert.equal(scores.of('a'), 2.5)
  assert.equal(scores.add('a', 1), 3.5)
  now -= hour
  assert.equal(scores.of('a'), 3.5, 'a clock that went back changes nothing')
  now += 2 * hour
  assert.equal(scores.of('a'), 0)
  assert.equal(scores.add('a', -1), 0)
  assert.equal(scores.size, 0)
})

test('names are bounded, and those that did most are remembered', () => {
  const scores = new Scores({ perHour: 1, namesMax: 100, now: () => 0 })
  scores.add('worst', 50)
  for (let n = 0; n < 10_000; n++) scores.add(`name ${n}`, 1)
  assert.equal(scores.size, 100)
  assert.equal(scores.of('worst'), 50)
  assert.equal(scores.of('name 9999'), 1)
})
