// Changing a running server: T003-11 and T003-28, by the command and by the signal.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { Player } from '../../src/wire/testing/transcript.ts'
import { freePorts, newFolder } from '../support/places.ts'
import { amplop } from '../support/running.ts'
import { codes } from '../support/smtpd.ts'

const folder = newFolder({ after })
const [smtpPort = 0, httpPort = 0] = await freePorts(2)
const file = join(folder, 'amplop.toml')
const text = (errorsMax: number) => `[server]
name = "mail.smtpd.com"
domains = ["smtpd.com"]
data = "data"
[smtp]
listen = ["127.0.0.1:${smtpPort}"]
errors_max = ${errorsMax} # by hand
[submission]
listen = []
tls_listen = []
[http]
listen = ["127.0.0.1:${httpPort}"]
tls_listen = []
[log]
file = "server.log"
`
writeFileSync(file, text(20))
const data = ['--data', join(folder, 'data')]
const serve = () => amplop({ after }, ['serve', '-c', file])
let server = serve()
await server.said(/is ready/)

async function run(...args: string[]): Promise<{ status: number | string; output: string }> {
  const command = amplop({ after }, [...args, ...data])
  const status = await command.ended
  return { status, output: command.output() }
}

async function client(): Promise<Player> {
  const player = new Player(connect(smtpPort, '127.0.0.1').setNoDelay(true))
  after(() => player.end())
  assert.match(await player.line(), /^220 /)
  return player
}

async function send(subject: string, reply = /^250 /): Promise<void> {
  const player = await client()
  const lines = ['EHLO a', `MAIL FROM:<${subject}@far.example>`, 'RCPT TO:<tito@smtpd.com>', 'DATA']
  assert.deepEqual(await codes(player, lines), [250, 250, 250, 354])
  assert.match(await player.ask(`Subject: ${subject}\r\n\r\nx\r\n.`), reply)
  await player.ask('QUIT')
}

function logs(): string {
  const read = (name: string) => readFileSync(join(folder, 'data', name), 'utf8')
  return read('server.log') + read('access.log')
}

async function untilLogged(words: string): Promise<void> {
  while (!logs().includes(words)) await new Promise(setImmediate)
}

it('T003-11 the log off and on: no line of the mail in between', async () => {
  const person = amplop({ after }, ['user', 'add', 'tito@smtpd.com', '--password-stdin', ...data], {
    input: 'amplop\n',
  })
  assert.equal(await person.ended, 0, person.output())
  await send('loud')
  await untilLogged('"from":"loud@far.example"')
  assert.equal((await run('config', 'set', 'log.level', 'off')).status, 0)
  assert.equal((await run('config', 'set', 'access_log.enabled', 'off')).status, 0)
  await send('muted')
  assert.equal((await run('config', 'set', 'log.level', 'info')).status, 0)
  assert.equal((await run('config', 'set', 'access_log.enabled', 'on')).status, 0)
  await send('again')
  await untilLogged('"from":"again@far.example"')
  assert.doesNotMatch(logs(), /muted/)
})

it('T003-11 a bad name or value changes nothing and says why', async () => {
  const wrong: [string[], number, RegExp][] = [
    [['set', 'smtp.nope', '1'], 1, /there is no setting "smtp\.nope": amplop config list/],
    [['set', 'smtp.errors_max', 'x'], 1, /smtp\.errors_max must be a whole number from 1 to/],
    [['set', 'smtp.errors_max'], 2, /VALUE/],
    [['get', 'nope'], 1, /there is no setting "nope"/],
  ]
  const before = await run('config', 'list')
  for (const [args, status, words] of wrong) {
    const got = await run('config', ...args)
    assert.equal(got.status, status, args.join(' '))
    assert.match(got.output, words)
  }
  assert.deepEqual(await run('config', 'list'), before)
  assert.match(before.output, /^smtp\.errors_max +20 +file +at once$/m)
  assert.match(before.output, /^smtp\.listen +127\.0\.0\.1:\d+ +file +restart$/m)
})

