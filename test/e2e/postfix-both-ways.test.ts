// A Postfix with an OpenDKIM of its own has mail from us and finds our signature good; what its
// people answer is in the INBOX here.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { it } from 'node:test'
import { Player } from '../../src/wire/testing/transcript.ts'
import { program } from '../support/debian.ts'
import { openHouse } from '../support/house.ts'
import { openDkim, opendkim } from '../support/opendkim.ts'
import { freePorts, newFolder } from '../support/places.ts'
import { startPostfixRelay } from '../support/postfix-relay.ts'

const postfix = await program('postfix')
const isRoot = process.getuid?.() === 0
const skip =
  postfix && opendkim && isRoot
    ? false
    : 'postfix and opendkim are not installed, or this is not root'

async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise(setImmediate)
  }
}

it('Postfix and OpenDKIM find our mail signed, and their answer arrives', { skip }, async (t) => {
  const [verifier = 0, here = 0] = await freePorts(2)
  const folder = newFolder(t)
  const relay = await startPostfixRelay(t, postfix!, { to: here, milter: verifier })
  const house = await openHouse(t, {
    foreign: 'queue',
    change: (settings) => ({
      ...settings,
      smtp: { ...settings.smtp, listen: [{ host: '127.0.0.1', port: here }] },
      outgoing: { ...settings.outgoing, enabled: false },
      queue: { ...settings.queue, routes: [`to=far.example via=127.0.0.1:${relay.port} tls=none`] },
    }),
  })
  const { keys } = house.started.rooms ?? assert.fail('a house with rooms')
  const made = await keys.rotate('example.com')
  await keys.use('example.com', true)
  const records = made.map(({ name, record }) => `${name} ${record}\n`)
  writeFileSync(join(folder, 'keys'), records.join(''))
  await openDkim(t, { folder, port: verifier, mode: 'v', internal: '192.0.2.1' })
  const text = [
    ...[
      'From: tito@example.com',
      'To: friend@far.example',
      'Date: Sun, 29 Nov 2026 10:00:00 +0000',
    ],
    ...['Message-ID: <1@example.com>', 'Subject: hi', '', '.hello', ''],
  ].join('\r\n')
  assert.match(await house.send(['friend@far.example'], text, 'tito@example.com'), /^250 /)
  const kept = await until(() => relay.kept()[0])
  assert.match(kept, /^Authentication-Results: mx\.example\.com;\s+dkim=pass/m, relay.log())
  assert.equal(kept.match(/^DKIM-Signature:/gm)?.length, 2)
  assert.ok(kept.endsWith('Subject: hi\n\n.hello\n'), kept)
  const answer = new Player(connect(relay.port, '127.0.0.1'))
  t.after(() => answer.end())
  await answer.reply()
  for (const line of [
    'EHLO far.example',
    'MAIL FROM:<friend@far.example>',
    'RCPT TO:<tito@example.com>',
    'DATA',
    'From: friend@far.example\r\nSubject: Re: hi\r\n\r\nhello yourself\r\n.',
  ])
    assert.match(await answer.ask(line), /^[23]/)
  const arrived = await until(async () => (await house.inbox('tito'))[0])
  assert.match(`${arrived}`, /Subject: Re: hi\r\n.*hello yourself\r\n$/s)
})
