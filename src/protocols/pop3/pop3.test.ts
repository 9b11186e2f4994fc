// What a POP3 session does with bytes, with other sessions, and with clients that misbehave.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import type { Where } from '../../accounts/logins.ts'
import { Refused } from '../../base/refused.ts'
import type { Connection } from '../../wire/connection.ts'
import { Player } from '../../wire/testing/transcript.ts'
import { mechanismsFor, type Pop3Options } from './session.ts'
import { openPop3 } from './testing/server.ts'

async function server(t: TestContext, options: Partial<Pop3Options> = {}) {
  const opened = await openPop3(t, options)
  t.after(opened.close)
  return opened
}

async function loggedIn(player: Player): Promise<Player> {
  assert.match(await player.ask('USER tito'), /^\+OK/)
  assert.match(await player.ask('PASS amplop'), /^\+OK/)
  return player
}

/** Everything the server says to these commands, until it closes. */
async function said(port: number, commands: readonly string[]): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1')
  const parts: Buffer[] = []
  socket.on('data', (part: Buffer) => parts.push(part))
  socket.write(['USER tito', 'PASS amplop', ...commands, 'QUIT', ''].join('\r\n'))
  await once(socket, 'end')
  socket.destroy()
  return Buffer.concat(parts)
}

/** A message as a client understands it that knows no line end but CRLF. */
function unstuffed(all: Buffer, after: string): Buffer {
  const from = all.indexOf(after) + after.length
  const end = all.indexOf('\r\n.\r\n', from)
  return Buffer.from(all.toString('latin1', from, end + 2).replaceAll('\r\n..', '\r\n.'), 'latin1')
}

describe('the bytes of a message', () => {
  const large = Buffer.alloc(3 * 2 ** 20, 'a line of text\r\n.dot\r\n')
  const cases: [string, Buffer][] = [
    ['dots', Buffer.from('Subject: x\r\n\r\n.\r\n..\r\n.a\r\n\r\n.\r\n')],
    ['8-bit and NUL', Buffer.from('Subject: \xe9\xff\r\n\r\n\0\xff\r\n', 'latin1')],
    ['3 MB', Buffer.concat([Buffer.from('Subject: x\r\n\r\n'), large, Buffer.from('\r\n')])],
    ['300 KB in one line', Buffer.concat([Buffer.alloc(300_000, 'x'), Buffer.from('\r\n')])],
  ]
  for (const [name, bytes] of cases)
    it(`comes back as it came: ${name}`, async (t) => {
      const { put, port } = await server(t)
      await put(bytes)
      const all = await said(port, ['RETR 1'])
      assert.ok(unstuffed(all, `+OK ${bytes.length} octets\r\n`).equals(bytes))
      assert.match(all.toString('latin1', all.length - 20), /\r\n\.\r\n\+OK Bye\r\n$/)
    })

  it('come back to a client that asks for all at once', async (t) => {
    const { put, port } = await server(t)
    const texts = Array.from({ length: 300 }, (_, n) => `Subject: ${n}\r\n\r\n.${n}\r\n`)
    await put(...texts)
    const all = `${await said(
      port,
      texts.map((_, n) => `RETR ${n + 1}`),
    )}`
    const wanted = texts.map(
      (text) => `+OK ${text.length} octets\r\n${text.replace('\n.', '\n..')}.\r\n`,
    )
    assert.ok(all.includes(wanted.join('')))
  })
})

describe('beside other sessions', () => {
  it('what they removed is gone, what they added is not seen, numbers stay', async (t) => {
    const { house, account, put, client } = await server(t)
    await put('one\r\n', 'two\r\n', 'three\r\n')
    const player = await loggedIn(await client())
    await player.write('RETR 1\r\n')
    for (const line of ['+OK 5 octets', 'one', '.']) assert.equal(await player.line(), line)
    await house.messages.expunge({ account, mailbox: 'inbox' }, [[2, 2]], false)
    await put('four\r\n')
    assert.match(await player.ask('RETR 2'), /^-ERR The message is gone/)
    assert.match(await player.ask('TOP 2 0'), /^-ERR The message is gone/)
    await player.write('RETR 3\r\n')
    for (const line of ['+OK 7 octets', 'three', '.']) assert.equal(await player.line(), line)
    assert.equal(await player.ask('STAT'), '+OK 3 17')
    assert.match(await player.ask('DELE 2'), /^\+OK/)
    assert.match(await player.ask('DELE 3'), /^\+OK/)
    assert.equal(await player.ask('QUIT'), '+OK Bye')
    const again = await loggedIn(await client())
    assert.equal(await again.ask('STAT'), '+OK 2 11')
    again.end()
  })

  it('a shared maildrop has many', async (t) => {
    const { put, client } = await server(t, { exclusive: false })
    await put('one\r\n')
    const [one, two] = [await loggedIn(await client()), await loggedIn(await client())]
    for (const player of [one, two]) assert.match(await player.ask('DELE 1'), /^\+OK/)
    for (const player of [one, two]) assert.equal(await player.ask('QUIT'), '+OK Bye')
  })

  it('an exclusive one is free once its client is lost, and nothing is deleted', async (t) => {
    const { put, client } = await server(t)
    await put('one\r\n')
    const lost = await loggedIn(await client())
    assert.match(await lost.ask('DELE 1'), /^\+OK/)
    lost.end()
    for (;;) {
      const player = await client()
      await player.ask('USER tito')
      const reply = await player.ask('PASS amplop')
      player.end()
      if (reply.startsWith('-ERR [IN-USE]')) continue
      assert.equal(reply, '+OK 1 messages (5 octets)')
      break
    }
  })

  it('RFC 2449 §6.5: logins are kept apart', async (t) => {
    const { client } = await server(t, { loginDelayMs: 3_600_000 })
    const first = await loggedIn(await client())
    assert.match(await first.ask('QUIT'), /^\+OK/)
    const second = await client()
    await second.ask('USER tito')
    assert.match(await second.ask('PASS amplop'), /^-ERR \[LOGIN-DELAY\]/)
    second.end()
  })
})

