// Every limit at its edge: one below and at it the client is served, beyond it there is an answer.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Player } from '../../wire/testing/transcript.ts'
import { openSmtp } from './testing/server.ts'

const sizeMaxBytes = 3_000_000
const server = await openSmtp(
  { after },
  { recipientsMax: 100, errorsMax: 5, idleCommandsMax: 8, sizeMaxBytes },
  { sizeMaxBytes, receivedHopsMax: 100 },
)
after(() => server.close())

const from = 'MAIL FROM:<ann@example.org>'
const to = 'RCPT TO:<tito@example.com>'

async function greeted(): Promise<Player> {
  const client = await server.client()
  assert.match(await client.ask('EHLO me'), /^250-/)
  return client
}

async function ended(client: Player): Promise<void> {
  assert.equal(await client.rest(), '')
}

it('recipients: 100 are taken, one more is told 452, and the message goes to the others', async () => {
  const client = await greeted()
  await client.ask(from)
  for (let n = 1; n <= 100; n++) assert.match(await client.ask(to), /^250 /, `recipient ${n}`)
  assert.match(await client.ask(to), /^452 4\.5\.3 /)
  await client.ask('DATA')
  assert.match(await client.ask('text\r\n.'), /^250 /)
})

it('errors: the fifth ends the session', async () => {
  const client = await greeted()
  for (let n = 1; n <= 4; n++) assert.match(await client.ask('XYZZY'), /^500 /)
  assert.match(await client.ask('NOOP'), /^250 /)
  assert.match(await client.ask('XYZZY'), /^500 /)
  assert.match(await client.line(), /^421 4\.7\.0 Too many errors/)
  await ended(client)
})

it('idle commands: eight between two messages, the ninth ends the session', async () => {
  const client = await greeted()
  for (const round of [1, 2]) {
    const idle = ['NOOP', 'RSET', 'HELP', 'VRFY x', 'EXPN x', 'ETRN x', 'EHLO me'].slice(
      0,
      8 - round,
    )
    for (const line of idle) assert.match(await client.ask(line), /^[24]/, line)
    for (const line of [from, to, 'DATA']) await client.ask(line)
    assert.match(await client.ask('text\r\n.'), /^250 /)
  }
  for (let n = 1; n <= 8; n++) assert.match(await client.ask('NOOP'), /^250 /)
  assert.match(await client.ask('NOOP'), /^421 4\.7\.0 Too many commands/)
  await ended(client)
})

it('SIZE: what is announced beyond the limit is refused at MAIL', async () => {
  const client = await greeted()
  for (const size of [sizeMaxBytes - 1, sizeMaxBytes]) {
    assert.match(await client.ask(`${from} SIZE=${size}`), /^250 /)
    await client.ask('RSET')
  }
  assert.match(await client.ask(`${from} SIZE=${sizeMaxBytes + 1}`), /^552 5\.3\.4 /)
  assert.match(await client.ask(`${from} SIZE=${'9'.repeat(20)}`), /^552 5\.3\.4 /)
})

it('command lines: 12,800 bytes are heard, one more ends the session, as does no end', async () => {
  const client = await greeted()
  for (const length of [12_799, 12_800])
    assert.match(await client.ask(`NOOP ${'x'.repeat(length - 5)}`), /^250 /)
  assert.match(await client.ask(`NOOP ${'x'.repeat(12_796)}`), /^500 5\.5\.2 Line too long/)
  await ended(client)
  const endless = await greeted()
  await endless.write('x'.repeat(20_000))
  assert.match(await endless.line(), /^500 5\.5\.2 Line too long/)
})

describe('the header', () => {
  const mib = 1024 * 1024
  const cases: readonly [string, string, RegExp][] = [
    ['99 hops', 'Received: x\r\n'.repeat(99), /^250 /],
    ['100 hops', 'Received: x\r\n'.repeat(100), /^250 /],
    ['101 hops', 'Received: x\r\n'.repeat(101), /^554 5\.4\.6 /],
    ['9,999 fields', 'X: y\r\n'.repeat(9_999), /^250 /],
    ['10,000 fields', 'X: y\r\n'.repeat(10_000), /^250 /],
    ['10,001 fields', 'X: y\r\n'.repeat(10_001), /^550 5\.6\.0 /],
    ['a field of 256 KiB', field(mib / 4), /^250 /],
    ['a field of a byte more', field(mib / 4 + 1), /^550 5\.6\.0 /],
    ['a byte less than a MiB', field(1000).repeat(1048) + field(573), /^250 /],
    ['a MiB', field(1000).repeat(1048) + field(574), /^550 5\.6\.0 /],
  ]
  for (const [name, header, expected] of cases)
    it(`of ${name}`, async () => {
      const client = await greeted()
      for (const line of [from, to, 'DATA']) await client.ask(line)
      assert.match(await client.ask(`${header}\r\ntext\r\n.`), expected)
      assert.match(await client.ask('NOOP'), /^250 /)
    })
})

/** A field of so many bytes, its line end among them. */
function field(bytes: number): string {
  return `X: ${'y'.repeat(bytes - 5)}\r\n`
}

describe('time', () => {
  it('a command has its time from when it is awaited, whatever trickles in', async () => {
    const slow = await openSmtp({ after }, { commandTimeoutMs: 600 })
    after(() => slow.close())
    const client = await slow.client()
    const began = performance.now()
    const dripping = (async () => {
      for (let n = 0; n < 40 && performance.now() - began < 3000; n++) {
        await client.write('x')
        await pause(50)
      }
    })()
    assert.match(await client.line(), /^421 4\.4\.2 /)
    const ms = performance.now() - began
    assert.ok(ms >= 550 && ms < 2500, `${ms} ms`)
    await dripping
  })

  it('text must come at the least rate; who keeps it is waited for', async () => {
    const slow = await openSmtp({ after }, { commandTimeoutMs: 500, dataMinBytesPerSecond: 10_000 })
    after(() => slow.close())
    for (const [bytes, expected] of [
      [2000, /^250 /],
      [20, /^421 4\.4\.2 /],
    ] as const) {
      const client = await slow.client()
      for (const line of ['EHLO me', from, to, 'DATA']) await client.ask(line)
      for (let n = 0; n < 20; n++) {
        await client.write(`${'x'.repeat(bytes - 2)}\r\n`)
        await pause(80)
      }
      await client.write('.\r\n')
      assert.match(await client.line(), expected, `${bytes} bytes each time`)
    }
  })

  it('a chunk that does not come is awaited no longer than a command', async () => {
    const slow = await openSmtp({ after }, { commandTimeoutMs: 400 })
    after(() => slow.close())
    const client = await slow.client()
    for (const line of ['EHLO me', from, to]) await client.ask(line)
    await client.write('BDAT 100\r\nhalf')
    assert.match(await client.line(), /^421 4\.4\.2 /)
    assert.deepEqual(await slow.inbox('tito'), [])
  })
})
