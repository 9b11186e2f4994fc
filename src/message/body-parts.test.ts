import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyParts, hasAttachment } from './body-parts.ts'
import type { Part } from './structure.ts'

const leaf = (kind: string, more: Partial<Part> = {}): Part => {
  const [type = '', subtype = ''] = kind.split('/')
  return { type, subtype, params: [], encoding: '7bit', start: 0, body: 0, end: 0, ...more }
}
const multipart = (subtype: string, ...parts: Part[]) => leaf(`multipart/${subtype}`, { parts })
const attached = { disposition: 'attachment' }

/** "text | html | attachments", by subtype. */
function shown(root: Part): string {
  const { text, html, attachments } = bodyParts(root)
  return [text, html, attachments].map((l) => l.map((p) => p.subtype).join(' ')).join(' | ')
}

const cases: [string, Part, string, boolean][] = [
  ['plain', leaf('text/plain'), 'plain | plain | ', false],
  ['HTML', leaf('text/html'), 'html | html | ', false],
  [
    'alternative',
    multipart('alternative', leaf('text/plain'), leaf('text/html')),
    'plain | html | ',
    false,
  ],
  [
    'alternative with related image',
    multipart(
      'alternative',
      leaf('text/plain'),
      multipart('related', leaf('text/html'), leaf('image/png', { id: 'x' })),
    ),
    'plain | html | png',
    false,
  ],
  [
    'text and attachment',
    multipart('mixed', leaf('text/plain'), leaf('application/pdf', attached)),
    'plain | plain | pdf',
    true,
  ],
  [
    'attached text',
    multipart('mixed', leaf('text/plain'), leaf('text/plain', attached)),
    'plain | plain | plain',
    true,
  ],
  [
    'named text',
    multipart('mixed', leaf('text/plain'), leaf('text/html', { filename: 'x' })),
    'plain | plain | html',
    true,
  ],
  [
    'a photograph sent bare',
    multipart('mixed', leaf('text/plain'), leaf('image/jpeg')),
    'plain jpeg | plain jpeg | ',
    true,
  ],
  [
    'an inline photograph',
    multipart('mixed', leaf('text/plain'), leaf('image/jpeg', { disposition: 'inline' })),
    'plain jpeg | plain jpeg | ',
    false,
  ],
  [
    'footer',
    multipart(
      'mixed',
      multipart('alternative', leaf('text/plain'), leaf('text/html')),
      leaf('text/plain'),
    ),
    'plain plain | html plain | ',
    false,
  ],
  [
    'signed',
    multipart('signed', leaf('text/plain'), leaf('application/pgp-signature')),
    'plain | plain | pgp-signature',
    false,
  ],
  [
    'forwarded',
    multipart('mixed', leaf('text/plain'), leaf('message/rfc822')),
    'plain | plain | rfc822',
    true,
  ],
  [
    'only HTML in alternative',
    multipart('alternative', leaf('text/html')),
    'html | html | ',
    false,
  ],
]

test('text and attachments are told apart as JMAP does', () => {
  for (const [name, root, expected, attachment] of cases) {
    assert.equal(shown(root), expected, name)
    assert.equal(hasAttachment(bodyParts(root)), attachment, name)
  }
})

// RFC 8621 §4.1.4's own example.
test('the example of RFC 8621 comes out as printed there', () => {
  const named = (name: string, part: Part) => ({ ...part, filename: name })
  const root = multipart(
    'mixed',
    leaf('text/plain', { id: 'A' }),
    multipart(
      'mixed',
      multipart(
        'alternative',
        multipart(
          'mixed',
          leaf('text/plain', { id: 'B' }),
          leaf('image/jpeg', { id: 'C', disposition: 'inline' }),
          leaf('text/plain', { id: 'D' }),
        ),
        multipart('related', leaf('text/html', { id: 'E' }), leaf('image/jpeg', { id: 'F' })),
      ),
      leaf('image/jpeg', { id: 'G', ...attached }),
      leaf('application/x-excel', { id: 'H' }),
      leaf('message/rfc822', { id: 'J' }),
    ),
    leaf('text/plain', { id: 'K' }),
  )
  const ids = (parts: readonly Part[]) => parts.map((part) => part.id).join('')
  const { text, html, attachments } = bodyParts(named('', root))
  assert.deepEqual([ids(text), ids(html), ids(attachments)], ['ABCDK', 'AEK', 'CFGHJ'])
})
