// A compressed connection: what is said goes both ways, early bytes count, and a flood is borne.
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib'
import { Ids } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { Networks } from '../base/networks.ts'
import type { Connection } from './connection.ts'
import { listen } from './listener.ts'

const lineMaxBytes = 1000
/** Echoes lines; compresses after the first. */
async function echo(connection: Connection): Promise<void> {
  for (;;) {
    const line = await connection.inbox.line(lineMaxBytes, true)
    if (line === undefined) return
    connection.say(`${line}\r\n`)
    await connection.flush()
    if (!connection.compressed) connection.compress()
  }
}

const listener = await listen({
  name: 'echo',
  host: '127.0.0.1',
  port: 0,
  connectionsMax: 10,
  connectionsPerNeighbourMax: 10,
  trusted: new Networks([]),
  busy: '',
  log: silentLog,
  ids: new Ids(),
  serve: echo,
})
after(() => listener.close(0))

function dial() {
  const socket: Socket = connect(listener.port, '127.0.0.1')
  const out = createDeflateRaw()
  out.on('data', (chunk) => socket.write(chunk))
  const say = (text: string) => {
    out.write(text)
    out.flush(constants.Z_SYNC_FLUSH)
  }
  return { socket, say }
}

test('what is said goes through DEFLATE both ways, from the first byte after it on', async () => {
  const { socket, say } = dial()
  // In one burst with what is still plain.
  socket.write('start\r\n')
  say('one\r\ntwo\r\n')
  const plain = 'start\r\n'.length
  const into = createInflateRaw()
  let heard = ''
  let skipped = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  into.on('data', (chunk: Buffer) => {
    heard += chunk
    if (heard.endsWith('last\r\n')) resolve()
  })
  socket.on('data', (chunk: Buffer) => {
    const rest = chunk.subarray(Math.min(chunk.length, plain - skipped))
    skipped += chunk.length - rest.length
    if (rest.length > 0) into.write(rest)
  })
  say(`${'x'.repeat(900)}\r\nlast\r\n`)
  await promise
  assert.equal(heard, `one\r\ntwo\r\n${'x'.repeat(900)}\r\nlast\r\n`)
  socket.destroy()
})

test('what is no DEFLATE ends the connection', async () => {
  const { socket } = dial()
  socket.write('start\r\n')
  socket.write(Buffer.alloc(100, 0xff))
  socket.resume()
  await new Promise((resolve) => socket.once('close', resolve))
})

test('a bomb is inflated no faster than it is read', async () => {
  const { socket, say } = dial()
  socket.write('start\r\n')
  const before = process.memoryUsage().rss
  // 64 MiB without a line end: beyond the first limit nobody takes any more of it.
  say('0'.repeat(64 * 1024 * 1024))
  socket.resume()
  await new Promise((resolve) => socket.once('close', resolve))
  assert.ok(process.memoryUsage().rss - before < 300 * 1024 * 1024)
})
