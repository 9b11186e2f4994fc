// As many sessions as there is room for, held for a minute.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, it } from 'node:test'
import { setTimeout as pause, setImmediate as untilNext } from 'node:timers/promises'
import { Player } from '../../src/wire/testing/transcript.ts'
import { openSmtpd } from '../support/smtpd.ts'

const sessionsMax = 1000
const heldMs = 60_000

const { house } = await openSmtpd(
  { after },
  {
    change: (settings) => ({
      ...settings,
      smtp: { ...settings.smtp, connections_max: sessionsMax },
    }),
  },
)

function dial(): Player {
  return new Player(connect(house.port('smtp'), '127.0.0.1').setNoDelay(true))
}

async function greeted(): Promise<Player> {
  const player = dial()
  assert.match(await player.line(), /^220 /)
  assert.match(await player.ask('EHLO user'), /^250[- ]/)
  return player
}

async function answersAll(players: readonly Player[]): Promise<void> {
  const replies = await Promise.all(players.map((player) => player.ask('NOOP')))
  assert.deepEqual(new Set(replies), new Set(['250 2.0.0 OK']))
}

/** The next one hears why it may not stay, and is let go. */
async function oneTooMany(): Promise<void> {
  const player = dial()
  assert.match(await player.line(), /^421 4\.3\.2 /)
  assert.equal(await player.rest(), '')
}

it('T003-08 600, 800 and 1000 sessions at a time for a minute, the next is told 421', async (t) => {
  const players: Player[] = []
  t.after(() => {
    for (const player of players) player.end()
  })
  for (const count of [600, 800, sessionsMax]) {
    const more = Array.from({ length: count - players.length }, greeted)
    players.push(...(await Promise.all(more)))
    await answersAll(players)
  }
  await Promise.all(Array.from({ length: 5 }, oneTooMany))
  await answersAll(players)
  await pause(heldMs)
  await answersAll(players)
  await oneTooMany()
  assert.match((await players.pop()?.ask('QUIT')) ?? '', /^221 /)
  const listener = house.started.listeners.find(({ port }) => port === house.port('smtp'))
  while (listener?.counters?.connections === sessionsMax) await untilNext()
  // The place that was left is free again.
  players.push(await greeted())
  await answersAll(players)
})
