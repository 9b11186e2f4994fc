// Two whole servers on one PostgreSQL database: what comes in at one is read at the other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missed } from '../../src/base/feed.ts'
import { postgres } from '../../src/store/testing/engines.ts'
import { openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'

test('mail that one server takes is in the mailbox and on the board of the other', {
  skip: postgres.skip,
}, async (t) => {
  const url = await postgres.url(newFolder(t))
  const here = await openHouse(t, {
    change: (settings) => ({ ...settings, store: { ...settings.store, url } }),
  })
  const there = await openHouse(t, {
    users: [],
    change: (settings) => ({ ...settings, store: { ...settings.store, url } }),
  })
  const live = there.started.rooms?.traces.live.listen()
  assert.ok(live)
  const big = 'x'.repeat(76).concat('\r\n').repeat(10_000)
  const letters = ['Subject: one\r\n\r\nhello\r\n', `Subject: two\r\n\r\n${big}`]
  for (const [n, text] of letters.entries())
    assert.match(await (n % 2 ? there : here).send(['tito@example.com'], text), /^250 /)
  for (const house of [here, there]) {
    const bodies = await house.inbox('tito')
    assert.deepEqual(
      bodies.map((body) => body.toString()),
      letters,
    )
  }
  const subjects: string[] = []
  for await (const trace of live) {
    if (trace !== missed && !subjects.includes(trace.subject)) subjects.push(trace.subject)
    if (subjects.length === 2) break
  }
  assert.deepEqual(subjects, ['one', 'two'])
})
