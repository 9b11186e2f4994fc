import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../base/testing/property.ts'
import { LineCounts } from './line-counts.ts'

const text = fc
  .array(fc.constantFrom('\n', 'x', '\r\n', 'y'.repeat(100), '\n'.repeat(300)), { maxLength: 60 })
  .map((pieces) => Buffer.from(pieces.join('')))

test('as many lines as there are, between any two places, within the bytes or past them', () => {
  fc.assert(
    fc.property(text, fc.nat(6000), fc.nat(6000), (bytes, start, length) => {
      const counts = new LineCounts(bytes)
      for (const from of [0, start])
        assert.equal(
          counts.between(from, from + length),
          bytes
            .subarray(from, from + length)
            .toString('latin1')
            .split('\n').length - 1,
        )
    }),
  )
})
