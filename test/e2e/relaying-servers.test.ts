// Other mail servers send to ours, with the clients they have for that.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, it } from 'node:test'
import { Player } from '../../src/wire/testing/transcript.ts'
import { program } from '../support/debian.ts'
import { eximProgram, eximRelay } from '../support/exim-relay.ts'
import { run } from '../support/foreign.ts'
import { openHouse } from '../support/house.ts'
import { lettersIn } from '../support/letters.ts'
import { startPostfixRelay } from '../support/postfix-relay.ts'

const house = await openHouse({ after })
const rooms = house.started.rooms ?? assert.fail('a house with rooms')
const [postfix, source, exim] = await Promise.all([
  program('postfix'),
  program('smtp-source', 'postfix'),
  eximProgram(),
])
const isRoot = process.getuid?.() === 0
const noPostfix = postfix && isRoot ? false : 'no Postfix here, or not root'
const noExim = exim && isRoot ? false : 'no Exim here, or not root'

/** Waits for mail that another server sends when it likes to. */
async function letters(address: string, count: number, log: () => string) {
  const until = performance.now() + 30_000
  for (;;) {
    const there = await lettersIn(rooms, address, 0)
    if (there.length >= count) return there
    if (performance.now() > until) assert.fail(`${there.length} of ${count} came:\n${log()}`)
    await new Promise(setImmediate)
  }
}

it('T003-16 Postfix relays to us, in TLS, byte for byte', { skip: noPostfix }, async (t) => {
  const relay = await startPostfixRelay(t, postfix!, { to: house.port('smtp') })
  const client = new Player(connect(relay.port, '127.0.0.1'))
  t.after(() => client.end())
  assert.match(await client.reply(), /^220/)
  assert.match(await client.ask('EHLO test'), /^250/)
  const head = 'From: <a@example.org>\r\nTo: <tito@example.com>\r\nSubject: relayed\r\n'
  const rest = `Message-ID: <1@example.org>\r\nDate: Sun, 1 Nov 2026 10:00:00 +0000\r\n\r\n`
  const body = `..\r\n.a\r\n\r\n${'x'.repeat(900)}\r\nlast\r\n`
  for (const [line, code] of [
    ['MAIL FROM:<a@example.org>', /^250/],
    ['RCPT TO:<tito@example.com>', /^250/],
    ['DATA', /^354/],
    [`${head}${rest}${body.replace(/^\./gm, '..')}.`, /^250/],
  ] as const)
    assert.match(await client.ask(line), code)
  const [letter] = await letters('tito@example.com', 1, relay.log)
  assert.match(letter?.prefix ?? '', /with\s+ESMTPS\s/)
  // It puts its own Received on top.
  assert.ok(`${letter?.body}`.endsWith(`${head}${rest}${body}`), `${letter?.body}`)
})

it('T003-16 Postfix bounces what we refuse', { skip: noPostfix }, async (t) => {
  const relay = await startPostfixRelay(t, postfix!, { to: house.port('smtp') })
  const client = new Player(connect(relay.port, '127.0.0.1'))
  t.after(() => client.end())
  await client.reply()
  await client.ask('EHLO test')
  await client.ask('MAIL FROM:<iqbal@example.com>')
  await client.ask('RCPT TO:<nobody@example.com>')
  await client.ask('DATA')
  assert.match(await client.ask('Subject: to nobody\r\n\r\nHello\r\n.'), /^250/)
  const [bounce] = await letters('iqbal@example.com', 1, relay.log)
  assert.match(`${bounce?.body}`, /^Diagnostic-Code: smtp; 550 5\.1\.1 /m)
})

it('T003-16 Exim relays to us, in TLS, byte for byte', { skip: noExim }, async (t) => {
  const relay = eximRelay(t, exim!, house.port('smtp'))
  const before = (await lettersIn(rooms, 'tito@example.com', 0)).length
  const head = 'From: <a@example.org>\nTo: <tito@example.com>\nSubject: relayed\n'
  const rest = 'Message-ID: <2@example.org>\nDate: Sun, 1 Nov 2026 10:00:00 +0000\n\n'
  const body = `.\n..\n.a\n\n${'x'.repeat(900)}\nñ\nlast\n`
  const to = ['tito@example.com', 'iqbal@example.com']
  const { status, stderr } = await relay.send('a@example.org', to, head + rest + body)
  assert.equal(status, 0, stderr)
  const there = await letters('tito@example.com', before + 1, relay.log)
  const letter = there.at(-1)
  assert.match(letter?.prefix ?? '', /with\s+ESMTPS\s/)
  assert.ok(`${letter?.body}`.endsWith(`${body}`.replaceAll('\n', '\r\n')), `${letter?.body}`)
  for (const line of `${head}${rest}`.trimEnd().split('\n'))
    assert.ok(`${letter?.body}`.includes(`${line}\r\n`), line)
  // One transaction for both, by chunks.
  assert.match(relay.log(), /tito@example\.com R=there T=out .* K /)
  assert.match(relay.log(), /iqbal@example\.com R=there T=out .* K /)
})

it('T003-16 Exim bounces what we refuse', { skip: noExim }, async (t) => {
  const relay = eximRelay(t, exim!, house.port('smtp'))
  const before = (await lettersIn(rooms, 'iqbal@example.com', 0)).length
  await relay.send('iqbal@example.com', ['nobody@example.com'], 'Subject: to nobody\n\nHello\n')
  const bounce = (await letters('iqbal@example.com', before + 1, relay.log)).at(-1)
  assert.match(`${bounce?.body}`, /^Diagnostic-Code: smtp; 550 5\.1\.1 /m)
  assert.match(bounce?.prefix ?? '', /^Return-Path: <>/)
})

it('T003-16 smtp-source: 200 messages by 10 sessions', {
  skip: source ? false : 'no smtp-source here',
}, async () => {
  const before = (await lettersIn(rooms, 'postmaster@example.com', 0)).length
  const place = `127.0.0.1:${house.port('smtp')}`
  const who = ['-f', 'a@example.org', '-t', 'postmaster@example.com']
  const how = ['-s', '10', '-m', '200', '-l', '4096', '-d', '-c']
  const { status, stdout, stderr } = await run(source!, [...who, ...how, place], '')
  assert.equal(status, 0, stdout + stderr)
  const after = (await lettersIn(rooms, 'postmaster@example.com', 0)).length
  assert.equal(after - before, 200)
})
