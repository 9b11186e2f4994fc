// BDAT beyond what transcripts say: bytes of every kind, limits, refusals, lost clients.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import type { Player } from '../../wire/testing/transcript.ts'
import { openSmtp } from './testing/server.ts'

const sizeMaxBytes = 100_000
const server = await openSmtp({ after }, { sizeMaxBytes }, { sizeMaxBytes })
after(() => server.close())

/** A client whose message for tito may begin. */
async function inMail(parameters = ''): Promise<Player> {
  const client = await server.client()
  await client.ask('EHLO me')
  await begin(client, parameters)
  return client
}

async function begin(client: Player, parameters = ''): Promise<void> {
  assert.match(await client.ask(`MAIL FROM:<ann@example.org>${parameters}`), /^250 /)
  assert.match(await client.ask('RCPT TO:<tito@example.com>'), /^250 /)
}

async function chunk(client: Player, bytes: string, last = false): Promise<string> {
  await client.write(`BDAT ${bytes.length}${last ? ' LAST' : ''}\r\n`)
  await client.write(Buffer.from(bytes, 'latin1'))
  return client.reply()
}

it('binary bytes are stored as they came, in whatever chunks', async () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, n) => n)).toString('latin1')
  const text = `Subject: all\r\n\r\n${all}\n.\r\n.\n\r`
  for (const size of [1, 7, text.length]) {
    const before = (await server.inbox('tito')).length
    const client = await inMail(' BODY=BINARYMIME')
    for (let at = 0; at < text.length; at += size)
      assert.match(await chunk(client, text.slice(at, at + size)), /^250 2\.0\.0 Chunk OK$/)
    assert.match(await chunk(client, '', true), /^250 2\.0\.0 OK: queued/)
    assert.deepEqual((await server.inbox('tito')).slice(before), [text])
  }
})

it('a bare line end in what is not declared binary refuses it, even between two chunks', async () => {
  const before = (await server.inbox('tito')).length
  for (const chunks of [
    ['a\n'],
    ['a\r', 'b'],
    ['a\r\n', '\n'],
    ['a\r'],
    ['\rb', ''],
    ['\n.\n', ''],
  ]) {
    const client = await inMail()
    let reply = ''
    for (const [n, text] of chunks.entries())
      reply = await chunk(client, text, n === chunks.length - 1)
    assert.match(reply, /^550 5\.5\.2 Bare CR or LF /, JSON.stringify(chunks))
    await begin(client)
  }
  const client = await inMail()
  assert.match(await chunk(client, 'a\r'), /^250 /)
  assert.match(await chunk(client, '\n', true), /^250 /)
  assert.equal((await server.inbox('tito')).length, before + 1)
})

it('the size limit counts all chunks; what is beyond is thrown away and told for each', async () => {
  const line = `${'x'.repeat(998)}\r\n`
  for (const [size, code] of [
    [sizeMaxBytes - 1000, 250],
    [sizeMaxBytes, 250],
    [sizeMaxBytes + 1000, 552],
  ] as const) {
    const client = await inMail()
    const chunks = Array.from({ length: size / 1000 }, () => `BDAT 1000\r\n${line}`)
    await client.write(`${chunks.join('')}BDAT 0 LAST\r\nNOOP\r\n`)
    const heard = []
    for (const _ of chunks) heard.push((await client.reply()).slice(0, 3))
    assert.equal(heard.indexOf('552'), code === 552 ? sizeMaxBytes / 1000 : -1)
    assert.match(await client.reply(), new RegExp(`^${code} `), `${size} bytes`)
    assert.match(await client.reply(), /^250 2\.0\.0 OK$/)
  }
  const client = await inMail()
  assert.match(await chunk(client, line.repeat(101)), /^552 5\.3\.4 /)
  assert.match(await chunk(client, line), /^552 5\.3\.4 /)
  assert.match(await client.ask('RSET'), /^250 /)
  await begin(client)
  assert.match(await chunk(client, line, true), /^250 /)
})

it('a chunk beyond all patience is refused before it is read', async () => {
  for (const size of [8 * sizeMaxBytes + 1, 2 ** 40]) {
    const client = await inMail()
    assert.match(await client.ask(`BDAT ${size} LAST`), /^552 5\.3\.4 .*closing$/)
    assert.equal(await client.rest(), '')
  }
})

it('lost with its client, or left by it, a begun message leaves nothing', async () => {
  const before = (await server.inbox('tito')).length
  for (const end of [
    '',
    'QUIT\r\n',
    'BDAT 100 LAST\r\nhalf',
    'EHLO again\r\nQUIT\r\n',
    'BDAT 3\r\n',
  ]) {
    const client = await inMail()
    assert.match(await chunk(client, 'Subject: half\r\n'), /^250 /)
    await client.write(end)
    await client.rest()
  }
  assert.equal((await server.inbox('tito')).length, before)
})
