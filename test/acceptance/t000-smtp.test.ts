// Source A's SMTP server as its users met it: telnet line by line, Python's smtplib, and every way
// in which a session was lost.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Player } from '../../src/wire/testing/transcript.ts'
import { classic } from '../support/classic-client.ts'
import { program } from '../support/debian.ts'
import type { House } from '../support/house.ts'
import {
  cardsOf,
  domain,
  forwarder,
  hasRead,
  kelompok,
  ketua,
  sent,
  takenBy,
} from '../support/kelompok.ts'
import { readMail } from '../support/read-mail.ts'

const run = promisify(execFile)
/** What a Player says of a connection that the server has ended. */
const closed = '<closed>'

/** Says each line in a segment of its own, awaits each reply; the replies' codes. */
async function codes(client: Player, ...lines: readonly string[]): Promise<string[]> {
  const heard: string[] = []
  for (const line of lines) heard.push((await client.ask(line)).slice(0, 3))
  return heard
}

/** A client that was told to send the text of a message. */
async function inData(house: House, ...to: readonly string[]): Promise<Player> {
  const client = await house.smtp()
  const paths = to.map((path) => `rcpt TO:<${path}>`)
  await codes(client, 'EHLO localhost', `mail FROM:<${ketua}>`, ...paths)
  assert.match(await client.ask('data'), /^354 /)
  return client
}

async function quits(client: Player): Promise<void> {
  assert.match(await client.ask('QUIT'), /^221 /)
  assert.equal(await client.line(), closed)
}

async function textsOf(house: House, name = 'tito'): Promise<string[]> {
  return (await house.inbox(name)).map(String)
}

test('T000-05 the telnet session of figure 12, line by line', async (t) => {
  const house = await kelompok(t)
  const client = await house.smtp()
  assert.match(await client.ask('ELHO localhost'), /^500 /)
  assert.match(await client.ask('EHLO localhost'), /^250-.*\n(?:250-.*\n)*250[- ]SIZE 10485760\n/)
  assert.deepEqual(await codes(client, 'helo', 'HELO'), ['250', '250'])
  const envelope = ['mail FROM:<tri@tri.com>', 'rcpt TO:<pens@pens.id>', 'data']
  assert.deepEqual(await codes(client, ...envelope), ['250', '250', '354'])
  await client.write('tes\r\n')
  await hasRead(house)
  await client.write('.\r\n')
  // All that comes after 354 is this one line, so nothing was said to "tes".
  assert.match(await client.line(), /^250 2\.0\.0 OK: queued as/)
  await quits(client)
  assert.deepEqual((await takenBy(house)).map(String), ['tes\r\n'])
})

test('T000-05 strict by settings: HELO needs its argument, and the session goes on', async (t) => {
  const house = await kelompok(t, (settings) => ({
    ...settings,
    smtp: { ...settings.smtp, lenient: false },
  }))
  const client = await house.smtp()
  assert.deepEqual(await codes(client, 'helo', 'HELO', 'HELO localhost'), ['501', '501', '250'])
  const envelope = [`mail FROM:<${ketua}>`, 'rcpt TO:<pens@pens.id>', 'data', 'tes\r\n.']
  assert.deepEqual(await codes(client, ...envelope), ['250', '250', '354', '250'])
  await quits(client)
})

/** The message of the captured dialogue, as Python wrote it. */
const smtplibText = [
  'Content-Type: multipart/mixed; boundary="===============0354284455530921338=="',
  'MIME-Version: 1.0',
  `From: ${ketua}`,
  'To: wireshark@rarww.com',
  'Subject: wireshakrkk',
  '',
  '--===============0354284455530921338==',
  'Content-Type: text/plain; charset="us-ascii"',
  'MIME-Version: 1.0',
  'Content-Transfer-Encoding: 7bit',
  '',
  'rararrrwwrrrr',
  '--===============0354284455530921338==--',
  '',
].join('\r\n')

