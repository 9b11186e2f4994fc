import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Part, readStructure } from './structure.ts'

/** "mixed(plain'text' html'…' rfc822{…})": kinds, and the bodies of leaves. */
function shown(text: string): string {
  const bytes = Buffer.from(text, 'latin1')
  const show = (part: Part): string => {
    if (part.parts !== undefined) return `${part.subtype}(${part.parts.map(show).join(' ')})`
    if (part.message !== undefined) return `${part.subtype}{${show(part.message)}}`
    return `${part.subtype}'${bytes.toString('latin1', part.body, part.end)}'`
  }
  return show(readStructure(bytes))
}

const mixed = 'Content-Type: multipart/mixed; boundary=b\n\n'

const cases: [string, string][] = [
  ['', "plain''"],
  ['hello', "plain'hello'"],
  ['A: b\n\nhello\n', "plain'hello\n'"],
  ['Content-Type: text/html\n\n<p>', "html'<p>'"],
  ['Content-Type: nonsense\n\nx', "plain'x'"],
  [
    `${mixed}pre\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\npost\n`,
    "mixed(plain'one' html'two')",
  ],
  [`${mixed.replaceAll('\n', '\r\n')}--b\r\n\r\none\r\n\r\n--b--\r\n`, "mixed(plain'one\r\n')"],
  ['Content-Type: multipart/mixed; boundary="a b"\n\n--a b\n\none\n--a b--', "mixed(plain'one')"],
  // Boundaries: padding, no closing, one that is the beginning of another, none declared or met.
  [`${mixed}--b \t\n\none\n--b-- \n`, "mixed(plain'one')"],
  [`${mixed}--b\n\none`, "mixed(plain'one')"],
  [`${mixed}--b\n\none\n--bb\ntwo\n-- b\n --b\n--b--`, "mixed(plain'one\n--bb\ntwo\n-- b\n --b')"],
  [`${mixed}--b\n\none\n--b--\n--b\n\nlate\n`, "mixed(plain'one')"],
  [`${mixed}--b\n\none\n--b`, "mixed(plain'one')"],
  [`${mixed}--b\n--b\n\n--b--`, "mixed(plain'' plain'')"],
  [`${mixed}--b\nContent-Type: text/html\n--b\n\nx\n--b--`, "mixed(html'' plain'x')"],
  [`${mixed}nothing\n`, "plain'nothing\n'"],
  ['Content-Type: multipart/mixed\n\n--b\n\nx', "plain'--b\n\nx'"],
  ['Content-Type: multipart/mixed; boundary=""\n\n--\n\nx', "plain'--\n\nx'"],
  // An outer boundary ends what an inner multipart left open; the same boundary is the inner one's.
  [
    `${mixed}--b\nContent-Type: multipart/alternative; boundary=i\n\n--i\n\none\n--b\n\ntwo\n--b--`,
    "mixed(alternative(plain'one') plain'two')",
  ],
  [
    `${mixed}--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\none\n--b--\n--b\n\ntwo`,
    "mixed(alternative(plain'one') plain'two')",
  ],
  // Messages inside.
  ['Content-Type: message/rfc822\n\nSubject: x\n\nhi', "rfc822{plain'hi'}"],
  [
    `${mixed}--b\nContent-Type: message/rfc822\n\n${mixed.replace('=b', '=i')}--i\n\nhi\n--b--`,
    "mixed(rfc822{mixed(plain'hi')})",
  ],
  [
    'Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\nhi\n--b--',
    "digest(rfc822{plain'hi'})",
  ],
  ['Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\naGk=', "rfc822'aGk='"],
  ['Content-Type: message/delivery-status\n\nx: y', "delivery-status'x: y'"],
  ['Content-Type: multipart/mixed boundary=b\n\n--b\n\nx\n--b--', "mixed(plain'x')"],
]

test('the structure is found, with boundaries right, wrong and missing', () => {
  for (const [text, expected] of cases) assert.equal(shown(text), expected, JSON.stringify(text))
})

