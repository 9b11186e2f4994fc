import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refused } from '../base/refused.ts'
import { fc } from '../base/testing/property.ts'
import { mailboxesOf } from './address-list.ts'
import { compose, type Draft } from './compose.ts'
import { digest } from './digest.ts'
import { scanHeader } from './header-fields.ts'
import { plainText } from './plain-text.ts'

const draft: Draft = {
  from: { local: 'ketua', domain: 'kelompoksatu.com', name: 'Ketua' },
  to: [{ local: 'wireshark', domain: 'rarww.com' }],
  subject: 'Hello',
  text: 'rararrrwwrrrr',
  date: 880105506000,
  messageId: '01abc@example.com',
}

test('a plain draft is a plain message, byte for byte', () => {
  assert.equal(
    compose(draft).toString('latin1'),
    [
      'From: Ketua <ketua@kelompoksatu.com>',
      'To: wireshark@rarww.com',
      'Subject: Hello',
      'Date: Fri, 21 Nov 1997 09:45:06 +0000',
      'Message-ID: <01abc@example.com>',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 7bit',
      '',
      'rararrrwwrrrr',
      '',
    ].join('\r\n'),
  )
})

const lines = (message: Buffer) => message.toString('latin1').split('\r\n')
const headerLines = (message: Buffer) => {
  const all = lines(message)
  return all.slice(0, all.indexOf(''))
}
const roundTrip = (change: Partial<Draft>) => {
  const message = compose({ ...draft, ...change })
  return { message, result: digest(message), text: plainText(message, 1e6) }
}

test('T000-11 subject and body of any script arrive as typed, folded and encoded', () => {
  const subject = 'héllo ✓'.repeat(40)
  const { message, result, text } = roundTrip({ subject, text: 'Hola ñandú ✓' })
  assert.equal(result.envelope.subject, subject)
  assert.equal(text, 'Hola ñandú ✓')
  assert.ok(!/[^\r\n\x20-\x7e]/.test(message.toString('latin1')))
  assert.ok(lines(message).every((line) => line.length <= 76))
  for (const word of message.toString('latin1').match(/=\?[^ \r]*\?=/g) ?? []) {
    assert.ok(word.length <= 75, word)
  }
  assert.match(message.toString('latin1'), /Transfer-Encoding: (quoted-printable|base64)\r\n/)
})

const subjects = [
  '',
  'a',
  ' leading and trailing ',
  'two  blanks   three',
  '=?utf-8?q?not_a_word?=',
  'ñ',
  'ñ'.repeat(500),
  '😀'.repeat(100),
  'word '.repeat(200).trim(),
  'x'.repeat(899),
  'x'.repeat(5000),
  `${'x'.repeat(75)} ${'y'.repeat(75)}`,
  '日本語'.repeat(50),
  'a/b',
  '../../x',
  '<script>alert(1)</script>',
]

test('every subject survives, and no line is too long', () => {
  for (const subject of subjects) {
    const { message, result } = roundTrip({ subject })
    // Blanks around a subject are not part of it for a reader.
    assert.equal(result.envelope.subject, subject.trim(), subject.slice(0, 40))
    assert.ok(headerLines(message).every((line) => line.length <= 998 && line.trim() !== ''))
  }
})

test('names and many recipients survive', () => {
  const names = ['', 'Tito Sepiono', 'O\'Neil, "Joe" (x) <y>', 'Año ✓', 'x'.repeat(200), '=?x?=']
  const to = names.map((name, n) => ({ name, local: `user.${n}`, domain: 'example.com' }))
  const quoted = { local: 'a b@c', domain: 'd', name: 'Q' }
  const many = Array.from({ length: 50 }, (_, n) => ({ local: `r${n}`, domain: 'example.com' }))
  const { message, result } = roundTrip({ to: [...to, quoted], cc: many, replyTo: [quoted] })
  assert.deepEqual(mailboxesOf(result.envelope.to), [...to, quoted])
  assert.equal(mailboxesOf(result.envelope.cc).length, 50)
  assert.deepEqual(mailboxesOf(result.envelope.replyTo), [quoted])
  assert.ok(headerLines(message).every((line) => line.length <= 100))
})

test('without recipients there is still a To', () => {
  assert.deepEqual(roundTrip({ to: [] }).result.envelope.to, [
    { group: 'undisclosed-recipients', members: [] },
  ])
})

const bodies: [string, string, string][] = [
  ['ASCII', 'a\r\nb\r\n', '7bit'],
  ['line ends', 'a\nb\rc\r\nd', '7bit'],
  ['dots and From', '.\n..c\nFrom x\n--b', '7bit'],
  ['998 characters', 'x'.repeat(998), '7bit'],
  ['999 characters', 'x'.repeat(999), 'quoted-printable'],
  ['NUL', 'a\0b and nothing else', 'quoted-printable'],
  ['some accents', 'El ñandú corre por la pampa argentina.', 'quoted-printable'],
  ['blanks at line ends', 'ñ and blanks \t\nnext \n', 'quoted-printable'],
  ['=', `${'one two=3D '.repeat(100)}ñ`, 'quoted-printable'],
  ['another script', '日本語のメッセージ\n'.repeat(10), 'base64'],
]

