// The conversation over TCP: who gets text and who gets lines, in what order, and in what time.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { Networks } from '../../base/networks.ts'
import { selfSigned } from '../../wire/self-signed.ts'
import { Player } from '../../wire/testing/transcript.ts'
import { secureContext } from '../../wire/tls.ts'
import {
  Basket,
  classic,
  type FrontOptions,
  objectOf,
  startFront,
  tokensOf,
} from './testing/front.ts'

const sent = 'Email successfully sent via SMTP.'
const seed =
  '{"sender":"ketua@kelompoksatu.com","recipient":"wireshark@rarww.com","subject":"wireshakrkk","body":"rararrrwwrrrr"}'

async function player(t: TestContext, options: FrontOptions = {}): Promise<Player> {
  const { port } = await startFront(t, options)
  const player = new Player(connect({ port, host: '127.0.0.1', noDelay: true }))
  t.after(() => player.end())
  return player
}

test('T000-03 the exact bytes of the classic client: its answer, then FIN, its own side open', async (t) => {
  assert.equal(Buffer.byteLength(seed), 116)
  const outlet = new Basket()
  const { port } = await startFront(t, { outlet })
  const { text, ended, ms } = await classic(port, seed)
  assert.equal(text, sent)
  assert.equal(text.length, 33)
  assert.ok(ended)
  assert.ok(ms < 1000)
  assert.equal(outlet.messages[0]?.submission.body, 'rararrrwwrrrr')
})

test('T000-07 long, in pieces, cut inside a character: the body is whole', async (t) => {
  const outlet = new Basket()
  const { port } = await startFront(t, { outlet })
  const bodies = ['x'.repeat(2000), '✓ñ'.repeat(40_000)]
  for (const body of bodies) assert.equal((await classic(port, objectOf({ body }))).text, sent)
  const bytes = Buffer.from(objectOf({ body: 'ñandú ✓' }))
  assert.equal((await classic(port, ...[...bytes].map((byte) => Buffer.of(byte)))).text, sent)
  const cut = bytes.indexOf(Buffer.from('✓')) + 1
  assert.equal((await classic(port, bytes.subarray(0, cut), bytes.subarray(cut))).text, sent)
  assert.deepEqual(
    outlet.messages.map(({ submission }) => submission.body),
    [...bodies, 'ñandú ✓', 'ñandú ✓'],
  )
})

