import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { Ids } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { Networks } from '../base/networks.ts'
import type { Connection } from './connection.ts'
import { type Listener, listen } from './listener.ts'
import { converse, type Protocol, Syntax, table, words } from './protocol.ts'
import { selfSigned } from './self-signed.ts'
import { Player } from './testing/transcript.ts'
import { secureContext } from './tls.ts'
import { readWords } from './words.ts'

type Phase = { in: 'out' } | { in: 'in'; name: string }
const word = words<Phase, string, undefined>()

const toy: Protocol<Phase, string, undefined> = {
  name: 'toy',
  start: () => ({ in: 'out' }),
  greeting: 'hello',
  commands: table([
    word({
      name: 'ENTER',
      when: ['out'],
      parse: (rest) => {
        if (rest === '') throw new Syntax('a name')
        return rest
      },
      run: (_, name) => ({ reply: `in ${name}`, phase: { in: 'in', name } }),
    }),
    word({
      name: 'WHO',
      when: ['in'],
      parse: () => {},
      run: async ({ name }) => ({ reply: name }),
    }),
    word({
      name: 'ASK',
      when: ['in', 'out'],
      parse: () => {},
      run: async (_p, _a, _x, client) => ({ reply: `said ${await client.ask('what')}` }),
    }),
    word({
      name: 'BUG',
      when: ['in', 'out'],
      parse: () => {},
      run: () => {
        throw new Error('a bug')
      },
    }),
    word({
      name: 'STARTTLS',
      when: ['out'],
      parse: () => {},
      run: () => ({ reply: 'go', phase: { in: 'out' }, next: 'starttls' }),
    }),
    word({ name: 'BYE', when: ['in', 'out'], parse: () => {}, run: () => ({ next: 'close' }) }),
  ]),
  limits: { commandTimeoutMs: 300, errorsMax: 3 },
  read: (connection) => readWords(connection, { lineMaxBytes: 100, bareLf: true }),
  format: (reply) => `${reply}\r\n`,
  answers: {
    unknown: 'unknown',
    tooLong: 'too long',
    timedOut: 'too late',
    stopping: 'stopping',
    tooManyErrors: 'enough',
    bug: 'a bug here',
    outOfPhase: (command, phase) => `no ${command} ${phase}`,
    syntax: (why) => `expected ${why}`,
    refused: (error) => error.code,
  },
}

const listeners: Listener[] = []
const pair = selfSigned(['localhost'])
const context = secureContext(pair)

async function serve(limits: { all?: number; near?: number; tls?: boolean } = {}) {
  const listener = await listen({
    name: 'toy',
    host: '127.0.0.1',
    port: 0,
    connectionsMax: limits.all ?? 100,
    connectionsPerNeighbourMax: limits.near ?? 100,
    trusted: new Networks([]),
    busy: 'busy',
    log: silentLog,
    ids: new Ids(),
    ...(limits.tls ? { tls: context } : {}),
    serve: (connection) =>
      converse(toy, {
        connection,
        ports: undefined,
        log: silentLog,
        secure: (plain: Connection) => plain.secure(context),
      }),
  })
  listeners.push(listener)
  return listener
}

async function dial(listener: Listener): Promise<{ socket: Socket; player: Player }> {
  const socket = connect(listener.port, '127.0.0.1')
  socket.setNoDelay(true)
  return { socket, player: new Player(socket) }
}

after(() => Promise.all(listeners.map((listener) => listener.close(100))))

