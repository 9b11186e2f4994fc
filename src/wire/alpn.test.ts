// ALPN: a client sent here in place of another server is not heard. RFC 7301 §3.2.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { connect } from 'node:tls'
import { Ids } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { Networks } from '../base/networks.ts'
import { listen } from './listener.ts'
import { selfSigned } from './self-signed.ts'
import { secureContext } from './tls.ts'

const served: string[] = []
const listener = await listen({
  ...{ name: 'imaps', host: '127.0.0.1', port: 0, busy: 'busy', log: silentLog, ids: new Ids() },
  ...{ connectionsMax: 10, connectionsPerNeighbourMax: 10, trusted: new Networks([]) },
  tls: secureContext(selfSigned(['localhost']), { alpn: ['imap'] }),
  serve: async (connection) => {
    served.push(connection.id)
    connection.say('hello\r\n')
  },
})
after(() => listener.close(0))

/** What a client that offers these protocols agrees on, or the code of the alert it gets. */
function dial(offered: readonly string[]): Promise<string | false> {
  return new Promise((resolve) => {
    const { port } = listener
    const ALPNProtocols = offered.length > 0 ? { ALPNProtocols: [...offered] } : {}
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...ALPNProtocols })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(`${error.code}`))
    socket.once('data', () => {
      resolve(socket.alpnProtocol ?? false)
      socket.destroy()
    })
  })
}

it('a client that offers our protocol, among others or alone, or none is served', async () => {
  const before = served.length
  assert.equal(await dial(['imap']), 'imap')
  assert.equal(await dial(['http/1.1', 'imap']), 'imap')
  assert.equal(await dial([]), false)
  assert.equal(served.length, before + 3)
})

for (const offered of [['http/1.1'], ['h2', 'http/1.1'], ['pop3']])
  it(`a client that offers ${offered.join(' and ')} only is refused before a word`, async () => {
    const before = served.length
    assert.equal(await dial(offered), 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
    assert.equal(served.length, before)
  })
