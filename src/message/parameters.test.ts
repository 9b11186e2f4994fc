import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Param, paramOf, parseParameters } from './parameters.ts'

const cases: [string, string, Param[]][] = [
  ['text/plain', 'text/plain', []],
  ['text/plain;', 'text/plain', []],
  ['text/plain; charset=us-ascii (Plain text)', 'text/plain', [['charset', 'us-ascii']]],
  ['text/plain (x); Charset="utf-8"', 'text/plain', [['charset', 'utf-8']]],
  [
    'text/plain;charset = "utf-8" ; format=flowed',
    'text/plain',
    [
      ['charset', 'utf-8'],
      ['format', 'flowed'],
    ],
  ],
  ['a/b; name="x; y=\\"z\\\\"', 'a/b', [['name', 'x; y="z\\']]],
  [
    'a/b; name=my file.pdf; x=1',
    'a/b',
    [
      ['name', 'my file.pdf'],
      ['x', '1'],
    ],
  ],
  ['a/b; name=report(1).pdf', 'a/b', [['name', 'report(1).pdf']]],
  ['a/b; name="C:\\temp\\x"', 'a/b', [['name', 'C:\\temp\\x']]],
  ['a/b; name="open', 'a/b', [['name', 'open']]],
  ['a/b; ; =; x', 'a/b', [['', '']]],
  ['multipart/mixed boundary="x y"', 'multipart/mixed', [['boundary', 'x y']]],
  ['a/b; x=1; x=2', 'a/b', [['x', '1']]],
  // RFC 2231 §3, §4 and §4.1.
  [
    'message/external-body; URL*0="ftp://"; URL*1="cs.utk.edu/pub/moore/bulk-mailer.tar"',
    'message/external-body',
    [['url', 'ftp://cs.utk.edu/pub/moore/bulk-mailer.tar']],
  ],
  [
    "application/x-stuff; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
    'application/x-stuff',
    [['title', 'This is ***fun***']],
  ],
  [
    "a/b; title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
    'a/b',
    [['title', "This is even more ***fun*** isn't it!"]],
  ],
  ["a; filename*1*=%93.txt; filename*0*=utf-8''%E2%9C", 'a', [['filename', '✓.txt']]],
  ["a; filename=plain; filename*=utf-8''%C3%B1", 'a', [['filename', 'ñ']]],
  ['a; filename*0=x; filename*2=z', 'a', [['filename', 'x']]],
  ['a; filename="=?utf-8?q?=C3=B1.txt?="', 'a', [['filename', 'ñ.txt']]],
  ["a; filename*=x-none''%C3%B1", 'a', [['filename', 'ñ']]],
  ["a; filename*=utf-8''%zz%", 'a', [['filename', '%zz%']]],
  [
    'a; __proto__=x; constructor=y',
    'a',
    [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ],
  ],
]

test('values and parameters are read as RFC 2045 and 2231 say, and as mail has them', () => {
  for (const [raw, value, params] of cases) {
    assert.deepEqual(parseParameters(raw), { value, params }, raw)
  }
})

test('parameters and continuations have limits', () => {
  const many = Array.from({ length: 1000 }, (_, n) => `; p${n}=${n}`).join('')
  assert.equal(parseParameters(`a/b${many}`).params.length, 100)
  const pieces = Array.from({ length: 1000 }, (_, n) => `; name*${n}=x`).join('')
  assert.equal(paramOf(parseParameters(`a/b${pieces}`).params, 'name'), 'x'.repeat(64))
  assert.ok(paramOf(parseParameters(`a; x="${'y'.repeat(1e6)}"`).params, 'x').length <= 8192)
})
