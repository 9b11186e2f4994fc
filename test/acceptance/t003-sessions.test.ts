// Clients that come and go by the hundred, and one too many of them.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, it } from 'node:test'
import { setTimeout as pause, setImmediate as untilNext } from 'node:timers/promises'
import { Player } from '../../src/wire/testing/transcript.ts'
import { openSmtpd, type Smtpd } from '../support/smtpd.ts'

const many = await openSmtpd({ after })
const few = await openSmtpd(
  { after },
  { change: (settings) => ({ ...settings, smtp: { ...settings.smtp, connections_max: 5 } }) },
)

function listenerOf({ house }: Smtpd) {
  const open = house.started.listeners.find(({ port }) => port === house.port('smtp'))
  assert.ok(open?.counters)
  return open.counters
}

it('T003-09 800 clients, one after the other, all stay and all are let go', async () => {
  const counters = listenerOf(many)
  const { accepted, connections } = counters
  const clients: Promise<Player>[] = []
  for (let n = 0; n < 800; n++) {
    clients.push(
      many.client().then(async (player) => {
        assert.match(await player.ask('EHLO user'), /^250-/)
        return player
      }),
    )
    await pause(10)
  }
  const players = await Promise.all(clients)
  assert.equal(counters.connections, connections + 800)
  const byes = await Promise.all(players.map((player) => player.ask('QUIT')))
  assert.deepEqual(new Set(byes), new Set(['221 2.0.0 Bye']))
  await Promise.all(players.map((player) => player.rest()))
  while (counters.connections > connections) await untilNext()
  assert.equal(counters.accepted, accepted + 800)
})

it('T003-28 of at most five connections the sixth hears 421, and the five are served', async () => {
  const players = await Promise.all(Array.from({ length: 5 }, () => few.client()))
  const sixth = new Player(connect(few.house.port('smtp'), '127.0.0.1'))
  assert.match(await sixth.line(), /^421 4\.3\.2 /)
  assert.equal(await sixth.rest(), '')
  for (const player of players) assert.match(await player.ask('EHLO user'), /^250-/)
  for (const player of players) player.end()
})
