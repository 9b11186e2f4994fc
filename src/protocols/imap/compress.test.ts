// COMPRESS: RFC 4978. A session goes on as before, idling included.
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { after, test } from 'node:test'
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib'
import { Player } from '../../wire/testing/transcript.ts'
import { openImap } from './testing/server.ts'

const server = await openImap({ after })
after(() => server.close())

/** The other end of a compressed connection. */
function compressed(socket: Socket): Duplex {
  const out = createDeflateRaw()
  const into = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH })
  out.on('data', (chunk) => socket.write(chunk))
  socket.on('data', (chunk) => into.write(chunk))
  const stream = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      out.write(chunk)
      out.flush(constants.Z_SYNC_FLUSH, () => done())
    },
    destroy(error, done) {
      socket.destroy()
      done(error)
    },
  })
  into.on('data', (chunk) => stream.push(chunk))
  // Not before all that came is taken apart, which other threads do.
  into.on('end', () => stream.push(null))
  socket.on('close', () => into.end())
  return stream
}

/** Resolves when it says that. */
async function said(socket: Socket, text: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = (chunk: Buffer) => {
      if (!chunk.includes(text)) return
      socket.off('data', look)
      resolve()
    }
    socket.on('data', look)
  })
}

test('a session goes on compressed, and a second COMPRESS is refused', async () => {
  const socket = await server.dial()
  await said(socket, ' ready')
  socket.write('a LOGIN tito amplop\r\n')
  await said(socket, 'a OK')
  socket.write('b COMPRESS DEFLATE\r\n')
  await said(socket, 'b OK Compressed from here on')
  const player = new Player(compressed(socket))
  await player.write('c COMPRESS DEFLATE\r\n')
  assert.match(await player.line(), /^c NO \[COMPRESSIONACTIVE\]/)
  await player.write('d SELECT INBOX\r\n')
  for (let line = ''; !line.startsWith('d OK'); ) line = await player.line()
  await player.write('e IDLE\r\n')
  assert.match(await player.line(), /^\+ /)
  const other = await server.client()
  await other.write('a LOGIN tito amplop\r\nb APPEND INBOX {6+}\r\nA: b\r\n\r\n')
  assert.equal(await player.line(), '* 1 EXISTS')
  await player.write('DONE\r\nf LOGOUT\r\n')
  assert.match(await player.line(), /^e OK/)
  assert.match(await player.line(), /^\* BYE/)
  assert.match(await player.line(), /^f OK/)
  player.end()
  other.end()
})