test('a part tells all that BODYSTRUCTURE asks', () => {
  const text = `${mixed}--b\r
Content-Type: TEXT/Plain; charset=UTF-8; name="=?utf-8?q?=C3=B1.txt?="\r
Content-Transfer-Encoding: BASE64 (really)\r
Content-ID: <id@x>\r
Content-Description: =?utf-8?q?=C3=B1?=\r
Content-Disposition: Attachment; filename*=utf-8''%C3%B1%0A.txt; size=3\r
Content-Language: en, id\r
Content-Location: http://x/\r
Content-MD5: Q2hl\r
\r
YQ==\r
YQ==\r
--b--`
  const part = readStructure(Buffer.from(text)).parts?.[0]
  const body = text.indexOf('YQ==')
  assert.deepEqual(part, {
    type: 'text',
    subtype: 'plain',
    params: [
      ['charset', 'UTF-8'],
      ['name', 'ñ.txt'],
    ],
    encoding: 'base64',
    start: text.indexOf('--b') + 5,
    body,
    end: body + 10,
    lines: 1,
    disposition: 'attachment',
    dispositionParams: [
      ['filename', 'ñ\n.txt'],
      ['size', '3'],
    ],
    filename: 'ñ .txt',
    id: 'id@x',
    description: 'ñ',
    language: 'en, id',
    location: 'http://x/',
    md5: 'Q2hl',
  })
})

test('a message inside has its envelope and its lines', () => {
  const text = 'Content-Type: message/rfc822\n\nSubject: inner\nFrom: a@b\n\none\ntwo\n'
  const part = readStructure(Buffer.from(text))
  assert.equal(part.envelope?.subject, 'inner')
  assert.equal(part.lines, 5)
  assert.equal(part.message?.lines, 2)
})

test('of a message seen in part the open parts reach to its end', () => {
  const whole = `${mixed}--b\n\none\n--b\nContent-Type: a/b\n\n${'x\n'.repeat(100)}--b--\n`
  const root = readStructure(Buffer.from(whole).subarray(0, 100), undefined, whole.length)
  assert.equal(root.end, whole.length)
  assert.deepEqual(
    root.parts?.map((part) => part.end),
    [whole.indexOf('\n--b\nContent'), whole.length],
  )
})

test('depth and number of parts are limited', () => {
  let nested = ''
  for (let n = 0; n < 60; n++) nested += `${mixed.replace('=b', `=b${n}`)}--b${n}\n`
  let part: Part | undefined = readStructure(Buffer.from(`${nested}\nx`))
  let depth = 0
  for (; part?.parts !== undefined; part = part.parts[0]) depth++
  assert.equal(depth, 50)
  assert.equal(`${part?.type}/${part?.subtype}`, 'application/octet-stream')
  const many = readStructure(Buffer.from(`${mixed}${'--b\n\nx\n'.repeat(6000)}`))
  assert.equal(many.parts?.length, 4999)
})

test('what is said of parts is limited in all: the others are opaque, and keep their places', () => {
  const said = `Content-Type: text/plain; name="${'n'.repeat(1000)}"\n\nx\n`
  const { parts = [] } = readStructure(Buffer.from(`${mixed}${`--b\n${said}`.repeat(100)}--b--\n`))
  assert.equal(parts.length, 100)
  const told = parts.filter(({ type }) => type === 'text').length
  assert.ok(told > 50 && told < 70, `${told}`)
  for (const part of parts) assert.equal(part.end - part.body, 1)
  assert.equal(parts.at(-1)?.type, 'application')
})

test('messages inside are looked into while their envelopes are few', () => {
  const inner = `--b\nContent-Type: message/rfc822\n\nTo: ${'a@b, '.repeat(200)}c@d\n\nx\n`
  const { parts = [] } = readStructure(Buffer.from(`${mixed}${inner.repeat(100)}--b--\n`))
  assert.equal(parts.length, 100)
  const seen = parts.filter(({ message }) => message !== undefined).length
  assert.ok(seen > 40 && seen < 70, `${seen}`)
  for (const { type, subtype } of parts.slice(0, 60))
    assert.equal(`${type}/${subtype}`, 'message/rfc822')
})

test('lines that only begin as boundaries do are looked at for a while', () => {
  const text = `${mixed}--b\n\n${'--c\n'.repeat(60_000)}--b\n\ny\n--b--\n`
  assert.equal(readStructure(Buffer.from(text)).parts?.length, 1)
  assert.equal(readStructure(Buffer.from(text.replaceAll('--c', 'cc'))).parts?.length, 2)
})
