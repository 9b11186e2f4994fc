// What operators can count, and answer: the metrics of T003-10, the complaint of T003-12.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { readAccess } from '../../src/app/access-reader.ts'
import type { Player } from '../../src/wire/testing/transcript.ts'
import { newFolder } from '../support/places.ts'
import { amplop } from '../support/running.ts'
import { codes, openSmtpd } from '../support/smtpd.ts'

const folder = newFolder({ after })
const server = await openSmtpd({ after }, { folder })
const { house, client } = server
const listener = house.started.listeners.find(({ name }) => name === 'smtp')
const metricsUrl = `http://127.0.0.1:${house.port('http')}/metrics`

async function metric(name: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text()
  const line = text.split('\n').find((line) => line.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1) ?? 0)
}

async function counted() {
  return {
    total: await metric('amplop_connections_total{listener="smtp"}'),
    current: await metric('amplop_connections{listener="smtp"}'),
    bytes: await metric('amplop_received_bytes_total{listener="smtp"}'),
    mails: await metric('amplop_messages_total{protocol="smtp",result="accepted"}'),
    delivered: await metric('amplop_messages_delivered_total{protocol="smtp"}'),
  }
}

/** The server learns of an end when it reads it. */
async function untilOpen(count: number): Promise<void> {
  while (listener?.counters.connections !== count) await new Promise(setImmediate)
}

it('T003-10 connections, bytes and mails are counted exactly, however a session ends', async () => {
  const before = await counted()
  const one = await client()
  const text = ['EHLO a', 'MAIL FROM:<user@smtpd.com>', 'RCPT TO:<r1>', 'RCPT TO:<r2>', 'DATA']
  assert.deepEqual(await codes(one, text), [250, 250, 250, 250, 354])
  await one.write('Hello\r\n')
  const midway = await counted()
  assert.equal(midway.mails, before.mails)
  assert.equal(midway.current, before.current + 1)
  assert.match(await one.ask('.'), /^250 /)
  const said = `${text.join('\r\n')}\r\nHello\r\n.\r\n`.length
  const done = await counted()
  assert.equal(done.bytes, before.bytes + said)
  assert.equal(done.mails, before.mails + 1)
  assert.equal(done.delivered, before.delivered + 2)
  const two = await client()
  assert.equal((await counted()).current, before.current + 2)
  two.end()
  await untilOpen(before.current + 1)
  assert.match(await one.ask('QUIT'), /^221 /)
  await untilOpen(before.current)
  const last = await counted()
  assert.equal(last.total, before.total + 2)
  assert.equal(last.current, before.current)
  assert.equal(await metric('amplop_command_seconds_count{listener="smtp"}'), 6)
})

it('T003-10 a client that is lost in the midst of its text is subtracted once', async () => {
  const before = await counted()
  const lost = await client()
  const text = ['EHLO a', 'MAIL FROM:<user@smtpd.com>', 'RCPT TO:<r1>', 'DATA']
  await codes(lost, text)
  lost.end()
  await untilOpen(before.current)
  const { total, current, mails } = await counted()
  assert.deepEqual([total, current, mails], [before.total + 1, before.current, before.mails])
  assert.equal(await metric('amplop_messages_total{protocol="smtp",result="aborted"}'), 1)
})

it('every port counts: HTTP, UDP and TLS too', async () => {
  const names = new Set(house.started.listeners.map(({ name }) => name))
  for (const name of names)
    assert.ok((await metric(`amplop_connections_total{listener="${name}"}`)) >= 0, name)
  const text = await (await fetch(metricsUrl)).text()
  for (const name of names) assert.match(text, new RegExp(`received_bytes_total.*"${name}"`))
  assert.ok((await metric('amplop_received_bytes_total{listener="http"}')) > 100)
  assert.ok((await metric('amplop_sent_bytes_total{listener="http"}')) > 1000)
})

async function logged(of: Parameters<typeof readAccess>[1], count: number) {
  for (;;) {
    const lines = (await Array.fromAsync(readAccess(`${folder}/access.log`, of))).map(
      ({ line }) => line,
    )
    if (lines.length >= count) return lines
    await new Promise(setImmediate)
  }
}

async function sentBy(player: Player, to: readonly string[], messageId: string): Promise<string> {
  const login = `AUTH PLAIN ${btoa('\0user\0amplop')}`
  await codes(player, ['EHLO my.laptop', login, 'MAIL FROM:<user@smtpd.com>'])
  await codes(player, [...to.map((one) => `RCPT TO:<${one}>`), 'DATA'])
  await player.write(`Message-ID: <${messageId}>\r\nSubject: s\r\n\r\nx\r\n`)
  const [, id = ''] = /queued as (\S+)/.exec(await player.ask('.')) ?? []
  await player.ask('QUIT')
  return id
}