const notMessages: readonly [what: string, text: string, reason: RegExp][] = [
  ['no JSON, never ended', '{not json', /a key in quotes/],
  ['a list', '[]', /"\[" where "{" belongs/],
  ['a missing field', '{"sender":"a@x.com","subject":"","body":""}', /recipient is missing/],
  ['a number as body', objectOf({ body: 1 }), /body must be a string/],
  ['another protocol', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', /not a JSON object/],
  [
    'a line break in the subject',
    objectOf({ subject: 'a\nBcc: evil@x.com' }),
    /subject must be one/,
  ],
  ['too deep', `{"a":${'['.repeat(100_000)}`, /nested deeper than 32/],
]

for (const [what, text, reason] of notMessages)
  test(`T000-09 ${what}: told and closed, nothing sent`, async (t) => {
    const outlet = new Basket()
    const { port } = await startFront(t, { outlet })
    const heard = await classic(port, text)
    assert.match(heard.text, /^Failed to forward email: /)
    assert.match(heard.text, reason)
    assert.ok(Buffer.byteLength(heard.text) < 1024)
    assert.equal(outlet.messages.length, 0)
    assert.equal((await classic(port, seed)).text, sent)
  })

test('T000-09 11 MB: the refusal arrives although nobody reads the rest', async (t) => {
  const { port } = await startFront(t)
  const heard = await classic(port, objectOf({ body: 'x'.repeat(11_000_000) }))
  assert.equal(heard.text, 'Failed to forward email: larger than 10485760 bytes')
})

test('a refusal reaches a client that goes on sending long after it', async (t) => {
  const { port } = await startFront(t, { limits: { objectMaxBytes: 1000 } })
  const heard = await classic(port, objectOf({ body: 'x'.repeat(30_000_000) }))
  assert.equal(heard.text, 'Failed to forward email: larger than 1000 bytes')
  assert.ok(heard.ms < 1900, 'read away, not cut off')
})

test('what a classic client sends after its answer is no message', async (t) => {
  const outlet = new Basket()
  const { port } = await startFront(t, { outlet })
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.write(seed)
  await once(socket.resume(), 'end')
  socket.end(seed)
  await once(socket, 'close')
  assert.equal((await classic(port, objectOf({ subject: 'last' }))).text, sent)
  assert.deepEqual(
    outlet.messages.map(({ submission }) => submission.subject),
    ['wireshakrkk', 'last'],
  )
})

test('T000-09 a client that says nothing, or half, and ends its side hears why', async (t) => {
  const client = await player(t)
  assert.match(await client.rest(), /^Failed to forward email: nothing was sent$/)
  const half = await player(t)
  await half.write('{"sender":"a@x')
  assert.match(await half.rest(), /^Failed to forward email: the object has no end$/)
})

test('a classic client may end its side after the object', async (t) => {
  const client = await player(t)
  await client.write(seed)
  assert.equal(await client.rest(), sent)
})

test('T000-25 half an object: told and closed at the idle time', async (t) => {
  const { port } = await startFront(t, { limits: { idleTimeoutMs: 100 } })
  const { text, ms } = await classic(port, '{"sender":"a@x.com"')
  assert.equal(text, 'Failed to forward email: timed out in the midst of an object')
  assert.ok(ms < 3000)
  assert.match((await classic(port)).text, /^Failed to forward email: timed out$/)
})

test('T000-25 an object that trickles in for ever has an end of its time', async (t) => {
  const { port } = await startFront(t, { limits: { idleTimeoutMs: 5000, objectTimeoutMs: 200 } })
  const socket = connect({ port, host: '127.0.0.1' })
  const drip = setInterval(() => socket.write(' '), 20)
  socket.write('{')
  const text = await new Promise<string>((resolve) => {
    let heard = ''
    socket.on('data', (chunk) => {
      heard += chunk.toString()
    })
    socket.on('end', () => resolve(heard)).on('error', () => {})
  })
  clearInterval(drip)
  socket.destroy()
  assert.match(text, /timed out/)
})

test('white space does not keep a connection for ever', async (t) => {
  const { port } = await startFront(t, { limits: { idleTimeoutMs: 200 } })
  const socket = connect({ port, host: '127.0.0.1' })
  const drip = setInterval(() => socket.write('\n'), 20)
  await new Promise((resolve) => socket.on('end', resolve).on('error', resolve).resume())
  clearInterval(drip)
  socket.destroy()
})

test('an object ended by a newline gets a line, and the connection stays', async (t) => {
  const client = await player(t)
  await client.write(`${objectOf({ subject: 'one' })}\n`)
  const first = JSON.parse(await client.line())
  assert.deepEqual(
    { ...first, id: '' },
    {
      code: 250,
      status: '2.0.0',
      id: '',
      recipients: [{ code: 250, status: '2.0.0', text: 'Sent one', address: 'b@x.com' }],
      text: 'Sent one',
    },
  )
  assert.match(first.id, /^[0-9a-z]{20}$/)
  // Once in lines, an object needs no newline to be answered.
  await client.write(objectOf({ subject: 'two' }))
  assert.equal(JSON.parse(await client.line()).text, 'Sent two')
  await client.write('{"sender":1}\n')
  const { code, text } = JSON.parse(await client.line())
  assert.deepEqual([code, text], [554, 'recipient is missing'])
  await client.write(`${objectOf({ subject: 'three' })}\r\n`)
  assert.equal(JSON.parse(await client.line()).text, 'Sent three')
  assert.equal(await client.rest(), '')
})

test('a hello line asks for lines from the start, and is told the limits', async (t) => {
  const client = await player(t, { limits: { recipientsMax: 7 } })
  await client.write('{"hello":1}\n')
  const greeting = JSON.parse(await client.line())
  assert.equal(greeting.hello, 1)
  assert.equal(greeting.limits.recipientsMax, 7)
  await client.write(objectOf())
  assert.equal(JSON.parse(await client.line()).code, 250)
})

test('pipelined objects are answered in order, however long each takes', async (t) => {
  const gates = new Map<string, () => void>()
  const outlet = new Basket(
    ({ submission }) =>
      new Promise<void>((resolve) => {
        gates.set(submission.subject, resolve)
        if (gates.size === 3) for (const name of ['2', '1', '0']) gates.get(name)?.()
      }),
  )
  const client = await player(t, { outlet })
  await client.write([0, 1, 2].map((n) => objectOf({ subject: `${n}` })).join('\n'))
  for (const n of [0, 1, 2]) assert.equal(JSON.parse(await client.line()).text, `Sent ${n}`)
})

test('what comes after the classic object, before its answer, makes it a conversation in lines', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const client = await player(t, { outlet: new Basket(() => promise) })
  await client.write(objectOf())
  await client.write('\n')
  // The newline has arrived once the server has read it: a second object's refusal would show it.
  await client.write('{"sender":1}')
  resolve()
  assert.equal(JSON.parse(await client.line()).code, 250)
  assert.equal(JSON.parse(await client.line()).code, 554)
})

