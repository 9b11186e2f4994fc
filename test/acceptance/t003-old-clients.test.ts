// What source C's own monitors and its siblings' clients ask for: XSTAT, and UDP datagrams.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { after, it } from 'node:test'
import { codes, openSmtpd } from '../support/smtpd.ts'

const server = await openSmtpd(
  { after },
  {
    change: (settings) => ({
      ...settings,
      transform: { ...settings.transform, command: ['cat'] },
      management: { udp: [{ host: '127.0.0.1', port: 0 }], token: 'secretpa', xstat: true },
    }),
  },
)
const { house, client } = server

async function ask(command: number): Promise<Buffer> {
  const socket = createSocket('udp4')
  try {
    const datagram = Buffer.from([0xff, 0xfe, 0, 0x12, 0x34, ...Buffer.from('secretpa'), command])
    socket.send(datagram, house.port('management-udp'), '127.0.0.1')
    const [got] = (await once(socket, 'message')) as [Buffer]
    return got
  } finally {
    socket.close()
  }
}

it('T003-10 XSTAT tells its four numbers to who has logged in, and to nobody else', async () => {
  const player = await client()
  assert.match(await player.ask('XSTAT TOTAL'), /^530 5\.7\.0 /)
  assert.deepEqual(await codes(player, ['EHLO user']), [250])
  assert.match(await player.ask('XSTAT TOTAL'), /^530 5\.7\.0 /)
  assert.match(await player.ask(`AUTH PLAIN ${btoa('\0user\0amplop')}`), /^235 /)
  assert.equal(await player.ask('xstat total'), '211 2.0.0 total connections: 1')
  assert.equal(await player.ask('XSTAT CURRENT'), '211 2.0.0 current connections: 1')
  assert.match(
    await player.ask('XSTAT BYTES'),
    /^211 2\.0\.0 total bytes of data transferred: [1-9]\d+$/,
  )
  const text = ['MAIL FROM:<user@smtpd.com>', 'RCPT TO:<r1>', 'DATA']
  await codes(player, text)
  await player.write('x\r\n')
  assert.equal((await ask(3)).readUInt32BE(6), 0)
  assert.match(await player.ask('.'), /^250 /)
  assert.equal(await player.ask('XSTAT MAILS'), '211 2.0.0 total mails sent: 1')
  assert.match(await player.ask('XSTAT'), /^501 /)
  assert.match(await player.ask('QUIT'), /^221 /)
})

it('T003-27 the datagrams of a sibling are answered with the same numbers', async () => {
  assert.equal((await ask(0)).toString('hex'), 'fffe00123400' + '0000000100000000')
  while ((await ask(1)).readUInt32BE(6) !== 0) await new Promise(setImmediate)
  assert.ok((await ask(2)).readBigUInt64BE(6) > 100n)
  assert.equal((await ask(3)).readUInt32BE(6), 1)
})

it('T003-27 a sibling switches the transform off and on', async () => {
  const told = async (command: number) => (await ask(command)).toString('hex').slice(10)
  const [on, off] = [await told(4), await told(6)]
  assert.notEqual(on, off)
  assert.equal(await told(4), off)
  assert.deepEqual([await told(5), await told(4)], [on, on])
})