it('T003-12 who sent that mail, and when, is answered by the log', async () => {
  const began = Date.now()
  const to = ['rcpt@smtpd.com', 'nobody@smtpd.com', 'r3@smtpd.com']
  const id = await sentBy(await client(), to, 'complaint@far.example')
  const [line, ...more] = await logged({ id: '<complaint@far.example>' }, 1)
  assert.equal(more.length, 0)
  assert.ok(line?.kind === 'message')
  assert.ok(Date.parse(line.at) >= began && Date.parse(line.at) <= Date.now())
  const { at, ms, port, session, size, ...known } = line
  assert.ok(ms > 0 && port > 0 && session !== '' && size > 40)
  assert.deepEqual(known, {
    kind: 'message',
    ...{ result: 'accepted', code: 250, status: '2.0.0' },
    ...{ protocol: 'smtp', account: 'user@smtpd.com', ip: '127.0.0.1', network: '127.0.0.1' },
    ...{ tls: '', hello: 'my.laptop', from: 'user@smtpd.com' },
    to: [
      { address: 'rcpt@smtpd.com', code: 250, status: '2.1.5' },
      { address: 'nobody@smtpd.com', code: 550, status: '5.1.1' },
      { address: 'r3@smtpd.com', code: 250, status: '2.1.5' },
    ],
    ...{ id, messageId: 'complaint@far.example' },
  })
  assert.equal((await logged({ id }, 1)).length, 1)
})

it('T003-12 amplop log answers it from the command line', async (t) => {
  const id = await sentBy(await client(), ['r4@smtpd.com'], 'asked@far.example')
  await logged({ id }, 1)
  const run = amplop(t, ['log', '--data', folder, '--to', 'R4@', '--since', '1h', '--ip', '127/8'])
  assert.equal(await run.ended, 2)
  const args = ['--to', 'R4@', '--since', '1h', '--ip', '127.0.0.0/8', '--account', 'user@']
  const good = amplop(t, ['log', '--data', folder, ...args, '--result', 'accepted'])
  assert.equal(await good.ended, 0, good.output())
  const [line, ...rest] = good.output().trimEnd().split('\n')
  assert.equal(rest.length, 0, good.output())
  assert.match(line!, /accepted\s+250 2\.0\.0\s+<user@smtpd\.com> to r4@smtpd\.com/)
  assert.ok(line!.includes(id) && line!.includes('login user@smtpd.com'))
  const json = amplop(t, ['log', '--data', folder, '--message-id', id, '--json'])
  assert.equal(await json.ended, 0)
  assert.equal(JSON.parse(json.output()).id, id)
})

it('T003-12 a recipient refused, and a session without a mail, leave their lines', async () => {
  const probe = await client()
  const lines = ['EHLO probe', 'MAIL FROM:<spy@far.example>', 'RCPT TO:<x@gmail.com>', 'QUIT']
  await codes(probe, lines.with(2, 'RCPT TO:<no.such.person@smtpd.com>'))
  const [refused] = await logged({ to: 'no.such.person' }, 1)
  assert.ok(refused?.kind === 'message')
  assert.deepEqual(
    [refused.result, refused.code, refused.from],
    ['rejected', 550, 'spy@far.example'],
  )
  const idle = await client()
  await codes(idle, ['EHLO only.looking', 'QUIT'])
  const sessions = await logged({}, 1)
  for (;;) {
    const all = await logged({}, sessions.length)
    const found = all.find(({ kind, hello }) => kind === 'session' && hello === 'only.looking')
    if (found) break
    await new Promise(setImmediate)
  }
})

it('T003-12 no secret and no line of a client comes into the log', async () => {
  const evil = await client()
  const secret = btoa('\0user\0a-secret-password')
  const hello = 'EHLO a\u2028{"kind":"message"}\u001b[31m\u0085'
  await codes(evil, [hello, `AUTH PLAIN ${secret}`, 'MAIL FROM:<user@smtpd.com>'])
  await codes(evil, [`RCPT TO:<"a\\"b${'x'.repeat(2000)}@smtpd.com>`, 'QUIT'])
  const found = await Array.fromAsync(readAccess(`${folder}/access.log`, {}))
  const isIt = ({ line }: { line: { hello: string } }) => line.hello.startsWith('a\u2028')
  let mine = found.find(isIt)
  while (!mine) {
    await new Promise(setImmediate)
    mine = (await Array.fromAsync(readAccess(`${folder}/access.log`, {}))).find(isIt)
  }
  assert.doesNotMatch(mine.source, /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
  assert.ok(mine.source.length < 2000)
  const all = (await Array.fromAsync(readAccess(`${folder}/access.log`, {}))).map((f) => f.source)
  assert.doesNotMatch(all.join('\n'), new RegExp(`${secret}|a-secret-password|amplop`))
})
