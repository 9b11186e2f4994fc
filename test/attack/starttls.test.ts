// Commands injected in clear before TLS begins: nothing said before the handshake is believed after.
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, it } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { openSmtp } from '../../src/protocols/smtp/testing/server.ts'
import { Player } from '../../src/wire/testing/transcript.ts'
import { attempts, each } from './matrix.ts'

const login = `AUTH PLAIN ${btoa('\0tito\0amplop')}`
const injected = [
  'NOOP\r\n',
  'NOOP\n',
  'NO',
  '\r\n',
  '\0',
  'EHLO eve\r\n',
  `EHLO eve\r\n${login}\r\n`,
  `${login}\r\n`,
  'RSET\r\nNOOP\r\nNOOP\r\n',
  'EHLO eve\r\nMAIL FROM:<eve@example.org>\r\nRCPT TO:<tito@example.com>\r\nDATA\r\n',
  'EHLO eve\r\nMAIL FROM:<eve@example.org>\r\nRCPT TO:<tito@example.com>\r\nBDAT 1000\r\n',
  'BDAT 1000\r\n',
  'STARTTLS\r\n',
  'QUIT\r\n',
  'x'.repeat(100_000),
  `${'NOOP\r\n'.repeat(20_000)}`,
]
const commands = ['STARTTLS\r\n', 'starttls\r\n', 'STARTTLS  \r\n', 'STARTTLS\n']
const states = ['', 'EHLO me\r\n', `EHLO me\r\n${login}\r\n`]

const matrix = (['smtp', 'submission', 'lmtp'] as const).flatMap((face) =>
  states.flatMap((state) =>
    commands.flatMap((command) => injected.map((more) => ({ face, state, command, more }))),
  ),
)
const servers = {
  smtp: await openSmtp({ after }),
  submission: await openSmtp({ after }, { face: 'submission' }),
  lmtp: await openSmtp({ after }, { face: 'lmtp' }),
}
after(() => Promise.all(Object.values(servers).map((server) => server.close())))

it('none of them is answered, or counts, inside TLS', async () => {
  await each(attempts(matrix, 60), async ({ face, state, command, more }) => {
    const server = servers[face]
    const socket = await server.dial()
    const said = state.replaceAll('EHLO', face === 'lmtp' ? 'LHLO' : 'EHLO')
    socket.write(said + command + more)
    await heard(socket, /220 2\.0\.0 Ready to start TLS\r\n$/)
    const client = new Player(connectTls({ socket, rejectUnauthorized: false }))
    const name = JSON.stringify({ face, state, command, more: more.slice(0, 80) })
    // What was still on its way when TLS began may break it; it is never heard.
    const first = await client.ask('NOOP')
    if (first.startsWith('<closed>')) return
    assert.match(first, /^250 2\.0\.0 OK$/, name)
    assert.match(await client.ask('MAIL FROM:<tito@example.com>'), /^503 5\.5\.1 Say /, name)
    await client.ask(face === 'lmtp' ? 'LHLO me' : 'EHLO me')
    const mail = await client.ask('MAIL FROM:<tito@example.com>')
    assert.match(mail, face === 'submission' ? /^530 / : /^250 /, name)
    await client.write('QUIT\r\n')
    assert.match(await client.line(), /^221 /, name)
    assert.equal(await client.rest(), '', name)
  })
})

/** Resolves once what the server says in clear ends so; no byte beyond is taken. */
function heard(socket: Socket, end: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    const listen = (part: Buffer) => {
      text += part
      if (!end.test(text)) return
      socket.off('data', listen)
      socket.off('close', lost)
      resolve()
    }
    const lost = () => reject(new Error(`closed after ${JSON.stringify(text)}`))
    socket.on('data', listen)
    socket.on('close', lost)
    socket.on('error', () => {})
  })
}
