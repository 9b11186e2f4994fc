// Who asked with NOTIFY is told at once, and at any time: between commands, within one, and when
// it does not read.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Player } from '../../../wire/testing/transcript.ts'
import { openImap } from '../testing/server.ts'

const server = await openImap({ after })
after(() => server.close())

async function opened(...commands: string[]): Promise<Player> {
  const client = await server.client()
  for (const [n, command] of ['LOGIN tito amplop', 'SELECT INBOX', ...commands].entries()) {
    await client.write(`a${n} ${command}\r\n`)
    for (let line = ''; !line.startsWith(`a${n} OK`); ) line = await client.line()
  }
  return client
}

const everything = 'NOTIFY SET (SELECTED (MessageNew (UID) MessageExpunge FlagChange))'

async function put(count: number): Promise<void> {
  const { messages } = server.house
  const place = { account: server.accountOf('tito'), mailbox: 'inbox' }
  for (let n = 0; n < count; n++) {
    const letter = messages.letter(1000)
    await letter.write(Buffer.from('A: b\r\n'))
    await messages.append(place, [{ letter: await letter.seal() }])
  }
}

test('new mail is told within milliseconds without a command', async () => {
  await server.renew()
  const client = await opened(everything)
  const tookMs: number[] = []
  for (let n = 1; n <= 20; n++) {
    await put(1)
    const began = performance.now()
    assert.equal(await client.line(), `* ${n} EXISTS`)
    assert.equal(await client.line(), `* ${n} FETCH (UID ${n})`)
    tookMs.push(performance.now() - began)
  }
  const median = tookMs.sort((a, b) => a - b)[10] ?? 0
  assert.ok(median < 100, `${median} ms`)
  client.end()
})

test('a command that is on its way when mail comes is heard whole', async () => {
  await server.renew()
  const client = await opened(everything)
  await client.write('b NO')
  await put(1)
  assert.equal(await client.line(), '* 1 EXISTS')
  assert.equal(await client.line(), '* 1 FETCH (UID 1)')
  await client.write('OP\r\nc CREATE {4}\r\n')
  assert.equal(await client.line(), 'b OK Nothing done')
  assert.equal(await client.line(), '+ OK')
  await put(1)
  assert.equal(await client.line(), '* 2 EXISTS')
  assert.equal(await client.line(), '* 2 FETCH (UID 2)')
  await client.write('Blue\r\n')
  assert.match(await client.line(), /^c OK /)
  client.end()
})

test('nothing is told twice or left out where many changes and commands meet', async () => {
  await server.renew()
  const client = await opened(everything)
  const writing = put(50)
  let commands = 0
  let heard = 0
  for (let n = 1; n <= 50; n++) {
    await client.write(`n${n} NOOP\r\n`)
    for (let line = ''; !line.startsWith(`n${n} `); ) {
      line = await client.line()
      if (/ FETCH \(UID (\d+)\)$/.test(line)) assert.match(line, new RegExp(`UID ${++heard}\\)`))
    }
    commands++
  }
  await writing
  while (heard < 50) {
    const line = await client.line()
    if (line.includes(' FETCH ')) assert.match(line, new RegExp(`UID ${++heard}\\)`))
  }
  assert.equal(commands, 50)
  client.end()
})

test('a session that was listening leaves nothing behind', async () => {
  await server.renew()
  const client = await opened(everything)
  assert.match(await client.rest(), /^$/)
  await put(1)
})