/** The dialogue that was captured; how long it took, in milliseconds. */
async function smtplibDialogue(house: House): Promise<number> {
  const began = performance.now()
  const client = await house.smtp()
  assert.match(await client.ask('ehlo vbox.myguest.virtualbox.org'), /^250-(?:.*\n)+250 /)
  const mail = `mail FROM:<${ketua}> size=375`
  const lines = [mail, 'rcpt TO:<wireshark@rarww.com>', 'data']
  assert.deepEqual(await codes(client, ...lines), ['250', '250', '354'])
  await client.write(smtplibText)
  await client.write('.\r\n')
  assert.match(await client.line(), /^250 /)
  await quits(client)
  return performance.now() - began
}

test('T000-06 the dialogue of smtplib, and every byte of the message', async (t) => {
  assert.equal(Buffer.byteLength(smtplibText), 375)
  const house = await kelompok(t)
  await smtplibDialogue(house)
  assert.deepEqual((await takenBy(house)).map(String), [smtplibText])
  const [card] = await cardsOf(house)
  assert.deepEqual([card?.subject, card?.text], ['wireshakrkk', 'rararrrwwrrrr'])
})

test('T000-15 two transactions in one session are two messages', async (t) => {
  const house = await kelompok(t)
  const client = await inData(house, `tito@${domain}`)
  await client.write('Subject: first\r\n\r\none\r\n.\r\n')
  assert.match(await client.line(), /^250 /)
  const envelope = [`MAIL FROM:<${ketua}>`, `RCPT TO:<tito@${domain}>`, 'DATA']
  assert.deepEqual(await codes(client, ...envelope), ['250', '250', '354'])
  await client.write('Subject: second\r\n\r\ntwo\r\n.\r\n')
  assert.match(await client.line(), /^250 /)
  await quits(client)
  assert.deepEqual(await textsOf(house), [
    'Subject: first\r\n\r\none\r\n',
    'Subject: second\r\n\r\ntwo\r\n',
  ])
})

test('T000-16 the end of the text in three segments, 50 ms apart', async (t) => {
  const house = await kelompok(t)
  const client = await inData(house, `tito@${domain}`)
  await client.write('tes')
  for (const part of ['\r\n', '.', '\r\n']) {
    await client.write(part)
    await pause(50)
  }
  assert.match(await client.line(), /^250 /)
  await quits(client)
  assert.deepEqual(await textsOf(house), ['tes\r\n'])
})

test('T000-16 the end of the text and QUIT in one segment', async (t) => {
  const house = await kelompok(t)
  const client = await inData(house, `tito@${domain}`)
  await client.write('tes\r\n')
  await client.write('.\r\nQUIT\r\n')
  assert.match(await client.line(), /^250 /)
  assert.match(await client.line(), /^221 /)
  assert.equal(await client.line(), closed)
  assert.deepEqual(await textsOf(house), ['tes\r\n'])
})

test('T000-17 commands as lines of the text, each in its own segment, are text', async (t) => {
  const house = await kelompok(t)
  const client = await inData(house, `tito@${domain}`)
  const lines = ['quit', 'help me', 'RSET', 'NOOP', 'MAIL FROM:<x@y>', 'DATA', 'EHLO x']
  for (const line of lines) {
    await client.write(`${line}\r\n`)
    await hasRead(house)
  }
  await client.write('.\r\n')
  assert.match(await client.line(), /^250 /)
  await quits(client)
  assert.deepEqual(await textsOf(house), [lines.map((line) => `${line}\r\n`).join('')])
})

test('T000-18 a client lost in the midst of its text leaves nothing behind', async (t) => {
  const house = await kelompok(t)
  for (const part of ['Subject: lost\r\n\r\nhalf', 'Subject: lost\r\n\r\nhalf\r\n', '\r\n.\r']) {
    const client = await inData(house, `tito@${domain}`)
    await client.write(part)
    await hasRead(house)
    assert.equal(await client.rest(), '')
    const reset = await inData(house, `tito@${domain}`)
    await reset.write(part)
    reset.end()
  }
  // Whatever was begun before this one is over when it is there.
  assert.match(await house.send([`tito@${domain}`], 'Subject: whole\r\n\r\nall\r\n'), /^250 /)
  assert.deepEqual(await textsOf(house), ['Subject: whole\r\n\r\nall\r\n'])
  assert.deepEqual(
    (await cardsOf(house)).map(({ subject }) => subject),
    ['whole'],
  )
})

