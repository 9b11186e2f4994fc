// The 14-byte management protocol on a real socket: its layout, its refusals, its silence.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { silentLog } from '../../base/log.ts'
import { Networks } from '../../base/networks.ts'
import { Tally } from '../../base/tally.ts'
import { answer } from './grammar.ts'
import { listenManagement, type ManagementOptions, type Switch } from './udp.ts'

const token = 'secretpa'

async function opened(t: TestContext, more: Partial<ManagementOptions> = {}) {
  const listener = await listenManagement({
    ...{ host: '127.0.0.1', port: 0, token: () => token },
    trusted: { networks: new Networks(['127.0.0.1']) },
    statistics: { total: () => 12, current: () => 3, bytes: () => 2 ** 40 + 1, mails: () => 5 },
    transform: () => undefined,
    ...{ tally: new Tally(), log: silentLog },
    ...more,
  })
  const client = createSocket('udp4')
  t.after(async () => {
    client.close()
    await listener.close()
  })
  const ask = async (datagram: Buffer) => {
    client.send(datagram, listener.port, '127.0.0.1')
    const [got] = (await once(client, 'message')) as [Buffer]
    return got.toString('hex')
  }
  return { listener, client, ask }
}

function asking(command: number, change: { version?: number; token?: string } = {}): Buffer {
  const head = Buffer.from([0xff, 0xfe, change.version ?? 0, 0x12, 0x34])
  return Buffer.concat([head, Buffer.from(change.token ?? token), Buffer.from([command])])
}

const cases: readonly (readonly [string, Buffer, string])[] = [
  ['connections since the start', asking(0), 'fffe00123400' + '0000000c00000000'],
  ['connections now', asking(1), 'fffe00123400' + '0000000300000000'],
  ['bytes', asking(2), 'fffe00123400' + '0000010000000001'],
  ['mails', asking(3), 'fffe00123400' + '0000000500000000'],
  ['a wrong token', asking(0, { token: 'secretpb' }), `fffe00123401${'00'.repeat(8)}`],
  ['version 1', asking(0, { version: 1 }), `fffe00123402${'00'.repeat(8)}`],
  ['command 7', asking(7), `fffe00123403${'00'.repeat(8)}`],
  ['15 bytes', Buffer.concat([asking(0), Buffer.of(0)]), `fffe00123404${'00'.repeat(8)}`],
  ['no program to ask for', asking(4), `fffe00123405${'00'.repeat(8)}`],
]

for (const [name, datagram, expected] of cases) {
  test(`T003-27 ${name}`, async (t) => {
    assert.equal(await (await opened(t)).ask(datagram), expected)
  })
}

test('T003-27 the transform is told, switched on and off: zero is true', async (t) => {
  let on = true
  const program: Switch = {
    on: () => on,
    turn: (wanted) => {
      on = wanted
    },
  }
  const { ask } = await opened(t, { transform: () => program })
  const said: string[] = []
  for (const command of [4, 6, 4, 5]) said.push((await ask(asking(command))).slice(10, 14))
  assert.deepEqual(said, ['0000', '0001', '0001', '0000'])
})

test('T003-27 a switch that fails says so, and the next question is answered', async (t) => {
  const turn = () => {
    throw new Error('no')
  }
  const { ask } = await opened(t, { transform: () => ({ on: () => true, turn }) })
  assert.equal((await ask(asking(5))).slice(10, 12), '06')
  assert.equal((await ask(asking(0))).slice(10, 12), '00')
})

test('T003-27 no answer to 13 bytes, to another signature, nor to guessing without end', async (t) => {
  const { listener, client, ask } = await opened(t)
  const silent = [
    Buffer.alloc(0),
    asking(0).subarray(0, 13),
    Buffer.concat([Buffer.from([0xfe, 0xff]), asking(0).subarray(2)]),
  ]
  for (const datagram of silent) client.send(datagram, listener.port, '127.0.0.1')
  const answers: string[] = []
  client.on('message', (got) => answers.push(got.toString('hex')))
  for (let n = 0; n < 200; n++)
    client.send(asking(0, { token: 'guessing' }), listener.port, '127.0.0.1')
  while (listener.accepted < silent.length + 200) await new Promise(setImmediate)
  await ask(asking(1))
  assert.ok(answers.length <= 1 + 2 * 10, `${answers.length} answers`)
  assert.ok(listener.refused >= silent.length + 200 - 2 * 10)
})

test('T003-27 who is in no trusted network hears nothing', async (t) => {
  const networks = new Networks(['10.0.0.0/8'])
  const { listener, client } = await opened(t, { trusted: { networks } })
  client.send(asking(0), listener.port, '127.0.0.1')
  while (listener.refused === 0) await new Promise(setImmediate)
  assert.equal(listener.bytesOut, 0)
})

test('a count beyond four bytes stays at their greatest', () => {
  assert.equal(answer(1, 'ok', { count: 2 ** 33 }).toString('hex', 6, 10), 'ffffffff')
})
