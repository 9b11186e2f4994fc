// What transcripts cannot say: lost clients, bare line ends, big messages, many at once, TLS.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { Networks } from '../../base/networks.ts'
import { accountId, bytesIn } from '../../delivery/testing/house.ts'
import { Player } from '../../wire/testing/transcript.ts'
import { openSmtp } from './testing/server.ts'

const server = await openSmtp({ after })
after(() => server.close())

const toIqbal = ['HELO me', 'MAIL FROM:<ann@example.org>', 'RCPT TO:<iqbal@example.com>', 'DATA']

/** A client that was told to go ahead with its text. */
async function inData(hello = 'HELO me'): Promise<Player> {
  const client = await server.client()
  let reply = await client.ask(hello)
  for (const line of toIqbal.slice(1)) reply = await client.ask(line)
  assert.match(reply, /^354 /)
  return client
}

describe('the end of DATA', () => {
  it('is no bare line end, wherever a dot stands: such a message is refused whole', async () => {
    const before = (await server.inbox('iqbal')).length
    const ends = ['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r', '\n.\r', '\r.\n', '\r\n.\r', '\r\r\n.\n']
    for (const end of ends) {
      const client = await inData()
      await client.write(`text${end}MAIL FROM:<eve@example.org>\r\nRCPT TO:<tito@example.com>\r\n`)
      assert.match(await client.ask('.'), /^550 5\.5\.2 Bare CR or LF /)
      assert.match(await client.ask('QUIT'), /^221 /)
    }
    assert.equal((await server.inbox('iqbal')).length, before)
  })

  it('lost with its client leaves nothing', async () => {
    const before = (await server.inbox('iqbal')).length
    for (const text of ['', 'half a line', 'a line\r\n', 'a line\r\n.', 'a line\r\n.\r']) {
      const client = await inData()
      await client.write(text)
      client.end()
    }
    const client = await inData()
    assert.match(await client.ask('whole\r\n.'), /^250 /)
    assert.equal((await server.inbox('iqbal')).length, before + 1)
  })

  it('may be followed by the next command in the same segment', async () => {
    const client = await inData('EHLO me')
    await client.write('text\r\n.\r\nNOOP\r\nQUIT\r\n')
    assert.match(await client.line(), /^250 2\.0\.0 OK: queued as /)
    assert.match(await client.line(), /^250 2\.0\.0 OK$/)
    assert.match(await client.line(), /^221 /)
  })
})

describe('commands behind the text of a client that was not offered PIPELINING', () => {
  it('refuse the message, and are not heard', async () => {
    const before = (await server.inbox('iqbal')).length
    for (const behind of ['RSET\r\n', 'QUIT\r\nNOOP\r\n', 'MAIL FROM:<eve@example.org>\r\n', 'Q']) {
      const client = await inData()
      await client.write(`text\r\n.\r\n${behind}`)
      assert.match(await client.line(), /^554 5\.5\.0 /, behind)
      assert.equal(await client.rest(), '')
    }
    assert.equal((await server.inbox('iqbal')).length, before)
  })

  it('are forgiven where all they say is QUIT, as a file piped into nc does', async () => {
    const client = await inData()
    await client.write('text\r\n.\r\nQUIT\r\n')
    assert.match(await client.line(), /^250 /)
    assert.match(await client.line(), /^221 /)
  })
})

describe('message size', () => {
  it('beyond the limit is refused behind the dot, and the session goes on', async () => {
    const small = await openSmtp({ after }, { sizeMaxBytes: 100_000 }, { sizeMaxBytes: 100_000 })
    after(() => small.close())
    const client = await small.client()
    for (const line of toIqbal.slice(0, 3)) await client.ask(line)
    for (const [size, code] of [
      [100_000, 250],
      [100_001, 552],
      [99_999, 250],
    ] as const) {
      await client.ask('DATA')
      await client.write(`${'x'.repeat(size - 2)}\r\n.\r\n`)
      assert.match(await client.reply(), new RegExp(`^${code} `), `${size} bytes`)
      for (const line of toIqbal.slice(1, 3)) await client.ask(line)
    }
    assert.deepEqual(
      (await small.inbox('iqbal')).map((text) => text.length),
      [100_000, 99_999],
    )
  })
})

