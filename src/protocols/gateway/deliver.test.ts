// The gateway with the real delivery and store behind it: what arrives, what is refused and why.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { silentLog } from '../../base/log.ts'
import { accountId, bytesIn, type HouseOptions, openHouse } from '../../delivery/testing/house.ts'
import { DeliveryOutlet } from './deliver.ts'
import { classic, objectOf, startFront } from './testing/front.ts'

const sent = 'Email successfully sent via SMTP.'
const prefix = 'Error sending email via SMTP error message: '
const boards = { name: 'board', everything: true }

async function start(t: TestContext, options: HouseOptions = {}) {
  const house = await openHouse(t, { board: boards, ...options })
  t.after(() => house.close())
  const { port, outlet } = await frontOf(t, house)
  return { house, port, outlet }
}

async function frontOf(t: TestContext, house: Awaited<ReturnType<typeof openHouse>>) {
  const { delivery, traces: earlier } = house
  const outlet = new DeliveryOutlet({
    delivery,
    earlier,
    defaultDomain: 'example.com',
    boards,
    log: silentLog,
  })
  const { port } = await startFront(t, { outlet })
  return { port, outlet }
}

async function lastIn(house: Awaited<ReturnType<typeof openHouse>>, address: string) {
  const messages = await bytesIn(house, await accountId(house, address))
  return messages.at(-1)?.body.toString() ?? ''
}

test('T000-03 the classic 116 bytes become a message and a trace with its text', async (t) => {
  const { house, port } = await start(t)
  const seed =
    '{"sender":"ketua@kelompoksatu.com","recipient":"wireshark@rarww.com","subject":"wireshakrkk","body":"rararrrwwrrrr"}'
  const { text } = await classic(port, seed)
  assert.equal(text, sent)
  await house.traces.settle()
  const [trace] = await house.traces.list({ board: 'board', limit: 10 })
  assert.equal(trace?.subject, 'wireshakrkk')
  assert.equal(trace?.from, 'ketua@kelompoksatu.com')
  assert.deepEqual(
    trace?.recipients.map(({ address, place }) => [address, place]),
    [['wireshark@rarww.com', 'sink']],
  )
  assert.equal(trace?.client.protocol, 'gateway')
  assert.equal((await house.traces.text(trace!)).trim(), 'rararrrwwrrrr')
  assert.deepEqual(
    trace?.steps.map(({ step, ok }) => [step, ok]),
    [
      ['socket', true],
      ['checked', true],
      ['code', true],
      ['mailbox', true],
    ],
  )
})

test('T000-07 T000-08 T000-11 the text that arrives is the text that was sent', async (t) => {
  const { house, port } = await start(t)
  const bodies = [
    'x'.repeat(2000),
    'it\'s "ok" — don\'t {break}',
    'Hola ñandú ✓',
    '.\n..c\nFrom here\n',
    'x'.repeat(200_000),
  ]
  for (const body of bodies) {
    const subject = 'héllo ✓ '.repeat(40).trim()
    const heard = await classic(port, objectOf({ recipient: 'iqbal@example.com', subject, body }))
    assert.equal(heard.text, sent)
    const [trace] = await house.traces.list({ limit: 1 })
    assert.equal(trace?.subject, subject)
    const text = await house.traces.text(trace!)
    assert.equal(text.trimEnd(), body.slice(0, text.length).trimEnd())
    const raw = await lastIn(house, 'iqbal')
    assert.match(raw, /^Subject: =\?utf-8\?/im)
    assert.ok(
      raw.split('\r\n').every((line) => line.length <= 998 && /^[\x09\x20-\x7e]*$/.test(line)),
    )
    for (const field of ['Date', 'Message-ID', 'MIME-Version', 'Content-Type'])
      assert.equal(raw.match(new RegExp(`^${field}: `, 'gim'))?.length, 1, field)
  }
})

test('T000-10 several recipients, in either form: one message, everybody has it', async (t) => {
  const { house, port } = await start(t)
  for (const recipient of ['tito@example.com, iqbal@example.com', ['tito@example.com', 'iqbal']]) {
    assert.equal((await classic(port, objectOf({ recipient }))).text, sent)
    for (const name of ['tito', 'iqbal'])
      assert.match(
        await lastIn(house, name),
        /^To: .*tito@example\.com, *\r?\n? ?iqbal@example\.com/m,
      )
  }
  assert.equal((await house.traces.list({ limit: 10 })).length, 2)
})

