import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CrlfText } from './line-ends.ts'

const cases: [string, string][] = [
  ['', ''],
  ['a\r\nb\r\n', 'a\r\nb\r\n'],
  ['a\nb\n', 'a\r\nb\r\n'],
  ['a\rb\r', 'a\r\nb\r\n'],
  ['a\r\r\nb', 'a\r\n\r\nb\r\n'],
  ['\n\n\r\n', '\r\n\r\n\r\n'],
  ['a\0\xff\n', 'a\0\xff\r\n'],
  ['no end', 'no end\r\n'],
]

it('every line end is CRLF, however the text is cut', () => {
  for (const [given, wanted] of cases)
    for (let size = 1; size <= Math.max(1, given.length); size++) {
      const text = new CrlfText()
      const bytes = Buffer.from(given, 'latin1')
      const parts: Buffer[] = []
      for (let at = 0; at < bytes.length; at += size)
        parts.push(text.push(bytes.subarray(at, at + size)))
      const got = Buffer.concat([...parts, text.end()]).toString('latin1')
      assert.equal(got, wanted, JSON.stringify([given, size]))
    }
})
