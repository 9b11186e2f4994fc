import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { it } from 'node:test'
import { Connection } from './connection.ts'

it('what is said to a client that is gone is dropped, and nobody waits for it', async (t) => {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address)
  const met = once(server, 'connection') as Promise<[Socket]>
  const client = connect(address.port, '127.0.0.1')
  const [socket] = await met
  const connection = new Connection(socket, 'id')
  client.resetAndDestroy()
  await connection.gone
  assert.equal(connection.lost, true)
  connection.say('x'.repeat(1_000_000))
  assert.equal(connection.flush(), undefined)
})
