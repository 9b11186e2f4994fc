import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refused } from '../../base/refused.ts'
import { fc } from '../../base/testing/property.ts'
import { Syntax } from '../../wire/protocol.ts'
import { Cursor, type Piece } from './cursor.ts'
import { fromModifiedUtf7, toModifiedUtf7 } from './modified-utf7.ts'

type Read = (cursor: Cursor) => unknown

function readWhole(text: string, read: Read, utf8 = false): unknown {
  const cursor = Cursor.over(text, { utf8 })
  const value = read(cursor)
  cursor.end()
  return value
}

const good: readonly [what: string, text: string, read: Read, value: unknown][] = [
  ['an atom', 'Foo', (c) => c.atom(), 'Foo'],
  ['a word', 'Foo', (c) => c.word(), 'FOO'],
  ['an astring with a bracket', 'a]b', (c) => c.astring(), 'a]b'],
  ['a quoted string', '"a \\"b\\" \\\\"', (c) => c.astring(), 'a "b" \\'],
  ['an empty quoted string', '""', (c) => c.string(), ''],
  ['NIL', 'nil', (c) => c.nstring(), null],
  ['a string that is not NIL', '"NIL"', (c) => c.nstring(), 'NIL'],
  ['NIL as an astring', 'NIL', (c) => c.astring(), 'NIL'],
  ['a number', '4294967295', (c) => c.number(), 4294967295],
  ['a large number', '9007199254740991', (c) => c.number64(), Number.MAX_SAFE_INTEGER],
  ['the largest number', '9223372036854775807', (c) => c.number64(), Number.MAX_SAFE_INTEGER],
  ['a list', '(a b c)', (c) => c.list(() => c.atom()), ['a', 'b', 'c']],
  ['an empty list', '()', (c) => c.listOrNone(() => c.atom()), []],
  ['a set', '1', (c) => c.sequenceSet(), [[1, 1]]],
  [
    'a set of ranges',
    '2,4:7,9,12:*',
    (c) => c.sequenceSet(),
    [
      [2, 2],
      [4, 7],
      [9, 9],
      [12, Number.POSITIVE_INFINITY],
    ],
  ],
  ['a set written backwards', '*:4', (c) => c.sequenceSet(), [[Number.POSITIVE_INFINITY, 4]]],
  ['the saved set', '$', (c) => c.sequenceSet(), '$'],
  ['a date', '1-Feb-1994', (c) => c.date(), Date.UTC(1994, 1, 1)],
  ['a date in quotes', '"29-feb-2024"', (c) => c.date(), Date.UTC(2024, 1, 29)],
  ['a time', '"17-Jul-1996 02:44:25 -0700"', (c) => c.dateTime(), Date.UTC(1996, 6, 17, 9, 44, 25)],
  ['a time of a short day', '" 1-Jan-2000 00:00:00 +0130"', (c) => c.dateTime(), 946679400000],
  ['flags', '(\\Seen $Fwd)', (c) => c.flagList(), ['\\Seen', '$Fwd']],
  ['the inbox', 'iNbOx', (c) => c.mailbox(), 'INBOX'],
  ['a mailbox in modified UTF-7', '"&U,BTFw-/&ZeVnLIqe-"', (c) => c.mailbox(), '台北/日本語'],
  ['a mailbox with an ampersand', 'A&-B', (c) => c.mailbox(), 'A&B'],
  ['a pattern', '%/a*]', (c) => c.listMailbox(), '%/a*]'],
  ['an extension', '(a ("b" 1:*) ())', (c) => c.extension(), ['a', ['b', '1:*'], []]],
]

for (const [what, text, read, value] of good)
  test(`reads ${what}`, () => assert.deepEqual(readWhole(text, read), value))

const bad: readonly [what: string, text: string, read: Read][] = [
  ['an atom with a parenthesis', '(', (c) => c.atom()],
  ['an atom with 8-bit characters', 'ä', (c) => c.atom()],
  ['a quoted string without end', '"abc', (c) => c.string()],
  ['a quoted line end', '"a\r\nb"', (c) => c.string()],
  ['a quoted NUL', '"a\0b"', (c) => c.string()],
  ['a needless escape', '"a\\b"', (c) => c.string()],
  ['8-bit characters in quotes', '"ä"', (c) => c.string()],
  ['a number too large', '4294967296', (c) => c.number()],
  ['a large number too large', '9223372036854775808', (c) => c.number64()],
  ['a number of twenty digits', '11111111111111111111', (c) => c.number64()],
  ['a negative number', '-1', (c) => c.number()],
  ['zero for more than that', '0', (c) => c.nzNumber()],
  ['an empty list', '()', (c) => c.list(() => c.atom())],
  ['two spaces in a list', '(a  b)', (c) => c.list(() => c.atom())],
  ['a list without end', '(a b', (c) => c.list(() => c.atom())],
  ['the set 0', '0', (c) => c.sequenceSet()],
  ['a set with a hole', '1,,2', (c) => c.sequenceSet()],
  ['a set without end', '1:', (c) => c.sequenceSet()],
  ['a range of three', '1:2:3', (c) => c.sequenceSet()],
  ['a set number too large', '1:4294967296', (c) => c.sequenceSet()],
  ['a set of too many ranges', `${'1,'.repeat(20_000)}1`, (c) => c.sequenceSet()],
  ['the saved set among numbers', '$,1', (c) => readWhole('$,1', (d) => [d.sequenceSet(), c])],
  ['a day that is not there', '30-Feb-2003', (c) => c.date()],
  ['a month that is not there', '1-Foo-2003', (c) => c.date()],
  ['a month from the middle of two', '1-anf-2003', (c) => c.date()],
  ['a date with half its quotes', '"1-Feb-2003', (c) => c.date()],
  ['an hour that is not there', '"01-Feb-2003 24:00:00 +0000"', (c) => c.dateTime()],
  ['a flag of nothing', '(\\)', (c) => c.flagList()],
  ['lists in lists without end', '('.repeat(10_000), (c) => c.extension()],
]

