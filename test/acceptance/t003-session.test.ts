// One session with the server: its order, its errors, its logins.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import type { Player } from '../../src/wire/testing/transcript.ts'
import { codes, inData, openSmtpd } from '../support/smtpd.ts'

const server = await openSmtpd({ after })
const { client, news } = server

/** T003-01 as it is typed: no brackets, no domain of the recipient. */
async function typed(player: Player): Promise<string> {
  assert.match(await player.ask('EHLO user'), /^250-[\s\S]*\n250 /)
  assert.match(await player.ask('MAIL FROM: user@smtpd.com'), /^250 /)
  assert.match(await player.ask('RCPT TO: rcpt'), /^250 /)
  assert.match(await player.ask('DATA'), /^354 /)
  await player.write('Contenido\r\n')
  return player.ask('.')
}

it('T003-01 a mail as people type it is queued and in the mailbox', async () => {
  assert.match(await typed(await client()), /^250 .*queued/)
  const [letter, ...more] = await news('rcpt')
  assert.equal(`${letter?.body}`, 'Contenido\r\n')
  assert.equal(more.length, 0)
})

const ipv6 = server.house.started.listeners.some(({ address }) => address === '::1')

it('T003-15 the same over IPv6', { skip: ipv6 ? false : 'no IPv6 here' }, async () => {
  assert.match(await typed(await client('::1')), /^250 .*queued/)
  const [letter, ...more] = await news('rcpt')
  assert.equal(`${letter?.body}`, 'Contenido\r\n')
  assert.match(letter?.prefix ?? '', /\[IPv6:::1\]/)
  assert.equal(more.length, 0)
})

it('T003-02 every mistake is answered, and the session lives on', async () => {
  const player = await client()
  const mistakes: [string, RegExp][] = [
    ['RCPT TO: rcpt@smtpd.com', /^503 /],
    ['MAIL FROM: user@smtp.com', /^503 /],
    ['DATA', /^503 /],
    ['EHLO user', /^250[- ]/],
    ['MAIL FROM: user', /^(501|550|553) /],
    ['RCPT TO:', /^(501|503) /],
    ['INVALID COMMAND', /^(500|502) /],
    ['XSTAT', /^(500|501|502) /],
  ]
  for (const [line, reply] of mistakes) assert.match(await player.ask(line), reply, line)
  assert.match(await typed(player), /^250 .*queued/)
  assert.equal((await news('rcpt')).length, 1)
})

it('T003-05a a message of one empty line is stored', async () => {
  const player = await inData(server, 'rcpt')
  assert.match(await player.ask('\r\n.'), /^250 /)
  assert.deepEqual(
    (await news('rcpt')).map(({ body }) => `${body}`),
    ['\r\n'],
  )
})

it('T003-05b a message of nothing at all is answered and stored', async () => {
  const player = await inData(server, 'rcpt')
  assert.match(await player.ask('.'), /^250 /)
  assert.deepEqual(
    (await news('rcpt')).map(({ body }) => `${body}`),
    [''],
  )
})

it('T003-06 repeated commands: a recipient said twice gets one copy', async () => {
  const player = await client()
  const from = 'MAIL FROM: user@smtpd.com'
  const to = 'RCPT TO: user1'
  const lines = ['EHLO user', 'EHLO user', from, from, to, to, 'DATA', 'x\r\n.']
  assert.deepEqual(await codes(player, lines), [250, 250, 250, 503, 250, 250, 354, 250])
  assert.deepEqual(
    (await news('user1')).map(({ body }) => `${body}`),
    ['x\r\n'],
  )
})

it('T003-14 AUTH PLAIN, right, wrong and out of place', async () => {
  const good = btoa('\0user\0amplop')
  const cases: [string, string[], number[]][] = [
    ['with initial response', [`AUTH PLAIN ${good}`], [235]],
    ['without', ['AUTH PLAIN', good], [334, 235]],
    ['by the whole address', [`AUTH PLAIN ${btoa('\0user@smtpd.com\0amplop')}`], [235]],
    ['no base64', ['AUTH PLAIN !!!'], [501]],
    ['no base64 behind the challenge', ['AUTH PLAIN', '!!!'], [334, 501]],
    ['a wrong password', [`AUTH PLAIN ${btoa('\0user\0wrong')}`], [535]],
    ['a wrong name', [`AUTH PLAIN ${btoa('\0nobody\0amplop')}`], [535]],
    ['twice', [`AUTH PLAIN ${good}`, `AUTH PLAIN ${good}`], [235, 503]],
    ['cancelled', ['AUTH PLAIN', '*'], [334, 501]],
    ['inside MAIL', ['MAIL FROM:<user@smtpd.com>', `AUTH PLAIN ${good}`], [250, 503]],
    ['wrong, then right', [`AUTH PLAIN ${btoa('\0user\0no')}`, `AUTH PLAIN ${good}`], [535, 235]],
  ]
  for (const [name, lines, expected] of cases) {
    const player = await client()
    assert.match(await player.ask('EHLO user'), /^250[- ]AUTH .*\bPLAIN\b/m)
    assert.deepEqual(await codes(player, lines), expected, name)
    assert.match(await player.ask('QUIT'), /^221 /)
  }
})