test('T000-13 an unknown recipient: the real code and text, and the board shows it', async (t) => {
  const { house, port } = await start(t)
  for (const recipient of ['halo', 'nobody@example.com'])
    assert.equal(
      (await classic(port, objectOf({ recipient }))).text,
      `${prefix}550 5.1.1 No such user here`,
    )
  assert.match(
    (await classic(port, objectOf({ recipient: 'ha lo' }))).text,
    /^Error sending email via SMTP error message: 501 5\.1\.3 recipient "ha lo" is no address/,
  )
  const [trace] = await house.traces.list({ board: 'board', limit: 10 })
  assert.equal(trace?.accepted, false)
  assert.equal(trace?.subject, 's')
  assert.deepEqual(
    trace?.steps.map(({ step, ok, said }) => [step, ok, said]),
    [
      ['socket', true, ''],
      ['checked', false, '550 5.1.1 No such user here'],
    ],
  )
})

test('some recipients refused: the others have it, and the answer names who has not', async (t) => {
  const { house, port } = await start(t)
  const recipient = ['tito@example.com', 'nobody@example.com', 'iqbal@example.com']
  assert.equal(
    (await classic(port, objectOf({ recipient }))).text,
    `${prefix}550 5.1.1 <nobody@example.com>: No such user here; sent to the other 2 recipients`,
  )
  assert.doesNotMatch(await lastIn(house, 'tito'), /nobody/)
  assert.notEqual(await lastIn(house, 'iqbal'), '')
})

test('a classic answer stays under 1,024 bytes however many are refused', async (t) => {
  const { port } = await start(t)
  const recipient = Array.from({ length: 99 }, (_, n) => `ñobody${n}${'x'.repeat(20)}@example.com`)
  const { text } = await classic(port, objectOf({ recipient: [...recipient, 'tito'] }))
  assert.ok(Buffer.byteLength(text) < 1024)
  assert.match(text, /; sent to the other recipient$/)
  assert.doesNotMatch(text, /\ufffd/)
})

test('a board, tags and priority go with the message', async (t) => {
  const { house, port } = await start(t)
  const fields = { recipient: 'tito', board: 'alerts', tags: ['disk', 'full'], priority: 'high' }
  assert.equal((await classic(port, objectOf(fields))).text, sent)
  const raw = await lastIn(house, 'tito')
  assert.match(raw, /^Keywords: disk, full\r$/m)
  assert.match(raw, /^Importance: high\r$/m)
  assert.doesNotMatch(raw, /alerts/)
  const [trace] = await house.traces.list({ limit: 1 })
  assert.ok(trace?.recipients.some(({ place }) => place === 'board'))
})

test('a message named before a restart is not sent again after it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const named = objectOf({ recipient: 'tito', id: 'reading 7' })
  const ids: string[] = []
  for (const round of [1, 2]) {
    const house = await openHouse(t, { board: boards, folder })
    const { port } = await frontOf(t, house)
    const { text } = await classic(port, `${named}\n#`)
    const answer = JSON.parse(text.split('\n')[0]!)
    assert.equal(answer.code, 250)
    ids.push(answer.id)
    assert.equal((await bytesIn(house, await accountId(house, 'tito'))).length, 1, `${round}`)
    await house.close()
  }
  assert.equal(ids[0], ids[1])
})

test('T000-31 200 clients at once: 200 messages, none mixed up', async (t) => {
  const { house, port } = await start(t)
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      classic(port, objectOf({ recipient: 'tito', subject: `s${n}`, body: `b${n}.` })),
    ),
  )
  assert.ok(answers.every(({ text }) => text === sent))
  const messages = await bytesIn(house, await accountId(house, 'tito'))
  assert.equal(messages.length, 200)
  const pairs = messages.map(({ body }) => {
    const [, subject] = /^Subject: s(\d+)\r$/m.exec(body.toString()) ?? []
    const [, text] = /^b(\d+)\.\r?$/m.exec(body.toString()) ?? []
    assert.equal(subject, text)
    return subject
  })
  assert.equal(new Set(pairs).size, 200)
})
