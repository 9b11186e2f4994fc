import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Feed, missed } from './feed.ts'

it('a listener hears what was published after it began, in order', async () => {
  const feed = new Feed<number>()
  feed.publish(0)
  const heard: (number | typeof missed)[] = []
  const stop = new AbortController()
  const listening = (async () => {
    for await (const value of feed.listen(stop.signal)) {
      heard.push(value)
      if (value === 3) stop.abort()
    }
  })()
  for (const value of [1, 2, 3]) feed.publish(value)
  await listening
  assert.deepEqual(heard, [1, 2, 3])
  assert.equal(feed.listeners, 0)
})

it('a listener that lags is told so, and holds nobody up', async () => {
  const feed = new Feed<number>()
  const slow = feed.listen(undefined, 3)
  for (const value of [1, 2, 3, 4, 5]) feed.publish(value)
  assert.deepEqual((await slow.next()).value, missed)
  assert.deepEqual((await slow.next()).value, 5)
  await slow.return?.()
  assert.equal(feed.listeners, 0)
})
