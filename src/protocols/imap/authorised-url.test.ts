import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../base/testing/property.ts'
import { admits, authorised, authorisedUrl, isProved, rumpOf } from './authorised-url.ts'

const key = Buffer.alloc(32, 7)
// RFC 4467 §7
const text = 'imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred'

test('a URL is proved by the key it was made with, as it was made', () => {
  const rump = rumpOf(text)
  assert.ok(rump)
  assert.equal(rump.owner, 'joe@example.com')
  assert.deepEqual(rump.access, { is: 'submit', address: 'fred@example.com' })
  const url = authorised(rump, '01abc', key)
  const read = authorisedUrl(url)
  assert.ok(read)
  assert.equal(read.account, '01abc')
  assert.ok(isProved(read, key))
  assert.ok(!isProved(read, Buffer.alloc(32, 8)))
})

test('no change to a URL keeps its proof', () => {
  const rump = rumpOf(text)
  assert.ok(rump)
  const url = authorised(rump, '01abc', key)
  const at = fc.integer({ min: 0, max: url.length - 1 })
  fc.assert(
    fc.property(at, fc.constantFrom(...'a1/;.+X'), (place, char) => {
      const changed = url.slice(0, place) + char + url.slice(place + 1)
      const read = authorisedUrl(changed)
      // Digits of the token are the same in any case, and whose key is to be tried is no secret.
      if (!read || changed.toLowerCase() === url.toLowerCase() || read.account !== '01abc') return
      assert.ok(!isProved(read, key), changed)
    }),
  )
})

for (const wrong of [
  ...['', 'imap://', '/INBOX/;uid=20;urlauth=authuser', text.replace('joe@', '')],
  ...[text.replace('uid=20', 'uid=0'), text.replace('submit+fred', 'submit+')],
  ...[text.replace('submit+fred', 'authuser+fred'), text.replace(';urlauth', ';expire=1;urlauth')],
  ...[text.replace('imap:', 'http:'), text.replace('fred', '%zz'), `${text}:internal:00`],
])
  test(`refuses ${wrong}`, () => assert.equal(rumpOf(wrong), undefined))

test('a URL says for whom it is', () => {
  assert.ok(admits({ is: 'authuser' }, 'ann@example.com'))
  assert.ok(admits({ is: 'anonymous' }, 'ann@example.com'))
  assert.ok(admits({ is: 'user', address: 'ann@example.com' }, 'Ann@example.com'))
  assert.ok(!admits({ is: 'user', address: 'ann@example.com' }, 'bob@example.com'))
  assert.ok(!admits({ is: 'submit', address: 'ann@example.com' }, 'ann@example.com'))
})

test('any text is read in time, or refused', () => {
  const pieces = fc.constantFrom('imap://', 'a@b', '/INBOX', ';uid=1', ';urlauth=', 'user+', ':')
  const texts = fc.array(fc.oneof(pieces, fc.string()), { maxLength: 60 })
  fc.assert(fc.property(texts, (list) => void authorisedUrl(list.join(''))))
  assert.equal(authorisedUrl(`imap://a@b/${';expire='.repeat(400)}`), undefined)
})
