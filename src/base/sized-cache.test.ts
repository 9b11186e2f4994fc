import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SizedCache } from './sized-cache.ts'

test('keeps no more than its size, and drops what was not asked for the longest', () => {
  const cache = new SizedCache<string>(80, ({ length }) => length)
  for (const key of 'abcdefgh') cache.set(key, key.repeat(10))
  assert.equal(cache.size, 80)
  cache.get('a')
  cache.set('i', 'i'.repeat(10))
  assert.equal(cache.size, 80)
  assert.equal(cache.get('b'), undefined)
  assert.equal(cache.get('a'), 'a'.repeat(10))
})

test('what is too large for it is not kept, and takes the place of nothing', () => {
  const cache = new SizedCache<string>(80, ({ length }) => length)
  cache.set('a', 'aa')
  cache.set('b', 'b'.repeat(11))
  assert.equal(cache.get('b'), undefined)
  cache.set('a', 'a'.repeat(11))
  assert.equal(cache.get('a'), undefined)
  assert.equal(cache.size, 0)
})