test('bodies take the smallest safe encoding and come back unchanged', () => {
  for (const [name, text, encoding] of bodies) {
    const { message, result, text: back } = roundTrip({ text })
    assert.equal(result.structure.encoding, encoding, name)
    const expected = text.replace(/\r\n?/g, '\n').replace(/\0/g, '').trimEnd()
    assert.equal(back, expected, name)
    const body = message.toString('latin1', result.headerSize)
    assert.ok(body.endsWith('\r\n') && !/\r(?!\n)|[^\r]\n/.test(body), name)
    const longest = Math.max(...body.split('\r\n').map((line) => line.length))
    assert.ok(longest <= (encoding === '7bit' ? 998 : 76), name)
    assert.ok(!/[ \t]\r\n/.test(body) || encoding === '7bit', name)
  }
})

test('text and HTML are alternatives, and neither can end the other', () => {
  const first = compose({ ...draft, html: '<p>hi' }).toString('latin1')
  const boundary = /boundary="([^"]+)"/.exec(first)![1]!
  const { result, message } = roundTrip({ text: `--${boundary}--\n`, html: `<p>ñ\n--${boundary}` })
  const [text, html] = result.structure.parts!
  assert.deepEqual(
    [text?.subtype, html?.subtype, result.structure.parts?.length],
    ['plain', 'html', 2],
  )
  assert.equal(message.toString('latin1', text!.body, text!.end), `--${boundary}--\r\n`)
  assert.equal(result.hasAttachment, false)
})

const refusedWith = (change: Partial<Draft>, code: string) =>
  assert.throws(
    () => compose({ ...draft, ...change }),
    (error) => error instanceof Refused && error.code === code,
    JSON.stringify(change),
  )

test('T000-12 no field can be broken to add another', () => {
  for (const evil of ['a\nBcc: evil@x.com', 'a\r\nBcc: x', 'a\rb', 'a\0b', '\n', 'a\r\n b']) {
    refusedWith({ subject: evil }, 'bad-message')
    refusedWith({ from: { ...draft.from, name: evil } }, 'bad-message')
    refusedWith({ from: { ...draft.from, local: evil } }, 'bad-message')
    refusedWith({ to: [{ local: 'a', domain: evil }] }, 'bad-message')
    refusedWith({ cc: [{ local: 'a', domain: 'b', name: evil }] }, 'bad-message')
    refusedWith({ replyTo: [{ local: evil, domain: 'b' }] }, 'bad-message')
    refusedWith({ messageId: evil }, 'bad-message')
    refusedWith({ extra: [['X-A', evil]] }, 'bad-message')
    refusedWith({ extra: [[`X-${evil}`, 'a']] }, 'bad-message')
  }
  for (const name of ['', 'a b', 'a:', 'é', 'Subject', 'content-type', 'FROM', 'x'.repeat(100)]) {
    refusedWith({ extra: [[name, 'x']] }, 'bad-message')
  }
  for (const id of ['', '<a@b>', 'a b', 'é']) refusedWith({ messageId: id }, 'bad-message')
  for (const date of [Number.NaN, Infinity, -1e15, 1e15]) refusedWith({ date }, 'bad-message')
  refusedWith({ to: [{ local: 'a', domain: '' }] }, 'bad-address')
  refusedWith({ to: [{ local: '', domain: 'b' }] }, 'bad-address')
  refusedWith({ to: [{ local: 'a', domain: 'b, c@d' }] }, 'bad-address')
})

test('whatever stands in a field, there are as many fields as were asked for', () => {
  const tricks = fc.constantFrom(
    '\r\nBcc: x',
    '\n',
    '%0d%0a',
    '\u2028',
    '\u0085',
    '=?utf-8?q?=0d=0aBcc:?=',
  )
  const texts = fc
    .array(fc.oneof(tricks, fc.string({ unit: 'binary' })), { maxLength: 5 })
    .map((pieces) => pieces.join(''))
  const property = fc.property(texts, texts, texts, (subject, name, value) => {
    let message: Buffer
    try {
      const from = { ...draft.from, name }
      message = compose({ ...draft, subject, from, extra: [['X-Extra', value]] })
    } catch (error) {
      assert.ok(error instanceof Refused && error.code === 'bad-message')
      assert.match(subject + name + value, /[\r\n\0]/)
      return
    }
    const names = scanHeader(message).fields.map((field) => field.name)
    assert.equal(
      names.join(' '),
      'from to subject date message-id x-extra mime-version content-type content-transfer-encoding',
    )
  })
  fc.assert(property, { numRuns: 500 })
})

test('any subject and text that has no controls round-trips', () => {
  // Separators of lines and marks of direction are taken out of what is shown on one line.
  const controls = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u2060\ufeff]/u
  const line = fc
    .string({ unit: 'grapheme', maxLength: 300 })
    .filter((text) => !controls.test(text))
  fc.assert(
    fc.property(line, line, (subject, text) => {
      const { result, text: back } = roundTrip({ subject, text })
      assert.equal(result.envelope.subject, subject.trim())
      assert.equal(back, text.trimEnd())
    }),
    { numRuns: 300 },
  )
})

test('extra fields are written after ours and folded', () => {
  const value = '<1@x> '.repeat(40).trim()
  const { result, message } = roundTrip({
    extra: [
      ['References', value],
      ['X-Prio', '1 (highest, año)'],
    ],
  })
  assert.equal(result.envelope.references.length, 40)
  assert.ok(headerLines(message).every((line) => line.length <= 76))
  assert.match(message.toString('latin1'), /X-Prio: =\?UTF-8\?B\?MSAoaGlnaGVzdCwgYcOxbyk=\?=\r\n/)
})