describe('TLS', () => {
  it('begins again: greeting, transaction and login of before are gone', async () => {
    const socket = await server.dial()
    const said = () => new Promise<string>((resolve) => socket.once('data', (b) => resolve(`${b}`)))
    await said()
    socket.write('EHLO me\r\nSTARTTLS\r\nNOOP\r\n')
    assert.match(await said(), /250-STARTTLS\r\n[\s\S]*220 2\.0\.0 Ready to start TLS\r\n$/)
    const options: ConnectionOptions = { socket, rejectUnauthorized: false }
    const client = new Player(connectTls(options))
    assert.match(await client.ask('MAIL FROM:<ann@example.org>'), /^503 5\.5\.1 Say EHLO/)
    const ehlo = await client.ask('EHLO me')
    assert.match(ehlo, /AUTH .*PLAIN LOGIN/)
    assert.doesNotMatch(ehlo, /STARTTLS/)
    assert.match(await client.ask('STARTTLS'), /^503 /)
    for (const line of toIqbal.slice(1)) await client.ask(line)
    assert.match(await client.ask('Subject: in TLS\r\n\r\n.'), /^250 /)
    await client.ask('QUIT')
  })
})

describe('who may', () => {
  it('relay: nobody unknown', async () => {
    const strict = await openSmtp({ after }, { trusted: new Networks([]) })
    after(() => strict.close())
    const client = await strict.client()
    for (const line of toIqbal.slice(0, 2)) await client.ask(line)
    assert.match(await client.ask('RCPT TO:<x@gmail.com>'), /^550 5\.7\.1 /)
    assert.match(await client.ask('RCPT TO:<iqbal@example.com>'), /^250 /)
  })

  it('submit: only who has logged in', async () => {
    const submission = await openSmtp({ after }, { face: 'submission' })
    after(() => submission.close())
    const client = await submission.client()
    await client.ask('EHLO me')
    assert.match(await client.ask('MAIL FROM:<tito@example.com>'), /^530 5\.7\.0 /)
    const wrong = `\0tito\0${'x'}`
    assert.match(await client.ask(`AUTH PLAIN ${btoa(wrong)}`), /^535 5\.7\.8 /)
    assert.match(await client.ask(`AUTH PLAIN ${btoa('\0tito\0amplop')}`), /^235 /)
    assert.match(await client.ask('MAIL FROM:<tito@example.com>'), /^250 /)
  })

  it('guess passwords: three times a session', async () => {
    const client = await server.client()
    await client.ask('EHLO me')
    const wrong = `AUTH PLAIN ${btoa('\0tito\0guess')}`
    assert.match(await client.ask(wrong), /^535 /)
    assert.match(await client.ask(wrong), /^535 /)
    assert.match(await client.ask(wrong), /^421 4\.7\.0 /)
    assert.equal(await client.rest(), '')
  })
})

it('many senders at once are kept apart', async () => {
  const before = (await server.inbox('tito')).length
  const texts = Array.from({ length: 100 }, (_, n) => `Subject: ${n}\r\n\r\nfrom ${n}\r\n`)
  await Promise.all(
    texts.map(async (text) => {
      const client = await server.client()
      for (const line of toIqbal.slice(0, 2)) await client.ask(line)
      await client.ask('RCPT TO:<tito@example.com>')
      await client.ask('DATA')
      assert.match(await client.ask(`${text}.`), /^250 /)
      await client.ask('QUIT')
    }),
  )
  const stored = (await server.inbox('tito')).slice(before)
  assert.deepEqual(stored.sort(), texts.sort())
})

it('the trace field says how the client greeted', async () => {
  const { house } = server
  const account = await accountId(house, 'tito@example.com')
  for (const [hello, protocol] of [
    ['HELO me', 'SMTP'],
    ['EHLO me', 'ESMTP'],
  ] as const) {
    const client = await server.client()
    for (const line of [hello, toIqbal[1]!, 'RCPT TO:<tito@example.com>', 'DATA'])
      await client.ask(line)
    assert.match(await client.ask('Subject: x\r\n\r\n.'), /^250 /)
    const prefix = (await bytesIn(house, account)).at(-1)?.prefix ?? ''
    assert.match(
      prefix,
      new RegExp(
        `^Return-Path: <ann@example.org>\\r\\nReceived: from me .*with ${protocol} id\\s`,
        's',
      ),
    )
    await client.ask('QUIT')
  }
})
