import assert from 'node:assert/strict'
import test from 'node:test'
import { citations } from './standards.ts'

const cited: readonly [text: string, found: readonly string[] | 'wrong'][] = [
  ['as RFC 5321 §4.5.2 says', ['5321 4.5.2']],
  ['RFC 5321, then RFC 3207.', ['5321 ', '3207 ']],
  ['(RFC 5322 §2.2 and §3.6.4)', ['5322 2.2', '5322 3.6.4']],
  ['RFC 5321 §D.1', ['5321 D.1']],
  ['RFC5321 §4', 'wrong'],
  ['RFC-5321', 'wrong'],
  ['rfc 5321', 'wrong'],
  ['RFC 5321 section 4.5', 'wrong'],
  ['RFC 5321, section 4.5', 'wrong'],
  ['RFC 5321 4.5.2', 'wrong'],
  ['RFC 5321§4.5', 'wrong'],
  ['RFCs 5321 and 5322', 'wrong'],
]
for (const [text, expected] of cited)
  test(`citation: ${text}`, () => {
    const problems: string[] = []
    const found = citations('a.ts', text, problems).map(({ rfc, section }) => `${rfc} ${section}`)
    assert.equal(problems.length > 0, expected === 'wrong')
    if (expected !== 'wrong') assert.deepEqual(found, expected)
  })
