import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../base/testing/property.ts'
import { parseAddressList } from './address-list.ts'
import { compose } from './compose.ts'
import { digest } from './digest.ts'
import { decodeWords } from './encoded-words.ts'
import { scanHeader } from './header-fields.ts'
import { htmlToText } from './html-text.ts'
import { parseParameters } from './parameters.ts'
import { parsePath } from './path.ts'
import { plainText } from './plain-text.ts'
import { type Part, readStructure } from './structure.ts'
import { decodeTransfer } from './transfer-decode.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const times = (count: number, make: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => make(n)).join('')

const mixed = (boundary: string) =>
  `Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n--${boundary}\r\n`
const html = (text: string) => plainText(bytes(`Content-Type: text/html\n\n${text}`), 1e6)

// Each takes about as long as looking at 32 MB does; anything quadratic would take minutes.
const attacks: [name: string, attack: () => unknown][] = [
  ['1 MB of adjacent encoded words', () => decodeWords('=?utf-8?q?=C3=B1_x?= '.repeat(50_000))],
  [
    'the same in a field',
    () => digest(bytes(`Subject: ${'=?utf-8?b?w7E=?= '.repeat(60_000)}\n\n`)),
  ],
  ['words of changing charsets', () => decodeWords('=?utf-8?q?a?= =?big5?q?a?= '.repeat(30_000))],
  ['words of unknown charsets', () => decodeWords('=?x?q?a?= '.repeat(100_000))],
  ['word beginnings', () => decodeWords('=?a?q?x'.repeat(150_000))],
  ['word beginnings and one end', () => decodeWords(`${'=?a?q?x'.repeat(150_000)}?=`)],
  ['=?', () => decodeWords('=?'.repeat(500_000))],
  ['100,000 nested multiparts', () => digest(bytes(times(100_000, (n) => mixed(`b${n}`))))],
  ['100,000 nested of one boundary', () => digest(bytes(mixed('b').repeat(100_000)))],
  [
    '100,000 nested messages',
    () => digest(bytes('Content-Type: message/rfc822\n\n'.repeat(100_000))),
  ],
  ['1,000,000 empty parts', () => readStructure(bytes(mixed('b') + '\r\n--b\r\n'.repeat(1e6)))],
  [
    'a million near boundaries',
    () => readStructure(bytes(`${times(49, (n) => mixed(`b${n}`))}\n${'--c0\n'.repeat(1e6)}`)),
  ],
  ['200,000 To fields', () => digest(bytes(`${'To: a@b.example, c@d\n'.repeat(200_000)}\nx`))],
  ['100,000 addresses in one To', () => digest(bytes(`To: ${'x@y, '.repeat(100_000)}\n\nx`))],
  ['a 10 MB field', () => digest(bytes(`Subject: ${'x'.repeat(1e7)}\n\nx`))],
  ['a 10 MB field name', () => scanHeader(bytes(`A: b\n${'x'.repeat(1e7)}`))],
  ['a 7 MB folded field', () => digest(bytes(`To: ${'x@y,\n '.repeat(1e6)}\n\nx`))],
  [
    'lines that are no field',
    () => scanHeader(bytes(`A: b\n${'no field\nA: b\n'.repeat(300_000)}`)),
  ],
  ['comments in comments', () => parseAddressList('('.repeat(1e6))],
  ['groups in groups', () => parseAddressList('a:'.repeat(500_000))],
  ['colons', () => parseAddressList(`a:${':'.repeat(1e6)}`)],
  ['@ after @', () => parseAddressList('x@ '.repeat(300_000))],
  ['quotes', () => parseAddressList('"'.repeat(1e6) + '<"'.repeat(300_000))],
  ['brackets', () => parseAddressList('<'.repeat(500_000) + '['.repeat(500_000))],
  [
    'name*0* to name*99999*',
    () => parseParameters(`a/b${times(100_000, (n) => `; name*${n}*=%41`)}`),
  ],
  ['parameters without values', () => parseParameters(`${'a;'.repeat(500_000)}x=1`)],
  ['open quotes in parameters', () => parseParameters(`x${';a="'.repeat(300_000)}`)],
  ['base64, a letter a line', () => decodeTransfer(bytes('Q\n'.repeat(2e6)), 'base64')],
  ['base64, padding only', () => decodeTransfer(bytes(`QQ${'='.repeat(1e7)}QQ`), 'base64')],
  ['base64, padding everywhere', () => decodeTransfer(bytes('QQ=='.repeat(1e6)), 'base64')],
  [
    'quoted-printable, escapes only',
    () => decodeTransfer(bytes('='.repeat(1e7)), 'quoted-printable'),
  ],
  [
    'quoted-printable, blanks',
    () => decodeTransfer(bytes('=    '.repeat(1e6)), 'quoted-printable'),
  ],
  ['blank lines', () => plainText(bytes(`\n${' \n'.repeat(3e6)}x`), 1e7)],
  ['HTML, <', () => htmlToText('<'.repeat(500_000))],
  ['HTML, open scripts', () => html('<script>'.repeat(30_000))],
  ['HTML, open comments', () => html('<!--'.repeat(60_000))],
  ['HTML, entities', () => htmlToText('&'.repeat(500_000) + '&#'.repeat(200_000))],
  [
    'HTML, blanks and breaks',
    () => htmlToText(' '.repeat(1e6) + '\n'.repeat(1e6) + '<br>'.repeat(1e5)),
  ],
  ['a path of quotes', () => parsePath(`<${'"\\'.repeat(500_000)}`, { lenient: true })],
  ['a path of hops', () => parsePath(`<${'@a,'.repeat(300_000)}`, { lenient: true })],
  ['a path of atoms', () => parsePath(`<${'a.'.repeat(500_000)}@b>`, { lenient: true })],
]

