import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../base/testing/property.ts'
import { Syntax } from '../../../wire/protocol.ts'
import { Cursor } from '../cursor.ts'
import { bodyText } from './body-text.ts'
import { type FetchItem, marksSeen, readFetchItems } from './fetch-items.ts'

function itemsOf(text: string): readonly FetchItem[] {
  const cursor = Cursor.over(text)
  const items = readFetchItems(cursor)
  cursor.end()
  return items
}

function labelsOf(text: string): string[] {
  return itemsOf(text).map((item) => {
    if (item.is === 'plain') return item.name
    if (item.is === 'size' || !item.partial) return item.label
    return `${item.label}.${item.partial.length}`
  })
}

const good: readonly [text: string, ...labels: string[]][] = [
  ['FLAGS', 'FLAGS'],
  ['fast', 'FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  ['ALL', 'FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  ['FULL', 'FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
  ['(UID FLAGS uid)', 'UID', 'FLAGS'],
  ['BODYSTRUCTURE', 'BODYSTRUCTURE'],
  ['body', 'BODY'],
  ['BODY[]', 'BODY[]'],
  ['BODY.PEEK[TEXT]<0.2048>', 'BODY[TEXT]<0>.2048'],
  ['BODY[1.2.MIME]', 'BODY[1.2.MIME]'],
  ['body[1.2.header]', 'BODY[1.2.HEADER]'],
  ['BODY[HEADER.FIELDS (Date From)]', 'BODY[HEADER.FIELDS (Date From)]'],
  ['BODY[1.HEADER.FIELDS.NOT ("To")]', 'BODY[1.HEADER.FIELDS.NOT (To)]'],
  ['BODY[HEADER.FIELDS ("a b")]', 'BODY[HEADER.FIELDS ("a b")]'],
  ['BINARY[1]<3.4>', 'BINARY[1]<3>.4'],
  ['BINARY.PEEK[]', 'BINARY[]'],
  ['BINARY.SIZE[1.2]', 'BINARY.SIZE[1.2]'],
  ['(PREVIEW (LAZY) UID)', 'PREVIEW', 'UID'],
  ['(RFC822 RFC822.HEADER RFC822.TEXT)', 'RFC822', 'RFC822.HEADER', 'RFC822.TEXT'],
  ['(BODY[]<0.10> BODY[]<0.20>)', 'BODY[]<0>.10', 'BODY[]<0>.20'],
]

for (const [text, ...labels] of good)
  test(`reads FETCH ${text}`, () => assert.deepEqual(labelsOf(text), labels))

const bad = [
  ...['', 'FOO', '()', '(FLAGS', '(FAST)', 'BODY[', 'BODY[FOO]', 'BODY[0]', 'BODY[1.]', 'BODY[.1]'],
  ...['BODY[MIME]', 'BODY[HEADER.FIELDS]', 'BODY[HEADER.FIELDS ()]', 'BODY[]<0>', 'BODY[]<0.0>'],
  ...['BODY[]<-1.5>', 'BINARY[TEXT]', 'BINARY[HEADER]', 'BODY.PEEK', 'BINARY.SIZE', 'BODY[1 ]'],
  ...['BODY[99999999999]', `BODY[${'1.'.repeat(200)}1]`],
]

for (const text of bad)
  test(`refuses FETCH ${text.slice(0, 40)}`, () => assert.throws(() => itemsOf(text), Syntax))

test('tells what marks messages as seen', () => {
  for (const text of ['BODY[]', 'BINARY[1]', 'RFC822', 'RFC822.TEXT', '(UID BODY[1.MIME])'])
    assert.equal(marksSeen(itemsOf(text)), true, text)
  for (const text of ['BODY.PEEK[]', 'BINARY.PEEK[1]', 'RFC822.HEADER', 'BINARY.SIZE[1]', 'FULL'])
    assert.equal(marksSeen(itemsOf(text)), false, text)
})

test('never throws anything but Syntax', () => {
  const text = fc.stringMatching(/^[(]?(BODY|BINARY)?[.PEKSIZ]*[[0-9.HEADRFILS()\]<> ]*$/)
  fc.assert(
    fc.property(text, (given) => {
      try {
        itemsOf(given)
      } catch (error) {
        assert.ok(error instanceof Syntax)
      }
    }),
  )
})

const structures: readonly [structure: string, body: string][] = [
  [
    '("text" "plain" ("charset" "a)b") NIL NIL "7bit" 2 1 NIL NIL NIL NIL)',
    '("text" "plain" ("charset" "a)b") NIL NIL "7bit" 2 1)',
  ],
  [
    '("image" "png" NIL NIL {3}\r\n")( "base64" 2 NIL ("inline" NIL) NIL NIL)',
    '("image" "png" NIL NIL {3}\r\n")( "base64" 2)',
  ],
  [
    '(("a" "b" NIL NIL NIL "7bit" 2 NIL NIL NIL NIL)("text" "c" NIL NIL NIL "7bit" 3 1 NIL NIL' +
      ' NIL NIL) "mixed" ("boundary" "\\"") NIL NIL NIL)',
    '(("a" "b" NIL NIL NIL "7bit" 2)("text" "c" NIL NIL NIL "7bit" 3 1) "mixed")',
  ],
  [
    '("message" "rfc822" NIL NIL NIL "7bit" 22 (NIL "i" NIL NIL NIL NIL NIL NIL NIL NIL) ' +
      '("text" "plain" NIL NIL NIL "7bit" 4 0 NIL NIL NIL NIL) 2 NIL ("attachment" NIL) NIL NIL)',
    '("message" "rfc822" NIL NIL NIL "7bit" 22 (NIL "i" NIL NIL NIL NIL NIL NIL NIL NIL) ' +
      '("text" "plain" NIL NIL NIL "7bit" 4 0) 2)',
  ],
]

test('leaves extension data out of BODY', () => {
  for (const [structure, body] of structures) assert.equal(bodyText(structure), body)
})