test('T000-20 one bad recipient costs nothing but itself', async (t) => {
  const house = await kelompok(t)
  const client = await house.smtp()
  const heard = await codes(
    client,
    'EHLO localhost',
    `MAIL FROM:<${ketua}>`,
    `RCPT TO:<tito@${domain}>`,
    'RCPT TO:<bad',
    'RCPT TO:<@>',
    `RCPT TO:<nobody@${domain}>`,
    'NOOP',
    'HELP',
    'VRFY x',
    `RCPT TO:<iqbal@${domain}>`,
    'DATA',
  )
  assert.deepEqual(heard, [
    '250',
    '250',
    '250',
    '501',
    '501',
    '550',
    '250',
    '214',
    '252',
    '250',
    '354',
  ])
  assert.match(await client.ask('Subject: both\r\n\r\nx\r\n.'), /^250 /)
  await quits(client)
  for (const name of ['tito', 'iqbal'])
    assert.deepEqual(await textsOf(house, name), ['Subject: both\r\n\r\nx\r\n'])
})

test('T000-21 each way of writing MAIL, and postmaster without a domain', async (t) => {
  const house = await kelompok(t)
  const froms = ['MAIL FROM: <a@b.com>', 'mail from:<a@b.com>', 'MAIL FROM:<>']
  for (const from of froms) {
    const client = await house.smtp()
    const lines = ['EHLO localhost', from, 'RCPT TO:<postmaster>', 'DATA']
    assert.deepEqual(await codes(client, ...lines), ['250', '250', '250', '354'], from)
    assert.match(await client.ask(`Subject: x\r\n\r\n${from}\r\n.`), /^250 /)
    await quits(client)
  }
  const texts = froms.map((from) => `Subject: x\r\n\r\n${from}\r\n`)
  assert.deepEqual(await textsOf(house, 'postmaster'), texts)
})

test('T000-22 QUIT is answered and obeyed at any time, and stores nothing', async (t) => {
  const house = await kelompok(t)
  const before = ['EHLO localhost', `MAIL FROM:<${ketua}>`, `RCPT TO:<tito@${domain}>`]
  for (let said = 0; said <= before.length; said++) {
    const client = await house.smtp()
    const heard = await codes(client, ...before.slice(0, said))
    assert.ok(heard.every((code) => code === '250'))
    await quits(client)
  }
  assert.deepEqual(await takenBy(house), [])
})

test('T000-24 an idle client keeps nobody waiting', async (t) => {
  const house = await kelompok(t)
  const idle = await house.smtp()
  const silent = connect(house.port('smtp'), '127.0.0.1')
  const ms = await smtplibDialogue(house)
  silent.destroy()
  assert.ok(ms < 1000, `${ms} ms`)
  await quits(idle)
})

test('T000-25 an idle client is told 421 and closed at the configured time', async (t) => {
  const house = await kelompok(t, (settings) => ({
    ...settings,
    smtp: { ...settings.smtp, command_timeout_ms: 400 },
  }))
  const fresh = await house.smtp()
  const greeted = await house.smtp()
  await greeted.ask('EHLO localhost')
  const midway = await house.smtp()
  await midway.write('EHLO loc')
  const began = performance.now()
  const inText = await inData(house, `tito@${domain}`)
  await inText.write('half')
  for (const client of [fresh, greeted, midway, inText]) {
    assert.match(await client.line(), /^421 /)
    assert.equal(await client.line(), closed)
  }
  const ms = performance.now() - began
  assert.ok(ms >= 400 && ms < 5000, `${ms} ms`)
  assert.deepEqual(await takenBy(house), [])
})

test('T000-25 a client that keeps talking is kept, however long in all', async (t) => {
  const house = await kelompok(t, (settings) => ({
    ...settings,
    smtp: { ...settings.smtp, command_timeout_ms: 1000 },
  }))
  const client = await house.smtp()
  // Three times the limit in all, a quarter of it between two commands.
  for (let n = 0; n < 12; n++) {
    await pause(250)
    assert.match(await client.ask('NOOP'), /^250 /)
  }
  await quits(client)
})

