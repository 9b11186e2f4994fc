// A client of no trusted network, without login: it may bring mail for us, and nothing else.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { codes, openSmtpd } from '../support/smtpd.ts'

const server = await openSmtpd(
  { after },
  {
    change: (settings) => ({
      ...settings,
      server: { ...settings.server, trusted_networks: ['192.0.2.0/24'] },
    }),
  },
)
const { house, client, news } = server

it('T003-23 a foreign recipient is refused, and its mail is nowhere', async () => {
  const { rooms } = house.started
  assert.ok(rooms)
  await rooms.accounts.addAccount('x@smtpd.com', 'amplop')
  const player = await client()
  assert.deepEqual(await codes(player, ['EHLO user', 'MAIL FROM:<user@smtpd.com>']), [250, 250])
  assert.match(await player.ask('RCPT TO:<x@gmail.com>'), /^550 5\.7\.1 /)
  assert.match(await player.ask('DATA'), /^(503|554) /)
  assert.deepEqual(await codes(player, ['RCPT TO:<rcpt@smtpd.com>', 'DATA']), [250, 354])
  assert.match(await player.ask('for rcpt\r\n.'), /^250 /)
  assert.equal((await news('rcpt')).length, 1)
  assert.equal((await news('x')).length, 0)
  for (const { recipients } of await rooms.traces.list({ limit: 100 }))
    assert.deepEqual(
      recipients.map(({ address }) => address),
      ['rcpt@smtpd.com'],
    )
})

it('T003-23 relaying stays denied after a failed login, and is allowed after a good one', async () => {
  const player = await client()
  const from = 'MAIL FROM:<user@smtpd.com>'
  const wrong = ['EHLO user', `AUTH PLAIN ${btoa('\0user\0wrong')}`, from, 'RCPT TO:<x@gmail.com>']
  assert.deepEqual(await codes(player, wrong), [250, 535, 250, 550])
  const right = ['RSET', `AUTH PLAIN ${btoa('\0user\0amplop')}`, from, 'RCPT TO:<x@gmail.com>']
  assert.deepEqual(await codes(player, right), [250, 235, 250, 250])
})
