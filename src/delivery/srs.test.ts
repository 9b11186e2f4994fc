// Senders that are rewritten find back, for some weeks, and nobody else makes one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRewritten, restored, rewritten } from './srs.ts'

const key = Buffer.from('a key of thirty-two bytes, or so')
const now = Date.UTC(2026, 4, 1)
const day = 86_400_000
const sender = { local: 'ana+tag', domain: 'client.test' }

test('a rewritten sender is ours, and is restored whatever became of its case', () => {
  const made = rewritten(sender, 'example.com', { key, now })
  assert.ok(made)
  assert.equal(made.domain, 'example.com')
  assert.ok(isRewritten(made.local))
  assert.deepEqual(restored(made.local, { key, now: now + 20 * day }), sender)
  assert.deepEqual(restored(made.local.toLowerCase(), { key, now }), sender)
})

test('no report comes after weeks, and none to a name that was changed or made by others', () => {
  const { local } = rewritten(sender, 'example.com', { key, now }) ?? { local: '' }
  assert.equal(restored(local, { key, now: now + 30 * day }), undefined)
  assert.equal(restored(local.replace('ana', 'eve'), { key, now }), undefined)
  assert.equal(restored(local, { key: Buffer.from('another'), now }), undefined)
  for (const text of ['SRS0=', 'SRS0=a=b=c', 'SRS0=a=b=c=', 'SRS0=é=b=c=d', 'srs0==a=b=c'])
    assert.equal(restored(text, { key, now }), undefined)
})

test('a sender that would be too long goes on as none', () => {
  const long = { local: 'a'.repeat(60), domain: 'client.test' }
  assert.equal(rewritten(long, 'example.com', { key, now }), null)
})