it('T003-11 a timeout and a size change for sessions that are open', async () => {
  const player = await client()
  assert.match(await player.ask('EHLO a'), /SIZE 10485760/)
  assert.equal((await run('config', 'set', 'smtp.size_max_bytes', '2000')).status, 0)
  assert.match(await player.ask('EHLO a'), /SIZE 2000\b/)
  assert.match(await player.ask('MAIL FROM:<a@b.example> SIZE=2001'), /^552 /)
  assert.equal((await run('config', 'set', 'smtp.command_timeout_ms', '100')).status, 0)
  await player.ask('NOOP')
  assert.match(await player.line(), /^421 4\.4\.2 /)
  for (const key of ['smtp.size_max_bytes', 'smtp.command_timeout_ms'])
    assert.equal((await run('config', 'unset', key)).status, 0)
})

it('T003-11 the transform: its program, on and off', async () => {
  assert.equal((await run('config', 'set', 'transform.command', 'false')).status, 0)
  await send('minded', /^451 4\.7\.1 /)
  assert.equal((await run('config', 'set', 'transform.enabled', 'off')).status, 0)
  await send('unseen')
  assert.equal((await run('config', 'set', 'transform.enabled', 'on')).status, 0)
  await send('minded', /^451 4\.7\.1 /)
  assert.equal((await run('config', 'unset', 'transform.command')).status, 0)
  await send('unseen')
})

it('T003-28 the most connections become 5: the sixth hears 421, the others go on', async () => {
  const set = await run('config', 'set', 'smtp.connections_max', '5')
  assert.deepEqual([set.status, set.output], [0, 'smtp.connections_max is 5\n'])
  const five: Player[] = []
  for (let n = 0; n < 5; n++) five.push(await client())
  const sixth = new Player(connect(smtpPort, '127.0.0.1'))
  assert.match(await sixth.line(), /^421 /)
  for (const player of five) assert.deepEqual(await codes(player, ['NOOP', 'QUIT']), [250, 221])
})

it('T003-11 SIGHUP reads the file anew; a mistake in it changes nothing and is logged', async () => {
  writeFileSync(file, text(0))
  server.child.kill('SIGHUP')
  await untilLogged('nothing changed')
  assert.match(logs(), /amplop\.toml:7: smtp\.errors_max must be/)
  assert.equal((await run('config', 'get', 'smtp.errors_max')).status, 1)
  writeFileSync(file, text(2))
  server.child.kill('SIGHUP')
  await untilLogged('settings read anew')
  assert.equal((await run('config', 'get', 'smtp.errors_max')).output, '2\n')
  const player = await client()
  assert.deepEqual(await codes(player, ['NOPE', 'NOPE']), [500, 500])
  assert.match(await player.line(), /^421 /)
})

it('T003-11 what was set is there after a restart, also where a restart was needed', async () => {
  const set = await run('config', 'set', 'server.name', 'mx.smtpd.com')
  assert.match(set.output, /^server\.name will be mx\.smtpd\.com after a restart; it is mail\./)
  assert.equal(await server.stop(), 0)
  server = serve()
  await server.said(/is ready/)
  const player = new Player(connect(smtpPort, '127.0.0.1'))
  assert.match(await player.line(), /^220 mx\.smtpd\.com /)
  player.end()
  assert.equal((await run('config', 'get', 'smtp.connections_max')).output, '5\n')
  const list = await run('config', 'list')
  assert.match(
    list.output,
    /^server\.name +mx\.smtpd\.com +set +restart +the settings file says mail/m,
  )
})

it('T003-26 start and stop have their lines, and SIGTERM ends with 0', async () => {
  await run('config', 'unset', 'smtp.connections_max')
  assert.equal(await server.stop('SIGTERM'), 0)
  const events = logs()
    .split('\n')
    .flatMap((line) => /"event":"(started|stopping|stopped)"/.exec(line)?.[1] ?? [])
  assert.deepEqual(events, ['started', 'stopping', 'stopped', 'started', 'stopping', 'stopped'])
})
