import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Ids, timeOfId } from './ids.ts'

it('ids sort by time, never repeat, and tell their time', () => {
  let now = 1_800_000_000_000
  const ids = new Ids(() => now)
  const made: string[] = []
  for (let n = 0; n < 5000; n++) {
    made.push(ids.next())
    if (n % 100 === 0) now += 1
    // A clock that goes back must not bring ids that sort earlier.
    if (n === 2500) now -= 60_000
  }
  assert.deepEqual(made, [...made].sort())
  assert.equal(new Set(made).size, made.length)
  for (const id of made) assert.match(id, /^[0-9a-hjkmnp-tv-z]{20}$/)
  assert.equal(timeOfId(made[0]!), 1_800_000_000_000)
})
