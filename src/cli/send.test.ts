// The classic client against a forwarder that answers, refuses, or is not there.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { send } from './send.ts'

const sent = 'Email successfully sent via SMTP.'

/** A forwarder that answers each object as it is told, and remembers the objects. */
async function forwarder(t: TestContext, answer = sent) {
  const objects: Record<string, string>[] = []
  const server = createServer((socket) => {
    let held = ''
    socket.on('error', () => {})
    socket.on('data', (part) => {
      held += part.toString()
      // As the seed's: no newline, no end of the client's side, and one object a connection.
      if (!held.endsWith('}')) return
      objects.push(JSON.parse(held))
      socket.end(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { port: `${(server.address() as AddressInfo).port}`, objects }
}

async function nobody(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `${port}`
}

async function run(args: readonly string[], typed = '', isTTY = false) {
  const input = Object.assign(new PassThrough(), { isTTY })
  const output = new PassThrough()
  const errors = new PassThrough()
  input.end(typed)
  const status = await send(args, { input, output, errors })
  output.end()
  errors.end()
  return { status, output: await text(output), errors: await text(errors) }
}

test('asked for one by one, the message is sent and the reply shown', async (t) => {
  const { port, objects } = await forwarder(t)
  const { status, output } = await run(['-p', port], 'halo@halo.com\nhalo\nhalo\nn\n')
  assert.equal(status, 0)
  assert.match(output, /To: Subject: Body .*Connected to forwarder 127\.0\.0\.1:\d+/)
  assert.match(output, /Server response: Email successfully sent via SMTP\.\nSend another\?/)
  assert.deepEqual(
    { ...objects[0], sender: '' },
    { sender: '', recipient: 'halo@halo.com', subject: 'halo', body: 'halo' },
  )
  assert.match(objects[0]?.sender ?? '', /^[^@\s]+@[^@\s]+$/)
})

test('T000-14 a second message begins from nothing', async (t) => {
  const { port, objects } = await forwarder(t)
  const typed = 'a@x.com\niki tes 3\none\ny\nb@x.com\nsecond\n.\ntwo\n\nlines\n.\nn\n'
  const { status } = await run(['-p', port, '--from', 'me@x.com'], typed)
  assert.equal(status, 0)
  assert.deepEqual(objects, [
    { sender: 'me@x.com', recipient: 'a@x.com', subject: 'iki tes 3', body: 'one' },
    { sender: 'me@x.com', recipient: 'b@x.com', subject: 'second', body: 'two\n\nlines' },
  ])
})

test('T000-01 nobody listens: told plainly, asked to go on, no crash', async () => {
  const { status, output } = await run(['-p', await nobody()], 'halo@halo.com\nhalo\nhalo\ny\n')
  assert.equal(status, 1)
  assert.match(output, /Failed to connect to forwarder Connection refused \(127\.0\.0\.1:\d+\)\. /)
  assert.match(output, /amplop try/)
  assert.match(output, /Send another\? \(y\/n\): To: \n$/)
})

test('T000-02 the server behind the forwarder is down: its answer is shown', async (t) => {
  const down = 'Error sending email via SMTP error message: [Errno 111] Connection refused'
  const { port } = await forwarder(t, down)
  const asked = await run(['-p', port], 'a@x.com\ns\nb\nn\n')
  assert.equal(asked.status, 1)
  assert.ok(asked.output.includes(`Server response: ${down}\n`))
  const flagged = await run(['-p', port, '-t', 'a@x.com', '-b', 'b'])
  assert.deepEqual(flagged, { status: 1, output: '', errors: `${down}\n` })
})

test('a forwarder that says nothing is told as that', async (t) => {
  const { port } = await forwarder(t, '')
  const { status, errors } = await run(['-p', port, '-t', 'a@x.com', '-b', 'b'])
  assert.equal(status, 1)
  assert.match(errors, /without an answer/)
})

test('with flags nothing is asked: text from a flag, a file, or standard input', async (t) => {
  const { port, objects } = await forwarder(t)
  const folder = mkdtempSync(join(tmpdir(), 'send-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'body.txt')
  writeFileSync(file, 'from a file ✓\n')
  const base = ['--port', port, '--to', 'a@x.com', '--to', 'b@x.com', '--subject', 's']
  const more = [['--body', 'b', '--token', 'secret'], ['--body-file', file], []]
  for (const flags of more)
    assert.deepEqual(await run([...base, ...flags], 'piped\n'), {
      status: 0,
      output: `${sent}\n`,
      errors: '',
    })
  assert.deepEqual(
    objects.map(({ body }) => body),
    ['b', 'from a file ✓\n', 'piped\n'],
  )
  assert.equal(objects[0]?.recipient, 'a@x.com,b@x.com')
  assert.equal(objects[0]?.token, 'secret')
  assert.equal(objects[1]?.token, undefined)
})

const wrong: readonly (readonly string[])[] = [
  ['--nonsense'],
  ['extra'],
  ['--port', 'x', '--to', 'a@x.com'],
  ['--to', 'a@x.com', '--body', 'b', '--body-file', 'f'],
  ['--to', 'a@x.com', '--body-file', '/nowhere/at/all'],
  ['--to', 'a@x.com'],
  [],
]

for (const args of wrong)
  test(`wrong use is one line and status 2: ${args.join(' ')}`, async () => {
    const { status, errors } = await run(args, '', true)
    assert.equal(status, 2)
    assert.match(errors, /^amplop send: [^\n]+\n$/)
  })

test('help is on standard output, with every flag', async () => {
  const { status, output } = await run(['--help'])
  assert.equal(status, 0)
  for (const flag of ['to', 'subject', 'body', 'body-file', 'from', 'host', 'port', 'tls', 'token'])
    assert.ok(output.includes(`--${flag}`), flag)
})
