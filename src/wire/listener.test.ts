import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { Ids } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { Networks } from '../base/networks.ts'
import { listen } from './listener.ts'
import { selfSigned } from './self-signed.ts'
import { Player } from './testing/transcript.ts'
import { secureContext } from './tls.ts'

const context = secureContext(selfSigned(['localhost']))

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

describe('connections beyond the limit hear so, those before are served on', () => {
  const far = new Networks([])
  const near = new Networks(['127.0.0.0/8'])
  const cases = [
    { name: 'in all', limits: { connectionsMax: 3, connectionsPerNeighbourMax: 9, trusted: near } },
    {
      name: 'from one network',
      limits: { connectionsMax: 9, connectionsPerNeighbourMax: 3, trusted: far },
    },
    {
      name: 'over TLS',
      limits: { connectionsMax: 3, connectionsPerNeighbourMax: 9, trusted: near },
      tls: context,
    },
  ]
  for (const { name, limits, tls } of cases)
    test(name, async (t) => {
      const listener = await listen({
        name: 'toy',
        host: '127.0.0.1',
        port: 0,
        ...limits,
        busy: '421 busy',
        log: silentLog,
        ids: new Ids(),
        ...(tls ? { tls } : {}),
        serve: async (connection) => {
          connection.say('here\r\n')
          await connection.flush()
          while ((await connection.inbox.line(100, true)) !== undefined) {
            connection.say('still here\r\n')
            await connection.flush()
          }
        },
      })
      t.after(() => listener.close(0))
      const { port } = listener
      const dial = () =>
        new Player(
          tls
            ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
            : connect(port, '127.0.0.1'),
        )
      const served = [dial(), dial(), dial()]
      for (const player of served) assert.equal(await player.line(), 'here')
      for (const _ of [1, 2]) {
        const beyond = dial()
        assert.equal(await beyond.line(), '421 busy')
        assert.equal(await beyond.line(), '<closed>')
      }
      for (const player of served) {
        await player.write('?\r\n')
        assert.equal(await player.line(), 'still here')
      }
      await served[0]!.rest()
      assert.equal(await dial().line(), 'here')
      assert.deepEqual([listener.accepted, listener.refused], [6, 2])
    })
})

test('a port takes nobody while there is no room on all of them', async (t) => {
  let full = true
  const listener = await listen({
    name: 'toy',
    host: '127.0.0.1',
    port: 0,
    connectionsMax: 10,
    full: () => full,
    connectionsPerNeighbourMax: 10,
    trusted: new Networks([]),
    busy: '421 busy',
    log: silentLog,
    ids: new Ids(),
    serve: async (connection) => connection.say('here\r\n'),
  })
  t.after(() => listener.close(0))
  assert.equal(await new Player(connect(listener.port, '127.0.0.1')).line(), '421 busy')
  full = false
  assert.equal(await new Player(connect(listener.port, '127.0.0.1')).line(), 'here')
})
