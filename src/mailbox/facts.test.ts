import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fold } from './facts.ts'

// RFC 5051 §2: by pairs that are one.
for (const [one, other] of [
  ['HELLO', 'hello'],
  ['ÄÖÜ', 'äöü'],
  ['e\u0301', 'é'],
  ['ﬁn', 'FIN'],
  ['ＡＢＣ', 'abc'],
  ['ΟΔΟΣ', 'οδος'],
  ['οδοσ', 'οδος'],
  ['\u212a', 'k'],
  ['ı', 'I'],
  ['x²', 'X2'],
] as const)
  test(`${one} and ${other} are the same`, () => assert.equal(fold(one), fold(other)))

test('letters stay apart', () => assert.notEqual(fold('ä'), fold('a')))
