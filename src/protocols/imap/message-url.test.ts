import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../base/testing/property.ts'
import { messageUrl } from './message-url.ts'

const whole = { part: [], text: '', fields: [] }
const plain = { uidValidity: undefined, section: whole, partial: undefined }

const good: readonly [url: string, value: unknown][] = [
  ['/Drafts/;UID=20', { ...plain, mailbox: 'Drafts', uid: 20 }],
  [
    '/Drafts;UIDVALIDITY=385759045/;uid=20',
    { ...plain, mailbox: 'Drafts', uidValidity: 385759045, uid: 20 },
  ],
  ['/inbox/;UID=1', { ...plain, mailbox: 'INBOX', uid: 1 }],
  [';UID=1', { ...plain, mailbox: undefined, uid: 1 }],
  ['/a%2Fb/c%20%C3%BC/;UID=1', { ...plain, mailbox: 'a/b/c ü', uid: 1 }],
  [
    '/a/;UID=1/;SECTION=1.2.MIME/;PARTIAL=5.7',
    {
      ...plain,
      mailbox: 'a',
      uid: 1,
      section: { part: [1, 2], text: 'MIME', fields: [] },
      partial: { offset: 5, length: 7 },
    },
  ],
]
for (const [url, value] of good)
  test(`reads ${url}`, () => assert.deepEqual(messageUrl(url), value))

const bad = [
  ...['', '/', '/a', '/a/;UID=0', '/a/;UID=-1', '/a/;UID=99999999999', '//host/a/;UID=1'],
  ...['imap://host/a/;UID=1', '/a/;UID=1/;SECTION=', '/a/;UID=1/;SECTION=X', '/%zz/;UID=1'],
  ...['/a/;UID=1/;PARTIAL=x', '/a/;UID=1/;URLAUTH=anonymous', '/%ff/;UID=1'],
]
for (const url of bad) test(`refuses ${url}`, () => assert.equal(messageUrl(url), undefined))

test('any text is read in time, or refused', () => {
  const pieces = fc.constantFrom('/', ';UID=', ';SECTION=', ';PARTIAL=', '1', '.', 'a', '%2F', '%')
  const texts = fc.array(fc.oneof(pieces, fc.string()), { maxLength: 60 })
  fc.assert(fc.property(texts, (list) => void messageUrl(list.join(''))))
  assert.equal(messageUrl('/a;'.repeat(1300)), undefined)
})