for (const [what, text, read] of bad)
  test(`refuses ${what}`, () => assert.throws(() => readWhole(text, read), Syntax))

test('what modified UTF-7 cannot be is no name, but a pattern that fits nothing', () => {
  for (const text of ['A&B', '&AEE-', '&AAo']) {
    const refused = (error: unknown) => error instanceof Refused && error.code === 'bad-value'
    assert.throws(() => readWhole(text, (c) => c.mailbox()), refused, text)
    assert.equal(
      readWhole(text, (c) => c.listMailbox()),
      text,
    )
  }
})

test('reads literals between the text', () => {
  const pieces: Piece[] = [
    { text: Buffer.from('LOGIN ') },
    { literal: Buffer.from('Jörg'), binary: false },
    { text: Buffer.from(' ') },
    { literal: Buffer.from(''), binary: false },
    { text: Buffer.alloc(0) },
  ]
  const cursor = new Cursor(pieces, { utf8: false })
  assert.equal(cursor.word(), 'LOGIN')
  cursor.space()
  assert.equal(cursor.atLiteral, true)
  assert.equal(cursor.astring(), 'Jörg')
  cursor.space()
  assert.equal(cursor.astring(), '')
  cursor.end()
})

test('keeps the bytes of a literal in another charset, and calls it no UTF-8', () => {
  const pieces: Piece[] = [{ literal: Buffer.from('J\xf6rg', 'latin1'), binary: false }]
  assert.equal(new Cursor(pieces, { utf8: true }).astringBytes().toString('latin1'), 'J\xf6rg')
  assert.throws(() => new Cursor(pieces, { utf8: true }).astring(), Syntax)
})

test('takes a NUL in a literal8 only', () => {
  const literal = Buffer.from('a\0b')
  assert.throws(() => new Cursor([{ literal, binary: false }], { utf8: false }).literal(), Syntax)
  const read = new Cursor([{ literal, binary: true }], { utf8: false }).literal()
  assert.deepEqual(read, { literal, binary: true })
})

test('takes two strings without a space between for a mistake', () => {
  const literal = Buffer.from('a')
  const cursor = new Cursor(
    [
      { literal, binary: false },
      { literal, binary: false },
    ],
    { utf8: false },
  )
  cursor.astring()
  assert.throws(() => cursor.space(), Syntax)
  assert.throws(() => cursor.end(), Syntax)
})

test('reads UTF-8 in quotes once that is enabled', () => {
  assert.equal(
    readWhole('"Entwürfe & mehr"', (c) => c.mailbox(), true),
    'Entwürfe & mehr',
  )
  assert.equal(
    readWhole('"Grüße"', (c) => c.string(), true),
    'Grüße',
  )
})

test('reads a quoted string of a million escapes', () => {
  const text = `"${'\\\\'.repeat(1_000_000)}"`
  assert.equal(String(readWhole(text, (c) => c.string())).length, 1_000_000)
})

test('never throws anything but Syntax, or what refuses a name that is none', () => {
  const reads: Read[] = good.map(([, , read]) => read)
  fc.assert(
    fc.property(fc.string(), fc.nat(reads.length - 1), fc.boolean(), (text, n, utf8) => {
      try {
        readWhole(text, reads[n]!, utf8)
      } catch (error) {
        const named = error instanceof Refused && error.code === 'bad-value'
        assert.ok(error instanceof Syntax || named, String(error))
      }
    }),
    // "&" alone is no name in modified UTF-7, and well said.
    { examples: [['&', good.findIndex(([what]) => what === 'the inbox'), false]] },
  )
})

test('modified UTF-7 says every name, in one way only', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (name) => {
      const text = toModifiedUtf7(name)
      assert.match(text, /^[\x20-\x7e]*$/)
      assert.equal(fromModifiedUtf7(text), name)
    }),
  )
})
