// Over UDP: one answer a datagram, no amplifier, no endless talk with another server.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { Networks } from '../../base/networks.ts'
import { Basket, type FrontOptions, newGateway, objectOf, tokensOf } from './testing/front.ts'
import { listenUdp } from './udp.ts'

async function start(t: TestContext, options: FrontOptions = {}) {
  const gateway = newGateway(options)
  const listener = await listenUdp({
    host: '127.0.0.1',
    port: 0,
    gateway,
    datagramMaxBytes: 8192,
  })
  const socket = createSocket('udp4')
  t.after(async () => {
    socket.close()
    await listener.close()
  })
  const ask = async (datagram: string | Uint8Array): Promise<string> => {
    const heard = once(socket, 'message')
    socket.send(datagram, listener.port, '127.0.0.1')
    const [answer] = (await heard) as [Buffer]
    return answer.toString()
  }
  const say = (datagram: string | Uint8Array) =>
    new Promise((resolve) => socket.send(datagram, listener.port, '127.0.0.1', resolve))
  return { listener, ask, say }
}

const strangers = { trusted: new Networks([]), clearTokens: true, tokens: tokensOf({ open: {} }) }

test('an object in a datagram is sent; text answers text, a line answers a line', async (t) => {
  const outlet = new Basket()
  const { ask } = await start(t, { outlet })
  assert.equal(await ask(objectOf()), 'Email successfully sent via SMTP.')
  const line = await ask(`${objectOf()}\n`)
  assert.equal(JSON.parse(line).code, 250)
  assert.ok(line.endsWith('\n'))
  assert.equal(outlet.messages.length, 2)
  assert.equal(outlet.messages[0]?.client.protocol, 'gateway-udp')
  assert.match(await ask('{"sender":1}'), /^Failed to forward email: recipient is missing/)
  assert.match(await ask(`${objectOf()} x`), /not exactly one JSON object/)
  assert.match(await ask(objectOf({ body: 'x'.repeat(9000) })), /larger than 8192 bytes/)
})

test('a stranger never gets more bytes than it sent', async (t) => {
  const { ask } = await start(t, strangers)
  const few = '{"sender":"a@b","recipient":"c@d","subject":"","body":""}'
  for (const datagram of [few, `${few}\n`, '{}', '{"a":1}', objectOf({ token: 'no' })]) {
    const answer = await ask(datagram)
    assert.ok(Buffer.byteLength(answer) <= datagram.length, answer)
  }
  assert.equal(await ask(`${few}\n`), '{"code":550,"status":"5.7.1"}\n')
  assert.equal(await ask(objectOf({ token: 'open' })), 'Email successfully sent via SMTP.')
})

test('what is no object, or an answer of ours, is not answered: no two servers talk for ever', async (t) => {
  const { listener, ask, say } = await start(t)
  const silent = [
    '',
    'Email successfully sent via SMTP.',
    'Failed to forward email: not a JSON object',
    '{"code":501,"status":"5.5.2","id":"","recipients":[],"text":"not a JSON object"}\n',
    '{"code":550,"status":"5.7.1"}\n',
    '{"hello":1,"name":"amplop","limits":{}}\n',
  ]
  for (const datagram of silent) await say(datagram)
  // The next answer that comes is the one to the last question.
  assert.equal(await ask(objectOf()), 'Email successfully sent via SMTP.')
  assert.equal(listener.accepted, silent.length + 1)
  assert.equal(listener.refused, silent.length)
})

test('a datagram beyond the rate is told so', async (t) => {
  const { ask } = await start(t, { limits: { messagesPerMinute: 1 } })
  await ask(objectOf())
  assert.match(await ask(objectOf()), /450 4\.7\.1/)
})