describe('what goes wrong', () => {
  it('a removal that fails is told, and removes nothing', async (t) => {
    const { put, client, ports } = await server(t)
    await put('one\r\n')
    const player = await loggedIn(await client())
    await player.ask('DELE 1')
    t.mock.method(ports.messages, 'expunge', async () => {
      throw new Refused('storage-failed', 'the disk')
    })
    assert.match(await player.ask('QUIT'), /^-ERR \[SYS\/TEMP\] Deleted messages were not removed/)
    assert.equal(await player.line(), '<closed>')
    assert.equal(await (await loggedIn(await client())).ask('STAT'), '+OK 1 5')
  })

  it('RFC 1939 §3: a silent client is closed in silence, and nothing is removed', async (t) => {
    const { put, client } = await server(t, { commandTimeoutMs: 1_000 })
    await put('one\r\n')
    const player = await loggedIn(await client())
    await player.ask('DELE 1')
    assert.equal(await player.line(), '<closed>')
    assert.equal(await (await loggedIn(await client())).ask('STAT'), '+OK 1 5')
  })

  it('a client that reads nothing is let go', async (t) => {
    const { put, port, listener } = await server(t, { commandTimeoutMs: 1_000 })
    await put(Buffer.alloc(4 * 2 ** 20, 'x'))
    const socket = connect(port, '127.0.0.1').pause()
    socket.write(`USER tito\r\nPASS amplop\r\n${'RETR 1\r\n'.repeat(20)}`)
    await empty(listener)
    socket.destroy()
  })

  it('a client that leaves in the middle of a message is forgotten', async (t) => {
    const { put, port, listener } = await server(t)
    await put(Buffer.alloc(16 * 2 ** 20, 'x'))
    const socket: Socket = connect(port, '127.0.0.1')
    socket.write('USER tito\r\nPASS amplop\r\nRETR 1\r\nRETR 1\r\n')
    await once(socket, 'data')
    await once(socket, 'data')
    socket.resetAndDestroy()
    await empty(listener)
  })

  it('a line without end is refused', async (t) => {
    const { client } = await server(t)
    const player = await client()
    await player.write('x'.repeat(20_000))
    assert.equal(await player.line(), '-ERR Line too long')
    assert.equal(await player.line(), '<closed>')
  })

  it('nothing said before STLS counts after it', async (t) => {
    const { port } = await server(t)
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'data')
    socket.write('USER tito\r\nSTLS\r\nPASS amplop\r\nNOOP\r\n')
    let told = ''
    while (!told.includes('TLS')) told += `${(await once(socket, 'data'))[0]}`
    socket.removeAllListeners('data')
    const secured = connectTls({ socket, rejectUnauthorized: false })
    const player = new Player(secured)
    assert.equal(await player.ask('PASS amplop'), '-ERR Send USER first')
    assert.equal(await player.ask('STLS'), '-ERR TLS is already in use')
    await loggedIn(player)
    player.end()
  })
})

describe('logging in', () => {
  it('T002-08 a password goes in clear on this machine only', async (t) => {
    const { ports } = await server(t)
    const from = (address: string, tls: string) =>
      mechanismsFor(channel(address, tls), ports).includes('PLAIN')
    assert.equal(from('127.0.0.1', ''), true)
    assert.equal(from('::1', ''), true)
    assert.equal(from('192.0.2.1', ''), false)
    assert.equal(from('192.0.2.1', 'TLSv1.3'), true)
  })

  it('RFC 3206 §4: what cannot be checked now is told so, right or not, and counts', async (t) => {
    const { client, ports } = await server(t)
    const password = async () => {
      throw new Refused('rate-limited', 'guesses')
    }
    const { authenticator } = ports
    t.mock.method(ports, 'authenticator', (where: Where) => ({ ...authenticator(where), password }))
    const player = await client()
    for (const line of [`AUTH PLAIN ${btoa('\0tito\0amplop')}`, 'USER tito'])
      await player.write(`${line}\r\n`)
    assert.equal(await player.line(), '-ERR [SYS/TEMP] Temporary authentication failure')
    assert.match(await player.line(), /^\+OK/)
    assert.match(await player.ask('PASS amplop'), /^-ERR \[SYS\/TEMP\] Temp/)
    assert.match(await player.ask('AUTH PLAIN AHRpdG8AYW1wbG9w'), /^-ERR \[AUTH\] Too many/)
    assert.equal(await player.line(), '<closed>')
  })
})

function channel(address: string, tls: string): Connection {
  return { address, tls, certified: [], channelBinding: () => undefined } as unknown as Connection
}

/** Resolves when no client is connected any more. */
async function empty(listener: { readonly connections: number }): Promise<void> {
  while (listener.connections > 0) await new Promise((resolve) => setImmediate(resolve))
}
