import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { Connection } from './connection.ts'
import { selfSigned } from './self-signed.ts'
import { secureContext } from './tls.ts'

const pair = selfSigned(['localhost'])

/** A port that secures each connection, and says who it is. */
async function secured(t: TestContext, clientCa: string): Promise<number> {
  const context = secureContext(pair, { clientCa })
  const server = createServer(async (socket) => {
    const connection = new Connection(socket, 'id')
    await connection.secure(context).catch(() => connection.destroy())
    connection.say('hello')
    await connection.close()
  })
  t.after(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

async function heard(port: number, version: 'TLSv1.2' | 'TLSv1.3', session?: Buffer) {
  const limits = { minVersion: version, maxVersion: version, rejectUnauthorized: false }
  const socket: TLSSocket = connect({ port, ...limits, ...(session ? { session } : {}) })
  let next: Buffer | undefined
  let resumed = false
  socket.on('secureConnect', () => (resumed = socket.isSessionReused()))
  socket.on('session', (given) => (next = given))
  let text = ''
  for await (const part of socket) text += part
  return { text, resumed, session: next }
}

describe('a client that comes again resumes its TLS session', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    for (const clientCa of ['', pair.cert])
      it(`${version}${clientCa === '' ? '' : ', where clients are asked who they are'}`, async (t) => {
        const port = await secured(t, clientCa)
        const first = await heard(port, version)
        assert.deepEqual([first.text, first.resumed], ['hello', false])
        const again = await heard(port, version, first.session)
        assert.deepEqual([again.text, again.resumed], ['hello', true])
      })
})