test('garbage after an object: the object is answered, then the garbage, then the end', async (t) => {
  const client = await player(t)
  await client.write(`${objectOf()} garbage`)
  assert.equal(JSON.parse(await client.line()).code, 250)
  assert.equal(JSON.parse(await client.line()).code, 501)
  assert.match(await client.line(), /^<closed>$/)
})

test('no more objects are in hand than allowed, and all are answered', async (t) => {
  let inHand = 0
  let most = 0
  const outlet = new Basket(async () => {
    most = Math.max(most, ++inHand)
    await new Promise((resolve) => setImmediate(resolve))
    inHand--
  })
  const client = await player(t, { outlet, limits: { inFlightMax: 4 } })
  await client.write(`${objectOf()}\n`.repeat(200))
  for (let n = 0; n < 200; n++) assert.equal(JSON.parse(await client.line()).code, 250)
  assert.ok(most > 1 && most <= 4, `${most} at once`)
})

test('memory for objects on their way is bounded for all together', async (t) => {
  const listener = await startFront(t, { limits: { heldMaxBytes: 100_000 } })
  const { port } = listener
  const half = `{"body":"${'x'.repeat(60_000)}`
  const first = new Player(connect({ port, host: '127.0.0.1' }))
  t.after(() => first.end())
  await first.write(half)
  while (listener.bytesIn < half.length) await new Promise((done) => setImmediate(done))
  const second = await classic(port, half)
  assert.equal(second.text, 'Failed to forward email: Too busy, try again later')
  // What was held is given back.
  await first.rest()
  assert.match((await classic(port, half, '"}')).text, /sender is missing/)
})

test('T000-31 200 clients at once, none mixed up', async (t) => {
  const outlet = new Basket(() => new Promise((resolve) => setImmediate(resolve)))
  const { port } = await startFront(t, { outlet })
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      classic(port, objectOf({ subject: `s${n}`, body: `b${n}` })),
    ),
  )
  assert.ok(answers.every(({ text }) => text === sent))
  const seen = new Set(outlet.messages.map(({ submission: { subject, body } }) => subject + body))
  assert.equal(seen.size, 200)
  for (let n = 0; n < 200; n++) assert.ok(seen.has(`s${n}b${n}`))
})

