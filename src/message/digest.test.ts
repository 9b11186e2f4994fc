import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Digest, digest } from './digest.ts'

const of = (text: string) => digest(Buffer.from(text, 'latin1'))

test('the digest of an ordinary message holds what lists and cards show', () => {
  const text = [
    'From: =?utf-8?q?A=C3=B1o?= <A@b.example>',
    'Sender: s@b.example',
    'Reply-To: r@b.example',
    'To: c@d.example, "E, F" <e@f.example>',
    'Cc: undisclosed:;',
    'Bcc: g@h.example',
    'Subject: part one\r\n part two',
    'Date: Fri, 21 Nov 1997 09:55:06 -0600',
    'Message-ID: <1@x>',
    'In-Reply-To: <0@x>',
    'References: <r@x> <0@x>',
    '',
    'Hello  there',
    'second line',
    '',
  ].join('\r\n')
  const box = (name: string, local: string, domain: string) => ({ name, local, domain })
  const expected: Digest = {
    envelope: {
      date: Date.parse('1997-11-21T15:55:06Z'),
      dateText: 'Fri, 21 Nov 1997 09:55:06 -0600',
      subject: 'part one part two',
      from: [box('Año', 'A', 'b.example')],
      sender: [box('', 's', 'b.example')],
      replyTo: [box('', 'r', 'b.example')],
      to: [box('', 'c', 'd.example'), box('E, F', 'e', 'f.example')],
      cc: [{ group: 'undisclosed', members: [] }],
      bcc: [box('', 'g', 'h.example')],
      messageId: '1@x',
      inReplyTo: ['0@x'],
      references: ['r@x', '0@x'],
    },
    structure: {
      type: 'text',
      subtype: 'plain',
      params: [],
      encoding: '7bit',
      start: 0,
      body: text.indexOf('Hello'),
      end: text.length,
      lines: 2,
    },
    preview: 'Hello there second line',
    hasAttachment: false,
    size: text.length,
    headerSize: text.indexOf('Hello'),
    truncated: false,
  }
  assert.deepEqual(of(text), expected)
  assert.deepEqual(JSON.parse(JSON.stringify(of(text))), expected)
})

const subjects: [name: string, text: string, subject: string][] = [
  ['none', 'A: b\r\n\r\nSubject: in the body', ''],
  ['empty', 'Subject:\r\n\r\n', ''],
  ['the header one wins', 'Subject: head\r\n\r\nSubject: body', 'head'],
  ['the first wins', 'Subject: one\r\nSubject: two\r\n\r\n', 'one'],
  ['folded', 'Subject: part one\r\n part two\r\n\r\n', 'part one part two'],
  ['tab folded', 'Subject: part one\r\n\tpart two\r\n\r\n', 'part one part two'],
  ['NUL', 'Subject: a\0b\r\n\r\n', 'a b'],
  ['path', 'Subject: ../../x\r\n\r\n', '../../x'],
  ['script', 'Subject: <script>&amp;\r\n\r\n', '<script>&amp;'],
  ['injected line', 'Subject: =?utf-8?q?a=0d=0aBcc:_x?=\r\n\r\n', 'a Bcc: x'],
  ['5 kB', `Subject: ${'x'.repeat(5000)}\r\n\r\n`, 'x'.repeat(5000)],
  ['no header at all', 'Subject', ''],
]

test('a subject is one line of text, or nothing', () => {
  for (const [name, text, subject] of subjects) {
    assert.equal(of(text).envelope.subject, subject, name)
  }
})

test('of a large message the first part is enough', () => {
  const head =
    'Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\n'
  const text = `${head}Content-Disposition: attachment; filename=x\r\n\r\n${'QQ==\r\n'.repeat(1000)}`
  const result = digest(Buffer.from(text).subarray(0, 500), 10_000_000)
  assert.equal(result.truncated, true)
  assert.equal(result.size, 10_000_000)
  assert.equal(result.preview, 'hi')
  assert.equal(result.hasAttachment, true)
  assert.equal(result.structure.parts?.[1]?.end, 10_000_000)
})

test('anything at all can be digested', () => {
  for (const text of ['', '\0', '\r\n', '\n', ':', ' ', '--', 'a:', '\r', '\xff\xfe']) {
    const { envelope, size, headerSize } = of(text)
    assert.equal(envelope.messageId, '')
    assert.equal(size, text.length)
    assert.ok(headerSize <= size)
  }
})

test('parsing once at delivery stays far below a disk write', () => {
  const body = 'Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do.\r\n'.repeat(55)
  const message = Buffer.from(
    `Received: from a ([192.0.2.1]) by b with ESMTP id 1;\r\n Fri, 21 Nov 1997 09:55:06 +0000\r\n` +
      `From: A <a@b.example>\r\nTo: C <c@d.example>\r\nSubject: =?utf-8?q?h=C3=A9llo?=\r\n` +
      `Date: Fri, 21 Nov 1997 09:55:06 +0000\r\nMessage-ID: <1@x>\r\n\r\n${body}`,
  )
  let best = Infinity
  for (let round = 0; round < 10; round++) {
    const began = performance.now()
    for (let n = 0; n < 500; n++) digest(message)
    best = Math.min(best, ((performance.now() - began) / 500) * 1000)
  }
  // About 25 µs on two shared cores; the bound leaves room for machines at work.
  assert.ok(best < 250, `${best.toFixed(0)} µs`)
})
