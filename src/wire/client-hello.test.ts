// A client's first words as Node's own client says them, whole and cut, and as nobody would.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { fc } from '../base/testing/property.ts'
import { readClientHello } from './client-hello.ts'

async function helloOf(options: object): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const client = connect({ port, host: '127.0.0.1', ...options })
  client.on('error', () => {})
  const [socket] = await once(server, 'connection')
  const [bytes] = await once(socket, 'data')
  socket.destroy()
  client.destroy()
  server.close()
  return bytes
}

test('the name and the protocols are read, and nothing is believed', async () => {
  const bytes = await helloOf({ servername: 'a.example', ALPNProtocols: ['acme-tls/1', 'h2'] })
  assert.deepEqual(readClientHello(bytes), { name: 'a.example', protocols: ['acme-tls/1', 'h2'] })
  assert.deepEqual(readClientHello(await helloOf({})), { name: '', protocols: [] })
  for (let cut = 0; cut < bytes.length; cut++) readClientHello(bytes.subarray(0, cut))
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
      const changed = Buffer.from(bytes)
      changed[at] = value
      readClientHello(changed)
    }),
    { numRuns: 500 },
  )
})
