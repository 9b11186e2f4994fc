import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameOf } from './names.ts'

test('an address is split at its last at sign', () => {
  assert.deepEqual(nameOf('A@B@Example.com'), { local: 'a@b', domain: 'example.com' })
  assert.deepEqual(nameOf('Tito'), { local: 'tito', domain: '' })
})
