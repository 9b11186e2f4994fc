// Clients that drip or are silent, at each stage of a session, while others want to be served: as a
// few in the tests, 5,000 for a minute in `npm run test:attack`.
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openSmtp } from '../../src/protocols/smtp/testing/server.ts'
import { Player } from '../../src/wire/testing/transcript.ts'

const whole = process.env.AMPLOP_ATTACK === 'whole'
const clients = whole ? 5_000 : 200
const seconds = whole ? 60 : 2
/** Of the healthy; a machine that is busy otherwise gets its share in the short run. */
const p99MaxMs = whole ? 250 : 2_000
const dialsAtOnce = 250
const slices = 50

/** What is said and answered before the client turns bad, and what it then drips. */
const stages: readonly { readonly said: readonly string[]; readonly drip: string }[] = [
  { said: [], drip: 'EHLO ' },
  { said: ['EHLO a'], drip: 'MAIL FROM:<' },
  { said: ['EHLO a', 'MAIL FROM:<eve@example.org>'], drip: 'RCPT TO:<' },
  { said: ['EHLO a', 'MAIL FROM:<eve@example.org>', 'RCPT TO:<tito@example.com>'], drip: 'DA' },
  {
    said: ['EHLO a', 'MAIL FROM:<eve@example.org>', 'RCPT TO:<tito@example.com>', 'DATA'],
    drip: 'Subject: ',
  },
  {
    said: ['EHLO a', 'MAIL FROM:<eve@example.org>', 'RCPT TO:<tito@example.com>'],
    drip: 'BDAT 100000\r\n',
  },
  { said: ['EHLO a', 'STARTTLS'], drip: '\x16\x03\x01\x02\x00' },
]

const server = await openSmtp({ after })
const open: Socket[] = []
after(() => {
  for (const socket of open) socket.destroy()
  return server.close()
})

it(`${clients} slow clients at ${stages.length} stages hold up nobody else`, async () => {
  const dripping: (() => void)[] = []
  for (let from = 0; from < clients; from += dialsAtOnce) {
    const some = Array.from({ length: Math.min(dialsAtOnce, clients - from) }, (_, n) => from + n)
    for (const drip of await Promise.all(some.map(slow))) if (drip) dripping.push(drip)
  }
  const stop = AbortSignal.timeout(seconds * 1000)
  const dripped = (async () => {
    // One byte a second each, not all in the same moment.
    for (let from = 0; !stop.aborted; from = (from + 1) % slices) {
      for (let at = from; at < dripping.length; at += slices) dripping[at]?.()
      await wait(1_000 / slices)
    }
  })()
  const latencies: number[] = []
  const healthy = async () => {
    const client = await server.client()
    await client.ask('EHLO healthy')
    while (!stop.aborted) latencies.push(await sent(client))
    client.end()
  }
  await Promise.all([dripped, ...Array.from({ length: 5 }, healthy)])
  latencies.sort((a, b) => a - b)
  const p99 = latencies[Math.floor(latencies.length * 0.99)] ?? Number.POSITIVE_INFINITY
  const figures = `${latencies.length} messages, p99 ${p99.toFixed(0)} ms`
  if (whole) console.log(figures)
  assert.ok(latencies.length >= 10, figures)
  assert.ok(p99 < p99MaxMs, figures)
})

/** A client that has come to its stage; every other one is silent from there on. */
async function slow(number: number): Promise<(() => void) | undefined> {
  const { said, drip } = stages[number % stages.length]!
  const socket = await server.dial()
  open.push(socket)
  const client = new Player(socket)
  await client.line(60_000)
  for (const line of said) assert.match(await client.ask(line), /^[23]/, line)
  let at = 0
  return (number / stages.length) & 1
    ? () => void (socket.writable && socket.write(drip[at++] ?? 'x'))
    : undefined
}

/** Milliseconds from MAIL to the last 250. */
async function sent(client: Player): Promise<number> {
  const began = performance.now()
  assert.match(await client.ask('MAIL FROM:<a@example.org>'), /^250/)
  assert.match(await client.ask('RCPT TO:<tito@example.com>'), /^250/)
  assert.match(await client.ask('DATA'), /^354/)
  assert.match(await client.ask('Subject: healthy\r\n\r\nWell.\r\n.'), /^250/)
  return performance.now() - began
}
