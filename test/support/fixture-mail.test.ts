import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest } from '../../src/message/digest.ts'
import { fixtureCount, fixtureMail } from './fixture-mail.ts'

test('the fixture is the same each time, and has of every kind', () => {
  const kinds = new Map<string, number>()
  let before = 0
  for (let n = 0; n < 12_000; n++) {
    const { text, receivedAt } = fixtureMail(n)
    assert.ok(receivedAt > before)
    before = receivedAt
    const { envelope, hasAttachment } = digest(Buffer.from(text))
    const kind = [
      ...[text.includes('text/html') ? 'html' : 'plain', hasAttachment ? 'files' : ''],
      ...[
        envelope.subject === '' ? 'bare' : '',
        /[\u0600-\u06ff]/.test(envelope.subject) ? 'rtl' : '',
      ],
      ...[text.includes('VCALENDAR') ? 'invite' : '', envelope.to.length === 300 ? 'crowd' : ''],
    ].join(' ')
    kinds.set(kind.trim().replace(/ +/g, ' '), (kinds.get(kind) ?? 0) + 1)
  }
  for (const kind of ['plain', 'html', 'plain files', 'plain bare', 'plain rtl'])
    assert.ok(kinds.has(kind), `${kind} in ${[...kinds.keys()]}`)
  assert.equal(fixtureMail(4711).text, fixtureMail(4711).text)
  assert.notEqual(fixtureMail(4711).text, fixtureMail(4712).text)
  assert.ok(fixtureMail(100_001).text.length > 2_000_000)
  assert.equal(fixtureCount, 100_054)
})
