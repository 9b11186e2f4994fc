// What brought down other servers in 2024 to 2026, as far as POP3 is concerned: memory stays
// bounded, a client that lies fails alone, and numbers beyond all bounds are no messages.
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import type { Player } from '../../wire/testing/transcript.ts'
import { openPop3 } from './testing/server.ts'

async function server(t: TestContext) {
  const opened = await openPop3(t)
  t.after(opened.close)
  return opened
}

async function logIn(player: Player): Promise<void> {
  assert.match(await player.ask('USER tito'), /^\+OK/)
  assert.match(await player.ask('PASS amplop'), /^\+OK/)
}

it('CVE-2025-59028: a login that is no base64 fails alone', async (t) => {
  const { client } = await server(t)
  const liars: Player[] = []
  for (let n = 0; n < 20; n++) {
    const liar = await client()
    liars.push(liar)
    assert.match(await liar.ask('AUTH PLAIN'), /^\+ /)
  }
  for (const [n, liar] of liars.entries())
    await liar.write(`${['====', '\0\0\0', 'AAA', '\xff\xfe', 'A'.repeat(4000)][n % 5]}\r\n`)
  const tito = await client()
  await logIn(tito)
  for (const liar of liars) {
    assert.match(await liar.line(), /^-ERR/)
    liar.end()
  }
  tito.end()
})

it('CVE-2025-61600: what strangers say and do not end is forgotten', async (t) => {
  const { client } = await server(t)
  const before = process.memoryUsage.rss()
  const strangers: Player[] = []
  for (let n = 0; n < 150; n++) {
    const stranger = await client()
    strangers.push(stranger)
    await stranger.write('x'.repeat(20_000))
    assert.equal(await stranger.line(), '-ERR Line too long')
  }
  const bytes = process.memoryUsage.rss() - before
  const tito = await client()
  await logIn(tito)
  for (const player of [...strangers, tito]) player.end()
  assert.ok(bytes < 64 * 2 ** 20, `${bytes} bytes for 150 strangers`)
})

it('CVE-2026-24031: what would be SQL is a name that nobody has', async (t) => {
  const { client } = await server(t)
  const answers = new Set<string>()
  for (const evil of ["x' or '1'='1", "x'; drop table accounts; --", '%', '$(id)', 'nobody']) {
    const player = await client()
    assert.match(await player.ask(`USER ${evil}`), /^\+OK/)
    answers.add(await player.ask(`PASS ${evil}`))
    player.end()
  }
  assert.equal(answers.size, 1, [...answers].join())
  const tito = await client()
  await logIn(tito)
  tito.end()
})

it('numbers at and beyond every bound are no messages', async (t) => {
  const { client, put } = await server(t)
  await put('Subject: x\r\n\r\nbody\r\n')
  const tito = await client()
  await logIn(tito)
  const numbers = ['0', '-1', '2', '01x', '4294967297', '9'.repeat(400), '1e0', '0x1', '١', '1 1 1']
  for (const number of numbers)
    for (const command of ['RETR', 'DELE', 'LIST', 'UIDL', 'TOP'])
      assert.match(
        await tito.ask(`${command} ${number}${command === 'TOP' ? ' 0' : ''}`),
        /^-ERR/,
        `${command} ${number.slice(0, 20)}`,
      )
  assert.match(await tito.ask(`TOP 1 ${'9'.repeat(400)}`), /^-ERR|^\+OK/)
  tito.end()
})
