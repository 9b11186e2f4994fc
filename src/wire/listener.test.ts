import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { Ids } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { Networks } from '../base/networks.ts'
import { listen } from './listener.ts'
import { Player } from './testing/transcript.ts'

test('while it is away every new client is told so, and served again afterwards', async (t) => {
  let away = ''
  const listener = await listen({
    name: 'toy',
    host: '127.0.0.1',
    port: 0,
    connectionsMax: 10,
    connectionsPerNeighbourMax: 10,
    trusted: new Networks([]),
    busy: 'busy',
    away: () => away,
    log: silentLog,
    ids: new Ids(),
    serve: async (connection) => connection.say('here\r\n'),
  })
  t.after(() => listener.close(0))
  const heard = async () => {
    const player = new Player(connect(listener.port, '127.0.0.1'))
    return [await player.line(), await player.line()]
  }
  assert.deepEqual(await heard(), ['here', '<closed>'])
  away = '421 away'
  assert.deepEqual(await heard(), ['421 away', '<closed>'])
  assert.equal(listener.refused, 1)
  away = ''
  assert.deepEqual(await heard(), ['here', '<closed>'])
})
