import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messageId, parseMessageIds } from './message-id.ts'

test('identifiers are found whatever stands around them', () => {
  assert.deepEqual(parseMessageIds('<a@b>'), ['a@b'])
  assert.deepEqual(parseMessageIds('<a@b> <c@d>\t<e@f>'), ['a@b', 'c@d', 'e@f'])
  assert.deepEqual(parseMessageIds('Your mail of Monday <a@b>, yes'), ['a@b'])
  assert.deepEqual(parseMessageIds('a@b c@d'), ['a@b', 'c@d'])
  assert.deepEqual(parseMessageIds('< 1234 @ local >'), ['1234@local'])
  assert.deepEqual(parseMessageIds('<a <b@c>'), ['b@c'])
  assert.deepEqual(parseMessageIds('<a'), [])
  assert.deepEqual(parseMessageIds('<>'), [])
  assert.deepEqual(parseMessageIds(''), [])
})

test('of a long list the root and the newest are kept', () => {
  const ids = parseMessageIds(Array.from({ length: 500 }, (_, n) => `<${n}@x>`).join(' '))
  assert.equal(ids.length, 100)
  assert.deepEqual([ids[0], ids[1], ids[99]], ['0@x', '401@x', '499@x'])
})

test('our own identifiers read back', () => {
  assert.deepEqual(parseMessageIds(`<${messageId('01abc', 'example.com')}>`), ['01abc@example.com'])
})
