import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DotText, TopOfText } from './dot-text.ts'

function sent(parts: readonly string[]): string {
  const text = new DotText()
  let out = ''
  for (const part of parts)
    text.add(Buffer.from(part, 'latin1'), (piece) => {
      out += Buffer.from(piece).toString('latin1')
    })
  return out + text.end
}

describe('RFC 1939 §3: a text on the wire', () => {
  const cases: [string, string][] = [
    ['', '.\r\n'],
    ['a\r\n', 'a\r\n.\r\n'],
    ['.\r\n', '..\r\n.\r\n'],
    ['..a\r\n.\r\n.', '...a\r\n..\r\n..\r\n.\r\n'],
    ['a.b\r\n.\r\n\r\n', 'a.b\r\n..\r\n\r\n.\r\n'],
    ['no end', 'no end\r\n.\r\n'],
    ['cr at the end\r', 'cr at the end\r\r\n.\r\n'],
    ['a lone LF\n.\r\n', 'a lone LF\n..\r\n.\r\n'],
    ['ends with a lone LF\n', 'ends with a lone LF\n\r\n.\r\n'],
    ['\0\xff\r\n', '\0\xff\r\n.\r\n'],
  ]
  for (const [text, wire] of cases)
    it(`${JSON.stringify(text)}, however it is cut`, () => {
      assert.equal(sent([text]), wire)
      assert.equal(sent([...text]), wire)
      for (let at = 0; at <= text.length; at++)
        assert.equal(sent([text.slice(0, at), text.slice(at)]), wire)
    })
})

function topOf(parts: readonly string[], lines: number): string {
  const top = new TopOfText(lines)
  let out = ''
  for (const part of parts) {
    const taken = top.take(Buffer.from(part))
    out += part.slice(0, taken)
    if (taken < part.length) break
  }
  return out
}

describe('RFC 1939 §7: the top of a text', () => {
  const text = 'A: 1\r\nB: 2\r\n\r\none\r\n\r\nthree\r\nfour'
  const cases: [string, number, string][] = [
    [text, 0, 'A: 1\r\nB: 2\r\n\r\n'],
    [text, 1, 'A: 1\r\nB: 2\r\n\r\none\r\n'],
    [text, 2, 'A: 1\r\nB: 2\r\n\r\none\r\n\r\n'],
    [text, 4, text],
    [text, 1000, text],
    ['A: 1\r\n', 5, 'A: 1\r\n'],
    ['\r\nbody\r\nmore\r\n', 1, '\r\nbody\r\n'],
    ['A: 1\n\none\ntwo\n', 1, 'A: 1\n\none\n'],
  ]
  for (const [whole, lines, wanted] of cases)
    it(`${lines} lines of ${JSON.stringify(whole)}, however it is cut`, () => {
      assert.equal(topOf([whole], lines), wanted)
      assert.equal(topOf([...whole], lines), wanted)
      for (let at = 0; at <= whole.length; at++)
        assert.equal(topOf([whole.slice(0, at), whole.slice(at)], lines), wanted)
    })
})
