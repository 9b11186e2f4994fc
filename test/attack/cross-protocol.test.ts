// Other protocols on a port of mail: a browser made to talk to it must not get a word heard.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, it } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { openSmtp } from '../../src/protocols/smtp/testing/server.ts'
import { Player } from '../../src/wire/testing/transcript.ts'
import { openHouse } from '../support/house.ts'

const server = await openSmtp({ after })
after(() => server.close())
const house = await openHouse({ after })

const body =
  'EHLO me\r\nMAIL FROM:<eve@example.org>\r\nRCPT TO:<tito@example.com>\r\nDATA\r\nforged\r\n.\r\n'

for (const line of ['GET / HTTP/1.1', 'POST /x HTTP/1.1', 'CONNECT mx:25 HTTP/1.1', 'put / HTTP/2'])
  it(`"${line}" ends the session, and nothing behind it is heard`, async () => {
    const client = await server.client()
    await client.write(`${line}\r\nHost: mx.example.com\r\n\r\n${body}`)
    assert.match(await client.line(), /^421 4\.7\.0 /)
    assert.equal(await client.line(), '<closed>')
    assert.deepEqual(await server.inbox('tito'), [])
  })

/** What was agreed to be spoken, or the alert. */
function agreed(socket: TLSSocket): Promise<string | false | null> {
  return new Promise((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(`${error.code}`))
    socket.once('secureConnect', () => {
      // Under TLS 1.3 an alert may come behind the handshake, but before any other word.
      socket.write('\r\n')
      socket.once('data', () => {
        resolve(socket.alpnProtocol)
        socket.destroy()
      })
    })
  })
}

const names = {
  imaps: 'imap',
  pop3s: 'pop3',
  submissions: 'smtp',
}
for (const [service, name] of Object.entries(names))
  it(`${service} speaks ${name} by ALPN, with who names nothing too, and nothing else`, async () => {
    const dial = (...ALPNProtocols: string[]) =>
      agreed(
        connectTls({
          port: house.port(service),
          host: '127.0.0.1',
          rejectUnauthorized: false,
          ...(ALPNProtocols.length > 0 ? { ALPNProtocols } : {}),
        }),
      )
    const refused = 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'
    assert.equal(await dial('h2', 'http/1.1'), refused)
    assert.equal(await dial('ftp'), refused)
    assert.equal(await dial(name), name)
    assert.equal(await dial(), false)
  })

it('ALPN counts behind STARTTLS, too', async () => {
  const socket = connect(house.port('smtp'), '127.0.0.1')
  const player = new Player(socket)
  await player.line()
  await player.ask('EHLO me')
  assert.match(await player.ask('STARTTLS'), /^220 /)
  socket.removeAllListeners('data')
  const secured = connectTls({ socket, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
  assert.equal(await agreed(secured), 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
})
