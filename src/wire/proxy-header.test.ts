import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { Ids } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { loopback, Networks } from '../base/networks.ts'
import { type ListenerOptions, listen } from './listener.ts'
import { parseProxyHeader } from './proxy-header.ts'
import { selfSigned } from './self-signed.ts'
import { Player } from './testing/transcript.ts'
import { secureContext } from './tls.ts'

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

/** Version 2: version and command, family and protocol, and what follows the length. */
function block(command: number, family: number, ...parts: readonly (Buffer | number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const size = Buffer.alloc(2)
  size.writeUInt16BE(body.length)
  return Buffer.concat([signature, Buffer.of(command, family), size, body])
}

const v4 = [192, 0, 2, 7, 10, 0, 0, 1, 0xdc, 0x04, 0, 25]
const v6 = Buffer.from(`${'20010db8000000000000000000000001'.repeat(2)}dc040019`, 'hex')
const mapped = Buffer.from(`${'00000000000000000000ffffc0000207'.repeat(2)}dc040019`, 'hex')

const good: readonly [string, Buffer | string, string][] = [
  ['1 over IPv4', 'PROXY TCP4 192.0.2.7 10.0.0.1 56324 25\r\n', '192.0.2.7 56324'],
  ['1 over IPv6', 'PROXY TCP6 2001:db8::1 2001:db8::2 1 25\r\n', '2001:db8::1 1'],
  ['1 unknown', 'PROXY UNKNOWN\r\n', ''],
  ['1 unknown with more', 'PROXY UNKNOWN ffff:f...f:ffff 65535 65535\r\n', ''],
  ['2 over IPv4', block(0x21, 0x11, v4), '192.0.2.7 56324'],
  ['2 over IPv6', block(0x21, 0x21, v6), '2001:db8::1 56324'],
  ['2 over mapped IPv4', block(0x21, 0x21, mapped), '192.0.2.7 56324'],
  ['2 with more behind', block(0x21, 0x11, v4, [4, 0, 1, 0]), '192.0.2.7 56324'],
  ['2 local', block(0x20, 0x00), ''],
  ['2 local with addresses', block(0x20, 0x11, v4), ''],
  ['2 over a unix socket', block(0x21, 0x31, Buffer.alloc(216)), ''],
]

const bad: readonly (Buffer | string)[] = [
  'EHLO me\r\n',
  'PROXY TCP4 192.0.2.7 10.0.0.1 56324\r\n',
  'PROXY TCP4 2001:db8::1 2001:db8::2 1 25\r\n',
  'PROXY TCP4 192.0.2.7 10.0.0.1 65536 25\r\n',
  'PROXY TCP4 192.0.2.7  10.0.0.1 1 25\r\n',
  'PROXY UDP4 192.0.2.7 10.0.0.1 1 25\r\n',
  `PROXY ${'x'.repeat(102)}`,
  block(0x11, 0x11, v4),
  block(0x22, 0x11, v4),
  block(0x21, 0x11, v4.slice(0, 8)),
  block(0x21, 0x11, v4, Buffer.alloc(5000)),
]

describe('a PROXY header of version', () => {
  for (const [name, header, expected] of good)
    it(name, () => {
      const bytes = Buffer.concat([Buffer.from(header), Buffer.from('EHLO me\r\n')])
      const parsed = parseProxyHeader(bytes)
      assert.ok(typeof parsed === 'object')
      assert.equal(bytes.toString('latin1', parsed.length), 'EHLO me\r\n')
      const { origin } = parsed
      assert.equal(origin ? `${origin.address} ${origin.port}` : '', expected)
      for (let cut = 0; cut < header.length; cut++)
        assert.equal(parseProxyHeader(bytes.subarray(0, cut)), 'more', `${cut} bytes of it`)
    })

  it('neither is refused', () => {
    for (const header of bad)
      assert.equal(parseProxyHeader(Buffer.from(header)), 'bad', header.toString('latin1'))
  })
})

const context = secureContext(selfSigned(['localhost']))

/** A listener that tells each client where it is. */
async function open(t: TestContext, options: Partial<ListenerOptions> = {}) {
  const listener = await listen({
    name: 'toy',
    host: '127.0.0.1',
    port: 0,
    connectionsMax: 10,
    connectionsPerNeighbourMax: 1,
    trusted: new Networks([]),
    proxies: new Networks(loopback),
    busy: 'busy',
    log: silentLog,
    ids: new Ids(),
    serve: async (connection) => {
      connection.say(`${connection.address} ${connection.port}\r\n`)
      await connection.flush()
      const line = await connection.inbox.line(100, true)
      connection.say(`${line}\r\n`)
    },
    ...options,
  })
  t.after(() => listener.close(0))
  return listener
}

describe('behind a proxy', () => {
  it('each client has its own address, and its own place', async (t) => {
    const { port } = await open(t)
    const players: Player[] = []
    for (const host of [1, 2, 3]) {
      const player = new Player(connect(port, '127.0.0.1'))
      players.push(player)
      for (const part of `PROXY TCP4 192.0.2.${host} 10.0.0.1 9 25\r\n`) await player.write(part)
      assert.equal(await player.line(), `192.0.2.${host} 9`)
    }
    const again = new Player(connect(port, '127.0.0.1'))
    await again.write('PROXY TCP4 192.0.2.1 10.0.0.1 9 25\r\n')
    assert.equal(await again.line(), 'busy')
    for (const player of players) {
      await player.write('hello\r\n')
      assert.equal(await player.line(), 'hello')
    }
  })

  it('what follows the header is not lost, and TLS begins behind it', async (t) => {
    const plain = await open(t)
    const player = new Player(connect(plain.port, '127.0.0.1'))
    await player.write('PROXY TCP4 192.0.2.1 10.0.0.1 9 25\r\nhello\r\n')
    assert.equal(await player.line(), '192.0.2.1 9')
    assert.equal(await player.line(), 'hello')
    const secured = await open(t, { tls: context })
    const socket = connect(secured.port, '127.0.0.1')
    socket.write(block(0x21, 0x11, v4))
    const inTls = new Player(connectTls({ socket, rejectUnauthorized: false }))
    assert.equal(await inTls.line(), '192.0.2.7 56324')
    await inTls.write('hello\r\n')
    assert.equal(await inTls.line(), 'hello')
  })

  it('nobody is served without a header', async (t) => {
    const { port } = await open(t)
    const player = new Player(connect(port, '127.0.0.1'))
    await player.write('EHLO me\r\n')
    assert.equal(await player.line(), '<closed>')
  })

  it('nobody else may say whose word it is', async (t) => {
    const { port } = await open(t, { proxies: new Networks(['192.0.2.0/24']) })
    const player = new Player(connect(port, '127.0.0.1'))
    await player.write('PROXY TCP4 192.0.2.1 10.0.0.1 9 25\r\n')
    assert.match(await player.line(), /^127\.0\.0\.1 /)
    assert.match(await player.line(), /^PROXY TCP4 /)
  })
})
