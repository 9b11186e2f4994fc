import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { silentLog } from '../base/log.ts'
import { serveHttp } from './http.ts'
import { httpLimits } from './http-types.ts'
import { WebSocketClient } from './testing/web-socket-client.ts'
import type { WebSocketTalk } from './web-socket.ts'

const limits = { messageMaxBytes: 100_000, pingMs: 60_000, drainTimeoutMs: 1_000 }

async function echo(talk: WebSocketTalk): Promise<void> {
  for await (const text of talk.texts) {
    if (text === 'bug') throw new Error('a bug')
    if (text === 'bye') return
    await talk.send(text)
  }
}

async function serve(t: TestContext, more: Partial<typeof limits> = {}) {
  const server = await serveHttp({
    ...{ host: '127.0.0.1', port: 0, log: silentLog, limits: httpLimits },
    routes: [
      {
        method: 'GET',
        path: '/echo',
        run: () => ({
          status: 426,
          body: 'a WebSocket',
          webSocket: { protocol: 'echo', limits: { ...limits, ...more }, run: echo },
        }),
      },
    ],
  })
  t.after(() => server.close(0))
  return server
}

test('texts come and go, whole, in parts, and of every length', async (t) => {
  const { port } = await serve(t)
  const client = await WebSocketClient.open(port, '/echo')
  assert.match(client.head, /^HTTP\/1\.1 101 /)
  assert.match(client.head, /sec-websocket-protocol: echo/)
  for (const text of ['', 'ü', 'x'.repeat(125), 'y'.repeat(126), 'z'.repeat(70_000)]) {
    client.text(text)
    assert.equal((await client.next())?.payload.toString(), text)
  }
  client.frame(0x01, 'one ')
  client.frame(0x89, 'ping')
  client.frame(0x00, '')
  client.frame(0x80, 'two')
  const pong = await client.next()
  assert.deepEqual([pong?.opcode, pong?.payload.toString()], [10, 'ping'])
  assert.equal((await client.next())?.payload.toString(), 'one two')
  client.frame(0x88, Buffer.from([0x03, 0xe8]))
  assert.deepEqual(await client.json(), { opcode: 8, code: 1000 })
  assert.equal(await client.next(), undefined)
})

const breaches: readonly (readonly [string, number, (client: WebSocketClient) => void])[] = [
  ['bytes without a mask', 1002, (client) => client.raw(Buffer.from([0x81, 1, 0x61]))],
  ['a reserved bit', 1002, (client) => client.frame(0xc1, 'x')],
  ['an unknown opcode', 1002, (client) => client.frame(0x83, 'x')],
  ['a part without a beginning', 1002, (client) => client.frame(0x80, 'x')],
  ['a ping in parts', 1002, (client) => client.frame(0x09, 'x')],
  ['a long ping', 1002, (client) => client.frame(0x89, 'x'.repeat(126))],
  ['binary', 1003, (client) => client.frame(0x82, 'x')],
  ['no UTF-8', 1007, (client) => client.frame(0x81, Buffer.from([0xc3, 0x28]))],
  ['too much', 1009, (client) => client.raw(Buffer.from([0x81, 0xff, 0, 0, 0, 9, 0, 0, 0, 0]))],
  ['a bug of ours', 1011, (client) => client.text('bug')],
]

for (const [name, code, offend] of breaches)
  test(`${name} is answered with ${code}, and the end`, async (t) => {
    const { port } = await serve(t)
    const client = await WebSocketClient.open(port, '/echo')
    offend(client)
    assert.deepEqual(await client.json(), { opcode: 8, code })
    assert.equal(await client.next(), undefined)
  })

test('too much in parts is too much', async (t) => {
  const { port } = await serve(t)
  const client = await WebSocketClient.open(port, '/echo')
  client.frame(0x01, 'x'.repeat(60_000))
  client.frame(0x00, 'x'.repeat(60_000))
  assert.deepEqual(await client.json(), { opcode: 8, code: 1009 })
})

test('who asks for no WebSocket, or wrongly, hears the plain answer', async (t) => {
  const { port } = await serve(t)
  const plain = await fetch(`http://127.0.0.1:${port}/echo`)
  assert.deepEqual([plain.status, await plain.text()], [426, 'a WebSocket'])
  for (const fields of [{ 'sec-websocket-version': '8' }, { 'sec-websocket-key': 'short' }]) {
    const client = await WebSocketClient.open(port, '/echo', fields)
    assert.match(client.head, /^HTTP\/1\.1 426 /)
    client.drop()
  }
  const missing = await WebSocketClient.open(port, '/nothing')
  assert.match(missing.head, /^HTTP\/1\.1 404 /)
})

test('a client that gives no sign of life is cut', async (t) => {
  const { port } = await serve(t, { pingMs: 10 })
  const client = await WebSocketClient.open(port, '/echo')
  assert.equal((await client.next())?.opcode, 9)
  assert.equal(await client.next(), undefined)
})

test('a server that stops says that it goes', async (t) => {
  const server = await serve(t)
  const client = await WebSocketClient.open(server.port, '/echo')
  client.text('here')
  await client.next()
  const closed = server.close(1_000)
  assert.deepEqual(await client.json(), { opcode: 8, code: 1001 })
  await closed
})
