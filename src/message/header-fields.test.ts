import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rawValue, scanHeader } from './header-fields.ts'

/** "name=value" of each field, then what is left as body. */
function shown(text: string): string[] {
  const bytes = Buffer.from(text, 'latin1')
  const header = scanHeader(bytes)
  const fields = header.fields.map((field) => `${field.name}=${rawValue(bytes, field)}`)
  return [...fields, `>${text.slice(header.end)}`]
}

const cases: [string, string[]][] = [
  ['', ['>']],
  ['\r\nbody', ['>body']],
  ['\nbody', ['>body']],
  ['A: 1\r\nB: 2\r\n\r\nbody', ['a=1', 'b=2', '>body']],
  ['A: 1\nB: 2\n\nbody', ['a=1', 'b=2', '>body']],
  ['A: 1\r\nB: 2', ['a=1', 'b=2', '>']],
  ['Subject: part one\r\n part two\r\n\r\n', ['subject=part one part two', '>']],
  ['Subject:\r\n\tx\r\n\r\n', ['subject=x', '>']],
  ['Subject: x\r\n \r\n y\r\n\r\nbody', ['subject=x  y', '>body']],
  ['Subject : x\r\n\r\n', ['subject=x', '>']],
  ['Subject:\r\n\r\n', ['subject=', '>']],
  ['a/b: x\r\n\r\n', ['a/b=x', '>']],
  ['A: x\rB: y\r\n\r\n', ['a=x\rB: y', '>']],
  ['A: x\0y\r\n\r\n', ['a=x\0y', '>']],
  // No fields at all, or no empty line after them.
  ['Contenido\r\n', ['>Contenido\r\n']],
  [' indented\r\n', ['> indented\r\n']],
  ['see http://x\r\n', ['>see http://x\r\n']],
  ['Subject: x\r\nHello Bob,\r\nbye\r\n', ['subject=x', '>Hello Bob,\r\nbye\r\n']],
  ['Subject: x\r\n--b\r\nA: y\r\n', ['subject=x', '>--b\r\nA: y\r\n']],
  // A line without its indent, and a mbox line, among fields.
  ['A: 1\r\nlost fold\r\nB: 2\r\n\r\nbody', ['a=1', 'b=2', '>body']],
  ['From tito Fri Nov 21\r\nA: 1\r\n\r\nbody', ['a=1', '>body']],
  ['hello\r\nA: 1\r\n\r\nbody', ['>hello\r\nA: 1\r\n\r\nbody']],
  ['__proto__: x\r\nconstructor: y\r\n\r\n', ['__proto__=x', 'constructor=y', '>']],
]

test('fields are found and the body begins where it should, however broken the header', () => {
  for (const [text, expected] of cases) {
    assert.deepEqual(shown(text), expected, JSON.stringify(text))
  }
})

test('offsets are those of the bytes', () => {
  const bytes = Buffer.from('xxA : 1\r\n 2\r\nB: ñ\r\n\r\nbody')
  const header = scanHeader(bytes, 2)
  assert.equal(header.start, 2)
  assert.deepEqual(header.fields, [
    { name: 'a', start: 2, value: 5, end: 13 },
    { name: 'b', start: 13, value: 15, end: 20 },
  ])
  assert.equal(bytes.toString('utf8', header.end), 'body')
})

test('limits are told, and the body is still found', () => {
  const many = scanHeader(Buffer.from(`${'a: b\r\n'.repeat(10_001)}\r\nbody`))
  assert.deepEqual([many.fields.length, many.limited, many.end], [10_000, true, 60_008])
  const wide = scanHeader(Buffer.from(`${`a: ${'x'.repeat(999)}\r\n`.repeat(1100)}\r\nbody`))
  assert.ok(wide.limited && wide.fields.length < 1100)
  const bytes = Buffer.from(`a: ${'x'.repeat(300_000)}\r\nb: y\r\n\r\nbody`)
  const long = scanHeader(bytes)
  assert.ok(long.limited)
  assert.deepEqual(
    long.fields.map((field) => rawValue(bytes, field).length),
    [262_143, 1],
  )
  assert.equal(scanHeader(Buffer.from(`${'a: b\r\n'.repeat(10_000)}\r\n`)).limited, false)
})
