// Every transcript, played line by line, in one burst, byte by byte and over TLS.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, beforeEach, it } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { playFourWays } from '../../wire/testing/four-ways.ts'
import { Player } from '../../wire/testing/transcript.ts'
import { openManageSieve } from './testing/server.ts'

const folder = new URL('./transcripts/', import.meta.url)
const server = await openManageSieve({ after })
after(() => server.close())
beforeEach(() => server.clear())

playFourWays(folder, { ...server, underTls })

/** STARTTLS is not offered, and logins may be bound to the channel. */
function underTls(text: string): string {
  return text
    .replaceAll('S: "STARTTLS"\n', '')
    .replaceAll('S: "SASL" "SCRAM', 'S: "SASL" "SCRAM-SHA-256-PLUS SCRAM')
}

it('says what may be used again after STARTTLS, and nothing said before counts', async () => {
  const socket = connect(server.port, '127.0.0.1')
  const plain = new Player(socket)
  while (!(await plain.line()).startsWith('OK'));
  await plain.write('STARTTLS\r\n')
  assert.match(await plain.line(), /^OK/)
  socket.removeAllListeners('data')
  const secured = new Player(connectTls({ socket, rejectUnauthorized: false }))
  const lines: string[] = []
  do lines.push(await secured.line())
  while (!lines.at(-1)?.startsWith('OK'))
  assert.ok(lines.some((line) => line.includes('SCRAM-SHA-256-PLUS')))
  assert.ok(!lines.includes('"STARTTLS"'))
  secured.end()
})

it('keeps a script of its whole size, and no larger one', async () => {
  const client = new Player(await server.dial())
  while (!(await client.line()).startsWith('OK'));
  await client.write('AUTHENTICATE "PLAIN" "AHRpdG8AYW1wbG9w"\r\n')
  assert.match(await client.line(), /^OK/)
  const put = (text: string) => client.write(`PUTSCRIPT "big" {${text.length}+}\r\n${text}\r\n`)
  await put(`#${'x'.repeat(262_142)}\n`)
  assert.equal(await client.line(), 'OK')
  await put(`#${'x'.repeat(262_143)}\n`)
  assert.match(await client.line(), /^NO \(QUOTA\/MAXSIZE\)/)
  await put(`#${'x'.repeat(2_000_000)}\n`)
  assert.match(await client.line(), /^NO "Literal too long"/)
  await client.write('NOOP\r\n')
  assert.equal(await client.line(), 'OK')
  client.end()
})