const dotted = ['.', '..c', '.a', '..', '...', 'end']

const realClients: Readonly<Record<string, (house: House, text: string) => Promise<unknown>>> = {
  python3: (house, text) =>
    run('python3', [
      '-c',
      `import smtplib, sys
with smtplib.SMTP('127.0.0.1', int(sys.argv[1])) as client:
    client.sendmail(sys.argv[2], [sys.argv[3]], sys.argv[4])`,
      ...[`${house.port('smtp')}`, ketua, `tito@${domain}`, text],
    ]),
  curl: async (house, text) => {
    const child = run('curl', [
      ...['--silent', '--show-error', `smtp://127.0.0.1:${house.port('smtp')}`],
      ...['--mail-from', ketua, '--mail-rcpt', `tito@${domain}`, '--upload-file', '-'],
    ])
    child.child.stdin?.end(text)
    await child
  },
}

for (const [name, send] of Object.entries(realClients)) {
  const found = await program(name)
  const skip = found ? false : `no ${name} here, and it cannot be installed`
  test(`T000-26 dots at the beginning of lines, by ${name}`, { skip }, async (t) => {
    const house = await kelompok(t)
    const text = ['Subject: dots', '', ...dotted, ''].join('\r\n')
    await send(house, text)
    assert.deepEqual(await textsOf(house), [text])
  })
}

test('T000-26 dots at the beginning of lines, by our own forwarder', async (t) => {
  const house = await kelompok(t)
  const { port } = await forwarder(t, house.port('smtp'))
  const body = dotted.join('\n')
  const letter = { sender: ketua, recipient: `tito@${domain}`, subject: 'dots', body }
  assert.equal((await classic(port('gateway'), JSON.stringify(letter))).text, sent)
  const [mail] = await house.inbox('tito')
  assert.equal(mail && readMail(mail).body, `${body}\n`)
})

test('T000-27 subjects: unfolded, the header one, and none', async (t) => {
  const house = await kelompok(t)
  const messages: readonly [text: string, subject: string][] = [
    ['Subject: part one\r\n part two\r\n\r\nx\r\n', 'part one part two'],
    ['Subject: header\r\n\r\nSubject: body\r\n', 'header'],
    ['From: a@x.com\r\n\r\nSubject: body\r\n', ''],
    ['subject: =?utf-8?q?h=C3=A9llo?=\r\n =?utf-8?b?IOKckw==?=\r\n\r\nx\r\n', 'héllo ✓'],
  ]
  for (const [text] of messages) assert.match(await house.send(['a@x.com'], text), /^250 /)
  const cards = (await cardsOf(house)).toReversed()
  assert.deepEqual(
    cards.map(({ subject }) => subject),
    messages.map(([, subject]) => subject),
  )
  assert.deepEqual(
    (await takenBy(house)).map(String),
    messages.map(([text]) => text),
  )
})

test('T000-32 bytes that are no UTF-8 are taken and kept as they are', async (t) => {
  const house = await kelompok(t)
  const latin1 = Buffer.from('Subject: ma\xf1ana\r\n\r\nHola \xf1and\xfa\r\n', 'latin1')
  const every = Buffer.from(Array.from({ length: 256 }, (_, n) => n))
  const odd = Buffer.concat([
    Buffer.from('Subject: odd\r\n\r\n'),
    Buffer.from(every.filter((byte) => byte !== 10 && byte !== 13)),
    Buffer.from([0xc3, 0x28, 0xa0, 0xa1, 0xff, 0xfe, 0xf8, 13, 10]),
  ])
  const half = Buffer.concat([
    Buffer.from('Subject: half\r\n\r\n'),
    Buffer.from('✓').subarray(0, 2),
  ])
  const texts = [latin1, odd, Buffer.concat([half, Buffer.from('\r\n')])]
  for (const text of texts) {
    const client = await inData(house, `tito@${domain}`)
    await client.write(text)
    await client.write('.\r\n')
    assert.match(await client.line(), /^250 /)
    await quits(client)
  }
  const kept = await house.inbox('tito')
  assert.deepEqual(
    kept.map((bytes) => bytes.toString('hex')),
    texts.map((bytes) => bytes.toString('hex')),
  )
})