test('no input costs more than time in proportion to its size', () => {
  readAll()
  // Of this machine, with all that it does beside this.
  const unitMs = workMs(readAll)
  for (const [name, attack] of attacks) {
    const ms = workMs(attack)
    assert.ok(ms < 60 * unitMs, `${name}: ${ms.toFixed(0)} ms, a unit is ${unitMs.toFixed(0)} ms`)
  }
})

const muchToRead = Buffer.alloc(16 * 1024 * 1024, 'a line of text\r\n')

/** A unit of work: 16 MB, looked at byte by byte. */
function readAll(): number {
  let lines = 0
  for (const byte of muchToRead) if (byte === 10) lines++
  return lines
}

/** What a work takes of the processor, in milliseconds, however many others want it. */
function workMs(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Every offset lies in its parent, and parts follow one another. */
function assertOrder(part: Part, from: number, to: number): void {
  assert.ok(from <= part.start && part.start <= part.body, `${from} ${part.start} ${part.body}`)
  assert.ok(part.body <= part.end && part.end <= to, `${part.body} ${part.end} ${to}`)
  if (part.message !== undefined) assertOrder(part.message, part.body, part.end)
  let at = part.body
  for (const child of part.parts ?? []) {
    assertOrder(child, at, part.end)
    at = child.end
  }
}

const pieces = fc.constantFrom(
  'Content-Type: multipart/mixed; boundary=b\r\n',
  'Content-Type: multipart/alternative;\n boundary="c"\n',
  'Content-Type: message/rfc822\r\n',
  'Content-Type: text/html; charset=iso-2022-jp\r\n',
  'Content-Transfer-Encoding: base64\r\n',
  'Content-Transfer-Encoding: quoted-printable\r\n',
  "Content-Disposition: attachment; filename*0*=utf-8''%41; filename*1=b\r\n",
  'Subject: =?utf-8?q?=C3?= =?utf-8?q?=B1?=\r\n',
  'To: "a" <b@c>, g: d@e, (x) <f@g>;\r\n',
  'Date: 21 Nov 97 09:55 EST\r\n',
  '\r\n--b\r\n',
  '\n--b--\n',
  '\r\n--c\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  ' ',
  '\0',
  '=3D=\r\n',
  'SGVsbG8=',
  '<p>&amp;<br',
  'İ',
)
const messages = fc
  .array(fc.oneof({ weight: 4, arbitrary: pieces }, fc.string({ unit: 'binary', maxLength: 20 })), {
    maxLength: 40,
  })
  .map((list) => Buffer.from(list.join('')))

test('any bytes are digested, and all offsets lie inside', () => {
  const property = fc.property(messages, fc.nat(300), (message, more) => {
    const size = message.length + more
    const result = digest(message, size)
    assertOrder(result.structure, 0, size)
    assert.ok(result.headerSize <= message.length)
    assert.ok(result.preview.length <= 256)
    assert.ok(!/[\r\n\0]/.test(result.envelope.subject + result.preview))
    assert.deepEqual(JSON.parse(JSON.stringify(result)), result)
    for (const field of scanHeader(message).fields) {
      assert.ok(field.start < field.value && field.value <= field.end)
    }
  })
  fc.assert(property, { numRuns: 1000 })
})

test('every word of the grammars takes any text', () => {
  const property = fc.property(fc.string({ unit: 'binary' }), (text) => {
    const raw = Buffer.from(text).toString('latin1')
    decodeWords(raw)
    parseAddressList(raw)
    parseParameters(raw)
    htmlToText(text)
    for (const lenient of [true, false]) {
      const path = parsePath(text, { lenient, smtpUtf8: true })
      if ('error' in path) assert.notEqual(path.error, '')
    }
  })
  fc.assert(property, { numRuns: 1000 })
})

test('a composed message of any content is one that digests to the same parts', () => {
  const property = fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, markup) => {
    const message = compose({
      from: { local: 'a', domain: 'b' },
      to: [],
      subject: '',
      text,
      html: markup,
      date: 0,
      messageId: 'x@y',
    })
    const kinds = digest(message).structure.parts?.map((part) => part.subtype)
    assert.deepEqual(kinds, ['plain', 'html'])
  })
  fc.assert(property, { numRuns: 300 })
})
