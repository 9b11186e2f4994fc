import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest } from './digest.ts'
import { envelopeText } from './envelope-text.ts'
import { scanHeader } from './header-fields.ts'
import { imapString } from './imap-string.ts'
import { packFields, pickFields, wantedFields } from './listed-fields.ts'
import { structureText } from './structure-text.ts'

function envelopeOf(text: string): string {
  const bytes = Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1')
  return envelopeText(bytes, scanHeader(bytes))
}

function structureOf(text: string): string {
  const bytes = Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1')
  return structureText(bytes, digest(bytes).structure)
}

// RFC 9051 §8, the sample connection.
test('writes the envelope of the standard’s example', () => {
  const envelope = envelopeOf(`Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)
From: Terry Gray <gray@cac.washington.edu>
Subject: IMAP4rev2 WG mtg summary and minutes
To: imap@cac.washington.edu
cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>
Message-Id: <B27397-0100000@cac.washington.edu>
MIME-Version: 1.0
Content-Type: TEXT/PLAIN; CHARSET=US-ASCII

`)
  const terry = '(("Terry Gray" NIL "gray" "cac.washington.edu"))'
  const cc = '((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU"))'
  assert.equal(
    envelope,
    `("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev2 WG mtg summary and minutes" ` +
      `${terry} ${terry} ${terry} ((NIL NIL "imap" "cac.washington.edu")) ${cc} NIL NIL ` +
      '"<B27397-0100000@cac.washington.edu>")',
  )
})

const subjects: readonly [what: string, header: string, envelope: string][] = [
  ['nothing', '\n', '(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)'],
  ['an empty subject', 'Subject:\n\n', '(NIL "" NIL NIL NIL NIL NIL NIL NIL NIL)'],
  ['a folded subject', 'Subject: a\n\tb\n\n', '(NIL "a\tb" NIL NIL NIL NIL NIL NIL NIL NIL)'],
  [
    'encoded words as they are',
    'Subject: =?utf-8?q?a?=\n\n',
    '(NIL "=?utf-8?q?a?=" NIL NIL NIL NIL NIL NIL NIL NIL)',
  ],
  [
    '8-bit text as a literal',
    'Subject: \xe4\n\n',
    '(NIL {1}\r\n\xe4 NIL NIL NIL NIL NIL NIL NIL NIL)',
  ],
  ['the first of two', 'Subject: a\nSubject: b\n\n', '(NIL "a" NIL NIL NIL NIL NIL NIL NIL NIL)'],
  [
    'a group',
    'To: Team: a@b, "C, D" <c@d>;\n\n',
    '(NIL NIL NIL NIL NIL ((NIL NIL "Team" NIL)(NIL NIL "a" "b")("C, D" NIL "c" "d")' +
      '(NIL NIL NIL NIL)) NIL NIL NIL NIL)',
  ],
  [
    'an address without domain',
    'To: a\n\n',
    '(NIL NIL NIL NIL NIL ((NIL NIL "a" "")) NIL NIL NIL NIL)',
  ],
  [
    'its own sender',
    'From: a@b\nSender: c@d\n\n',
    '(NIL NIL ((NIL NIL "a" "b")) ((NIL NIL "c" "d")) ((NIL NIL "a" "b")) NIL NIL NIL NIL NIL)',
  ],
]

for (const [what, header, envelope] of subjects)
  test(`writes an envelope with ${what}`, () => assert.equal(envelopeOf(header), envelope))

test('writes strings in the form that can say them', () => {
  assert.equal(imapString(''), '""')
  assert.equal(imapString('a "b" \\'), '"a \\"b\\" \\\\"')
  assert.equal(imapString('a\r\nb'), '{4}\r\na\r\nb')
  assert.equal(imapString('a\0\xff'), '{2}\r\na\xff')
})

test('writes the structure of nested parts', () => {
  const structure = structureOf(`Content-Type: multipart/mixed; boundary="b"; x*0*=utf-8''a; x*1=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable
Content-ID: <1@a>
Content-Description: first
Content-MD5: x
Content-Language: en, de
Content-Location: l

one
two
--b
Content-Type: message/rfc822
Content-Disposition: attachment; filename="=?utf-8?q?h=C3=A9?="

Subject: inner

body
--b--
`)
  assert.equal(
    structure,
    '(("text" "plain" ("charset" "utf-8") "<1@a>" "first" "quoted-printable" 8 1 "x" NIL ' +
      '("en" "de") "l")' +
      '("message" "rfc822" NIL NIL NIL "7bit" 22 ' +
      '(NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL) ' +
      '("text" "plain" NIL NIL NIL "7bit" 4 0 NIL NIL NIL NIL) 2 NIL ' +
      '("attachment" ("filename" "=?utf-8?q?h=C3=A9?=")) NIL NIL)' +
      ' "mixed" ("boundary" "b" "x*0*" "utf-8\'\'a" "x*1" "b") NIL NIL NIL)',
  )
})

const header = 'Subject: a\r\n b\r\nX-Other: x\r\nReceived: r\r\nDate: d\r\nreceived: s\r\n\r\n'

test('picks common header fields, each with its bytes and in its place', () => {
  const packed = packFields(Buffer.from(header))
  const pick = (...names: string[]) => pickFields(packed, wantedFields(names)!)
  assert.equal(pick('received', 'subject'), 'Subject: a\r\n b\r\nReceived: r\r\nreceived: s\r\n')
  assert.equal(pick('cc'), '')
})

test('keeps no fields that are not common, and none where they are too many', () => {
  assert.equal(wantedFields(['subject', 'x-other']), undefined)
  const many = packFields(Buffer.from(`Received: ${'r'.repeat(90)}\r\n`.repeat(1000)))
  assert.ok(many.length < 10)
  assert.equal(pickFields(many, wantedFields(['subject'])!), undefined)
})