it('T003-16 the dialogue of Thunderbird', async () => {
  const player = await client()
  const features = await player.ask('EHLO [127.0.0.1]')
  for (const feature of ['SIZE 10485760', 'AUTH .*PLAIN LOGIN', '8BITMIME', 'SMTPUTF8'])
    assert.match(features, new RegExp(`^250[- ]${feature}$`, 'm'))
  const text = 'Subject: =?UTF-8?Q?d=C3=ADa?=\r\nContent-Transfer-Encoding: 8bit\r\n\r\ndía ✓\r\n'
  const size = Buffer.byteLength(text)
  const lines = [
    `AUTH PLAIN ${btoa('\0user\0amplop')}`,
    `MAIL FROM:<user@smtpd.com> BODY=8BITMIME SIZE=${size}`,
    'RCPT TO:<user2@smtpd.com>',
    'DATA',
    `${text}.`,
    'QUIT',
  ]
  assert.deepEqual(await codes(player, lines), [235, 250, 250, 354, 250, 221])
  const [letter] = await news('user2')
  assert.equal(`${letter?.body}`, text)
  assert.match(letter?.prefix ?? '', /with ESMTPA /)
})

it('T003-17 a whole session in one write: every reply, in order', async () => {
  const player = await client()
  const mail = 'MAIL FROM:<user@smtpd.com>\r\nRCPT TO:<rcpt@smtpd.com>\r\nDATA\r\n'
  const burst = `EHLO user\r\n${mail}one\r\n.\r\nNOOP\r\n${mail}two\r\n.\r\nQUIT\r\n`
  await player.write(burst)
  for (const code of [250, 250, 250, 354, 250, 250, 250, 250, 354, 250, 221])
    assert.equal(Number((await player.reply()).slice(0, 3)), code)
  assert.equal(await player.rest(), '')
  assert.deepEqual(
    (await news('rcpt')).map(({ body }) => `${body}`),
    ['one\r\n', 'two\r\n'],
  )
})

it('T003-18 two mails in one session share nothing', async () => {
  const player = await inData(server, 'user1')
  assert.match(await player.ask('Subject: first\r\n\r\nfor user1\r\n.'), /^250 /)
  const next = ['MAIL FROM:<rcpt@smtpd.com>', 'RCPT TO:<user2@smtpd.com>', 'DATA']
  assert.deepEqual(await codes(player, next), [250, 250, 354])
  assert.match(await player.ask('Subject: second\r\n\r\nfor user2\r\n.'), /^250 /)
  const [[first, ...more], [second, ...rest]] = [await news('user1'), await news('user2')]
  assert.equal(`${first?.body}`, 'Subject: first\r\n\r\nfor user1\r\n')
  assert.equal(`${second?.body}`, 'Subject: second\r\n\r\nfor user2\r\n')
  assert.match(first?.prefix ?? '', /^Return-Path: <user@smtpd\.com>/)
  assert.match(second?.prefix ?? '', /^Return-Path: <rcpt@smtpd\.com>/)
  assert.deepEqual([more.length, rest.length], [0, 0])
})

it('T003-25 QUIT aborts a transaction, and inside DATA is text', async () => {
  for (const lines of [
    [],
    ['EHLO user'],
    ['EHLO user', 'MAIL FROM:<user@smtpd.com>', 'RCPT TO:<rcpt@smtpd.com>'],
  ]) {
    const player = await client()
    await codes(player, lines)
    assert.match(await player.ask('QUIT'), /^221 /)
    assert.match(await player.line(), /^<closed>$/)
  }
  const player = await inData(server, 'rcpt')
  await player.write('QUIT\r\n')
  assert.match(await player.ask('.'), /^250 /)
  assert.deepEqual(
    (await news('rcpt')).map(({ body }) => `${body}`),
    ['QUIT\r\n'],
  )
})