describe('a conversation', () => {
  it('keeps its phase through errors and bugs', async () => {
    const { player } = await dial(await serve())
    assert.equal(await player.line(), 'hello')
    assert.equal(await player.ask('WHO'), 'no WHO out')
    assert.equal(await player.ask('ENTER'), 'expected a name')
    assert.equal(await player.ask('ENTER ann'), 'in ann')
    assert.equal(await player.ask('BUG'), 'a bug here')
    assert.equal(await player.ask('WHO'), 'ann')
    assert.equal(await player.ask('HM'), 'unknown')
    assert.equal(await player.line(), 'enough')
    assert.equal(await player.rest(), '')
  })

  it('answers a pipelined burst in one write', async () => {
    const { socket, player } = await dial(await serve())
    assert.equal(await player.line(), 'hello')
    const pieces: string[] = []
    socket.on('data', (piece) => pieces.push(String(piece)))
    await player.write('ENTER ann\r\nWHO\r\nWHO\r\nBYE\r\n')
    assert.equal(await player.rest(), 'in ann\r\nann\r\nann\r\n')
    assert.equal(pieces.length, 1)
  })

  it('gives a command one deadline, however it trickles', async () => {
    const { player, socket } = await dial(await serve())
    assert.equal(await player.line(), 'hello')
    const trickle = setInterval(() => socket.writable && socket.write('x'), 40)
    assert.equal(await player.line(), 'too late')
    clearInterval(trickle)
  })

  it('refuses a line without end and a question left open', async () => {
    const listener = await serve()
    const long = await dial(listener)
    assert.equal(await long.player.line(), 'hello')
    await long.player.write('x'.repeat(101))
    assert.equal(await long.player.line(), 'too long')
    const open = await dial(listener)
    assert.equal(await open.player.line(), 'hello')
    assert.equal(await open.player.ask('ASK'), 'what')
    assert.equal(await open.player.line(), 'too late')
  })

  it('believes nothing that was said before TLS', async () => {
    const listener = await serve()
    const { socket, player } = await dial(listener)
    assert.equal(await player.line(), 'hello')
    socket.removeAllListeners('data')
    const answered = new Promise((resolve) => socket.once('data', resolve))
    socket.write('ENTER eve\r\nSTARTTLS\r\n')
    assert.equal(String(await answered), 'in eve\r\nno STARTTLS in\r\n')
    const clean = connect(listener.port, '127.0.0.1')
    await new Promise((resolve) => clean.once('data', resolve))
    clean.write('STARTTLS\r\nENTER eve\r\n')
    assert.equal(String(await new Promise((resolve) => clean.once('data', resolve))), 'go\r\n')
    const options: ConnectionOptions = { socket: clean, rejectUnauthorized: false }
    const secured = new Player(connectTls(options))
    assert.equal(await secured.ask('WHO'), 'no WHO out')
    secured.end()
  })
})

describe('a listener', () => {
  it('tells whoever is too many, and serves the others on', async () => {
    for (const limits of [{ all: 2 }, { near: 2 }]) {
      const listener = await serve(limits)
      const first = await dial(listener)
      const second = await dial(listener)
      assert.equal(await first.player.line(), 'hello')
      assert.equal(await second.player.line(), 'hello')
      const third = await dial(listener)
      assert.equal(await third.player.line(), 'busy')
      assert.equal(await third.player.rest(), '')
      assert.equal(await first.player.ask('ENTER ann'), 'in ann')
      await second.player.write('BYE\r\n')
      assert.equal(await second.player.rest(), '')
      const fourth = await dial(listener)
      assert.equal(await fourth.player.line(), 'hello')
      assert.deepEqual([listener.connections, listener.accepted, listener.refused], [2, 4, 1])
    }
  })

  it('speaks TLS from the first byte, also to whoever is too many', async () => {
    const listener = await serve({ all: 1, tls: true })
    const tls = () =>
      new Player(connectTls({ port: listener.port, rejectUnauthorized: false, host: '127.0.0.1' }))
    const first = tls()
    assert.equal(await first.line(), 'hello')
    assert.equal(await tls().line(), 'busy')
    first.end()
  })

  it('says goodbye to idle clients when it stops', async () => {
    const listener = await serve()
    const { player } = await dial(listener)
    assert.equal(await player.line(), 'hello')
    const closing = listener.close(1000)
    assert.equal(await player.line(), 'stopping')
    player.end()
    await closing
  })

  it('rejects when the port is taken', async () => {
    const listener = await serve()
    const again = listen({
      name: 'toy',
      host: '127.0.0.1',
      port: listener.port,
      connectionsMax: 1,
      connectionsPerNeighbourMax: 1,
      trusted: new Networks([]),
      busy: 'busy',
      log: silentLog,
      ids: new Ids(),
      serve: async () => {},
    })
    await assert.rejects(again, { code: 'EADDRINUSE' })
  })
})
