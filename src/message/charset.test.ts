import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeCharset, decodeText, guessText } from './charset.ts'

const cases: [label: string, hex: string, text: string | undefined][] = [
  ['utf-8', 'c3b1', 'ñ'],
  ['UTF8', 'efbbbfc3b1', 'ñ'],
  ['utf-8', 'c3', '\ufffd'],
  ['iso-8859-1', 'f1', 'ñ'],
  ['windows-1252', '80', '€'],
  ['us-ascii', '41', 'A'],
  ['us-ascii', 'c3b1', 'ñ'],
  ['us-ascii', 'f1', 'ñ'],
  ['', 'f1', 'ñ'],
  ['iso-2022-jp', '1b2442467c1b2842', '日'],
  ['shift_jis', '93fa', '日'],
  ['cp932', '93fa', '日'],
  ['gb2312', 'c8d5', '日'],
  ['big5', 'a4e9', '日'],
  ['euc-kr', 'c0cf', '일'],
  ['koi8-r', 'f1', 'Я'],
  ['cp437', '9c', '£'],
  ['ibm850', '9c', '£'],
  ['macroman', '80', 'Ä'],
  ['utf-16le', '4100', 'A'],
  ['x-nonsense', '41', undefined],
  ['utf-7', '2b4144772d', undefined],
  ['hz-gb-2312', '7e7b', undefined],
  ['iso-2022-kr', '1b', undefined],
  ['__proto__', '41', undefined],
]

test('bytes become text by a fixed set of charsets; unsafe and unknown ones do not', () => {
  for (const [label, hex, text] of cases) {
    assert.equal(decodeCharset(Buffer.from(hex, 'hex'), label), text, `${label} ${hex}`)
  }
})

test('an unknown charset falls back to what the bytes look like', () => {
  assert.equal(decodeText(Buffer.from('ñ'), 'x-nonsense'), 'ñ')
  assert.equal(guessText(Buffer.from([0xf1, 0x61])), 'ña')
  assert.equal(guessText(Buffer.from('ñ✓').subarray(0, 4)), 'ñ')
  assert.equal(guessText(Buffer.alloc(0)), '')
})