test('a stopping server answers what is in hand and sends the idle away', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const outlet = new Basket(() => promise)
  const listener = await startFront(t, { outlet })
  const { port } = listener
  const busy = classic(port, seed)
  const idle = classic(port)
  const lines = new Player(connect({ port, host: '127.0.0.1' }))
  t.after(() => lines.end())
  await lines.write('{"hello":1}\n')
  await lines.line()
  while (outlet.messages.length === 0 || listener.connections < 3)
    await new Promise((done) => setImmediate(done))
  const closed = listener.close(5000)
  resolve()
  assert.equal((await busy).text, sent)
  assert.equal((await idle).text, 'Failed to forward email: Service shutting down')
  assert.equal(JSON.parse(await lines.line()).code, 421)
  await closed
})

test('a stranger without a token sends nothing; with one, only what it is bound to', async (t) => {
  const tokens = tokensOf({
    open: {},
    bound: { senders: ['*@x.com'], recipients: ['b@x.com', 'halo@example.com'] },
    rare: { perMinute: 1 },
  })
  const outlet = new Basket()
  const { port } = await startFront(t, { outlet, tokens, trusted: new Networks([]) })
  const ask = async (more: Record<string, unknown>) => (await classic(port, objectOf(more))).text
  const prefix = 'Error sending email via SMTP error message: '
  assert.equal(await ask({}), `${prefix}550 5.7.1 Not permitted to send from here without a token`)
  assert.equal(await ask({ token: 'wrong' }), `${prefix}535 5.7.8 Token not valid`)
  assert.match(await ask({ token: 'bound', sender: 'a@y.com' }), /550 5\.7\.1 .*sender/)
  assert.match(
    await ask({ token: 'bound', recipient: 'b@x.com,c@x.com' }),
    /550 5\.7\.1 .*recipient/,
  )
  assert.equal(outlet.messages.length, 0)
  assert.equal(await ask({ token: 'open' }), sent)
  assert.equal(await ask({ token: 'bound', sender: 'A@X.com', recipient: 'b@x.com, halo' }), sent)
  assert.equal(await ask({ token: 'rare' }), sent)
  assert.match(await ask({ token: 'rare' }), /450 4\.7\.1/)
  assert.ok(outlet.messages.every(({ submission }) => submission.token === ''))
})

test('messages of one address have a rate', async (t) => {
  const { port } = await startFront(t, { limits: { messagesPerMinute: 2 } })
  assert.equal((await classic(port, seed)).text, sent)
  assert.equal((await classic(port, seed)).text, sent)
  assert.match((await classic(port, seed)).text, /450 4\.7\.1 Too many messages/)
})

test('a message that its client named is sent once, even twice at the same time', async (t) => {
  const outlet = new Basket(() => new Promise((resolve) => setImmediate(resolve)))
  const { port } = await startFront(t, { outlet })
  const named = objectOf({ id: 'k1' })
  const both = await Promise.all([classic(port, named), classic(port, named)])
  assert.deepEqual(
    both.map(({ text }) => text),
    [sent, sent],
  )
  assert.equal((await classic(port, named)).text, sent)
  assert.equal(outlet.messages.length, 1)
  await classic(port, objectOf({ id: 'k1', sender: 'other@x.com' }))
  await classic(port, objectOf({ id: 'k2' }))
  assert.equal(outlet.messages.length, 3)
})

test('a named message that failed may be sent again', async (t) => {
  let failures = 1
  const outlet = new Basket(async () => {
    if (failures-- > 0) throw new Error('disk')
  })
  const { port } = await startFront(t, { outlet })
  const named = objectOf({ id: 'k1' })
  assert.match((await classic(port, named)).text, /451 4\.3\.0 Local error/)
  assert.equal((await classic(port, named)).text, sent)
})

test('over TLS the conversation is the same', async (t) => {
  const pair = selfSigned(['localhost'])
  const { port } = await startFront(t, { tls: secureContext(pair) })
  const socket = connectTls({ port, host: '127.0.0.1', ca: pair.cert, servername: 'localhost' })
  const client = new Player(socket)
  t.after(() => client.end())
  await client.write(seed)
  assert.equal(await client.line(), `<closed>${sent}`)
})
