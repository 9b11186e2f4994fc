// What a client hears that sends as another, or too much.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { Networks } from '../../base/networks.ts'
import { unlimited } from '../../delivery/testing/house.ts'
import { openSmtp } from './testing/server.ts'

const trusted = new Networks(['192.0.2.0/24'])
const login = ['EHLO me', 'AUTH PLAIN AHRpdG8AYW1wbG9w']

async function hears(server: Awaited<ReturnType<typeof openSmtp>>, ...lines: string[]) {
  const player = await server.client()
  const said: string[] = []
  for (const line of lines) said.push((await player.ask(line)).slice(0, 9))
  player.end()
  return said.slice(-4)
}

it('who has logged in and sends as another is refused, at MAIL or behind the dot', async () => {
  const server = await openSmtp({ after }, { trusted }, { senderPolicy: 'own' })
  after(() => server.close())
  const heard = (...lines: string[]) => hears(server, ...login, ...lines)
  assert.equal((await heard('MAIL FROM:<iqbal@example.com>')).at(-1), '550 5.7.1')
  const envelope = ['MAIL FROM:<tito@example.com>', 'RCPT TO:<iqbal@example.com>', 'DATA']
  const forged = await heard(...envelope, 'From: boss@example.org\r\n\r\nPay this.\r\n.')
  assert.deepEqual(forged, ['250 2.1.0', '250 2.1.5', '354 Start', '550 5.7.1'])
  const honest = await heard(...envelope, 'From: tito@example.com\r\n\r\nHello.\r\n.')
  assert.deepEqual(honest.at(-1), '250 2.0.0')
  assert.deepEqual(await server.inbox('iqbal'), ['From: tito@example.com\r\n\r\nHello.\r\n'])
})

it('who sends too much is told so, and may go on later', async () => {
  const pace = (perMinute: number) => ({ perMinute, perHour: 0, perDay: 0 })
  const rates = { ...unlimited, accountMessages: pace(2), recipientMessages: pace(1) }
  const server = await openSmtp({ after }, { trusted }, { rates })
  after(() => server.close())
  const mail = 'MAIL FROM:<tito@example.com>'
  assert.deepEqual(await hears(server, ...login, mail, 'RSET', mail), [
    '235 2.7.0',
    '250 2.1.0',
    '250 2.0.0',
    '250 2.1.0',
  ])
  assert.equal((await hears(server, ...login, mail)).at(-1), '450 4.7.1')
  const to = ['RCPT TO:<iqbal@example.com>', 'RCPT TO:<iqbal@example.com>']
  const told = await hears(server, 'EHLO me', 'MAIL FROM:<ann@example.org>', ...to)
  assert.deepEqual(told.slice(-2), ['250 2.1.5', '450 4.7.1'])
  const next = ['RCPT TO:<iqbal@example.com>', 'RCPT TO:<tito@example.com>', 'NOOP']
  const others = await hears(server, 'EHLO me', 'MAIL FROM:<ann@example.org>', ...next)
  assert.deepEqual(others, ['250 2.1.0', '450 4.7.1', '250 2.1.5', '250 2.0.0'])
})
