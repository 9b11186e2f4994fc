import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeWords } from './encoded-words.ts'

const raw = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

// The first nine are RFC 2047 §8's and §2's.
const cases: [string, string][] = [
  ['=?US-ASCII?Q?Keith_Moore?=', 'Keith Moore'],
  ['=?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?=', 'Patrik Fältström'],
  ['(=?ISO-8859-1?Q?a?=)', '(a)'],
  ['=?ISO-8859-1?Q?a?= b', 'a b'],
  ['=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=', 'ab'],
  ['=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?=', 'ab'],
  ['=?ISO-8859-1?Q?a_b?=', 'a b'],
  ['=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=', 'a b'],
  ['=?iso-8859-8?b?7eXs+SDv4SDp7Oj08A==?=', 'םולש ןב ילטפנ'],
  ['=?utf-8?b?aMOpbGxvIOKckw==?=', 'héllo ✓'],
  ['=?utf-8?B?aMOpbGxvIOKckw?=', 'héllo ✓'],
  ['=?utf-8*en?q?h=c3=a9?=', 'hé'],
  ['=?utf-8?q?=E2=9C?= =?utf-8?q?=93?=', '✓'],
  ['=?UTF-8?q?=E2?= =?utf-8?Q?=9C=93?= x', '✓ x'],
  ['=?utf-8?q??=', ''],
  ['=?utf-8?q?=41?=', 'A'],
  ['=?utf-8?q?a b?=', 'a b'],
  ['=?utf-8?q?a=?=', 'a='],
  ['x=?utf-8?q?a?=y', 'xay'],
  ['plain', 'plain'],
  ['', ''],
  ['=?', '=?'],
  ['=??=', '=??='],
  ['=??q?a?=', '=??q?a?='],
  ['=?utf-8?x?a?=', '=?utf-8?x?a?='],
  ['=?utf-8?q?a', '=?utf-8?q?a'],
  ['=?utf-8?q?=?utf-8?q?b?=', '=?utf-8?q?b'],
  ['=?x-none?q?a=41?= b', '=?x-none?q?a=41?= b'],
  ['=?utf-7?q?+ADw-script?=', '=?utf-7?q?+ADw-script?='],
  [raw('ñ =?utf-8?q?=C3=B1?= ñ'), 'ñ ñ ñ'],
  [Buffer.from('ñ', 'latin1').toString('latin1'), 'ñ'],
  ['=?utf-8?q?=0d=0aBcc:_x?=', '\r\nBcc: x'],
]

test('encoded words are decoded and joined, and what is none stays as it is', () => {
  for (const [text, expected] of cases) assert.equal(decodeWords(text), expected, text)
})

test('the output has a limit', () => {
  assert.ok(decodeWords('=?utf-8?q?aaaaaaaaaa?= '.repeat(20_000)).length <= 65_536)
  assert.ok(decodeWords('a'.repeat(100_000)).length <= 65_536)
})
