import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scanHeader } from './header-fields.ts'
import {
  type Reception,
  receivedField,
  receivedId,
  receivedWith,
  returnPathField,
} from './trace-fields.ts'

const reception: Reception = {
  hello: 'client.example',
  address: '192.0.2.7',
  by: 'mx.example.com',
  protocol: 'ESMTPS',
  id: '01abc',
  tls: 'TLSv1.3',
  recipients: [{ local: 'tito', domain: 'example.com' }],
  date: 880105506000,
}
const unfolded = (field: string) => field.replaceAll('\r\n ', ' ')

test('the trace field says who, where, how and when', () => {
  assert.equal(
    unfolded(receivedField(reception)),
    'Received: from client.example ([192.0.2.7]) by mx.example.com with ESMTPS (TLSv1.3) id 01abc ' +
      'for <tito@example.com>; Fri, 21 Nov 1997 09:45:06 +0000\r\n',
  )
  const lines = receivedField(reception).split('\r\n')
  assert.ok(lines.every((line) => line.length <= 76))
})

test('the id of a trace field is found again, whatever a client called itself', () => {
  for (const hello of [
    'client.example',
    'id.with.by',
    '[192.0.2.7]',
    'a with x id y',
    'x'.repeat(60),
  ])
    for (const tls of ['', 'TLSv1.3']) {
      const prefix = returnPathField(null) + receivedField({ ...reception, hello, tls })
      assert.equal(receivedId(prefix), '01abc', hello)
    }
  assert.equal(receivedId(returnPathField(null)), undefined)
})

test('several recipients are not told of each other', () => {
  const recipients = [...reception.recipients, { local: 'iqbal', domain: 'example.com' }]
  assert.doesNotMatch(receivedField({ ...reception, recipients }), /for|tito|iqbal/)
  assert.doesNotMatch(receivedField({ ...reception, recipients: [] }), / for /)
})

test('IPv6 and a nonsensical EHLO are written by the grammar', () => {
  const field = receivedField({ ...reception, address: '2001:db8::1', hello: 'a b(c)', tls: '' })
  assert.match(unfolded(field), /^Received: from \[IPv6:2001:db8::1\] \(\[IPv6:2001:db8::1\]\) by/)
  assert.match(receivedField({ ...reception, hello: 'user' }), /from user /)
  assert.match(receivedField({ ...reception, hello: '[127.0.0.1]' }), /from \[127\.0\.0\.1\] /)
})

test('nothing that a client says can break the field', () => {
  for (const evil of ['a\r\nBcc: x', 'a\nb', 'a\0b', 'a; x', '(', '"', '<', 'ñ\u2028', '']) {
    const field = receivedField({
      hello: evil,
      address: evil,
      by: evil,
      protocol: evil,
      id: evil,
      tls: evil,
      recipients: [{ local: evil, domain: evil }],
      date: 0,
    })
    const bytes = Buffer.from(`${field}\r\n`)
    assert.equal(scanHeader(bytes).fields.length, 1, JSON.stringify(evil))
    assert.equal(scanHeader(bytes).end, bytes.length, JSON.stringify(evil))
    const path = Buffer.from(`${returnPathField({ local: evil, domain: evil })}\r\n`)
    assert.equal(scanHeader(path).fields.length, 1, JSON.stringify(evil))
  }
})

test('the protocol is named by RFC 3848 and RFC 6531', () => {
  const session = { extended: true, tls: false, login: false, smtpUtf8: false }
  assert.equal(receivedWith({ ...session, extended: false }), 'SMTP')
  assert.equal(receivedWith(session), 'ESMTP')
  assert.equal(receivedWith({ ...session, tls: true }), 'ESMTPS')
  assert.equal(receivedWith({ ...session, lmtp: true }), 'LMTP')
  assert.equal(receivedWith({ ...session, lmtp: true, tls: true }), 'LMTPS')
  assert.equal(receivedWith({ ...session, lmtp: true, smtpUtf8: true }), 'UTF8LMTP')
  assert.equal(receivedWith({ ...session, login: true }), 'ESMTPA')
  assert.equal(receivedWith({ ...session, tls: true, login: true }), 'ESMTPSA')
  assert.equal(receivedWith({ ...session, tls: true, smtpUtf8: true }), 'UTF8SMTPS')
})

test('the return path is the sender, or nobody', () => {
  assert.equal(returnPathField(null), 'Return-Path: <>\r\n')
  assert.equal(returnPathField({ local: 'a b', domain: 'c' }), 'Return-Path: <"a b"@c>\r\n')
})
