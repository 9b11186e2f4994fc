// The program as people run it: its words, its failures, its end.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { freeOffset, newFolder, runProgram, startProgram } from './testing/program.ts'

const commands = [
  ...'try setup serve check send user domain dkim alias token hook status doctor'.split(' '),
  ...'trace queue quarantine reports rule vacation forward sieve import export log config backup restore verify'.split(
    ' ',
  ),
]

describe('amplop', { concurrency: 2 }, () => {
  it('lists its commands, and each has its help', async (t) => {
    const { status, output } = await runProgram(t, [])
    assert.equal(status, 0)
    assert.deepEqual(
      [...output.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name),
      commands,
    )
    const helps = await Promise.all(commands.map((name) => runProgram(t, [name, '--help'])))
    for (const help of helps) {
      assert.equal(help.status, 0)
      assert.match(help.output, /^usage: amplop [a-z]+ /i)
    }
    assert.match((await runProgram(t, ['--version'])).output, /^\d+\.\d+\.\d+\n$/)
  })

  const wrong: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['nope'], 2, /^amplop: unknown command "nope"; see amplop --help\n$/],
    [['try', '--port-offset', '-1'], 2, /^amplop try: .*; see amplop try --help\n$/],
    [['try', '--port-offset', '57456'], 2, /from 0 to 57455, not "57456"/],
    [['try', '--user', ':x'], 2, /^amplop try: --user is NAME or NAME:PASSWORD, not ":x"/],
    [['serve'], 1, /^amplop: there is no settings file amplop\.toml: name one with -c FILE/],
    [['check', '-c', '.'], 1, /^amplop: \. is a folder: name a settings file with -c FILE\n$/],
    [['status'], 1, /^amplop: no server runs on .*data: start it, or name its folder/],
    [['user', 'add', 'a@b.test'], 2, /no terminal to ask for the password: use --password-stdin/],
    [['user', 'set', 'a@b.test'], 2, /nothing to change/],
    [['user', 'add', 'a@b.test', '-q', 'x'], 2, /--quota must be a size as 500M or 2G/],
    [['log', '--since', 'x'], 2, /--since must be a time as .*, not "x"/],
    [['log', '--ip', 'x'], 2, /--ip must be an address or a network, not "x"/],
    [['log', '--result', 'x'], 2, /--result must be one of accepted, rejected, /],
    [['trace', '-n', '0'], 2, /--number must be a whole number from 1 to 1000, not "0"/],
  ]
  for (const [args, expected, message] of wrong) {
    it(`"amplop ${args.join(' ')}" ends with ${expected} and one line`, async (t) => {
      const { status, errors, output } = await runProgram(t, args, { folder: newFolder(t) })
      assert.equal(status, expected)
      assert.match(errors, message)
      assert.equal(errors.trimEnd().split('\n').length, 1)
      assert.equal(output, '')
    })
  }

  it('tells all mistakes of a settings file with their lines', async (t) => {
    const folder = newFolder(t)
    writeFileSync(join(folder, 'amplop.toml'), '[server]\ndomains = 1\n\n[smtp]\nlistn = []\n')
    const { status, output } = await runProgram(t, ['check'], { folder })
    assert.equal(status, 1)
    assert.match(output, /^amplop\.toml:2: server\.domains must .*\namplop\.toml:5: .*smtp\.listn/)
    const served = await runProgram(t, ['serve'], { folder })
    assert.equal(served.status, 1)
    assert.equal(served.errors, output)
    writeFileSync(join(folder, 'amplop.toml'), '[server]\ndomains = ["a.test"]\n')
    assert.deepEqual(await runProgram(t, ['check'], { folder }), {
      status: 0,
      output: 'ok\n',
      errors: '',
    })
  })

  it('says which port is in use, leaves nothing behind, and ends with 1', async (t) => {
    const offset = await freeOffset()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(25 + offset, '127.0.0.1', resolve))
    t.after(() => void server.close())
    const folder = newFolder(t)
    const args = ['try', '--port-offset', `${offset}`]
    const { status, errors } = await runProgram(t, args, { env: { TMPDIR: folder } })
    assert.equal(status, 1)
    const where = `127.0.0.1:${25 + offset} (smtp)`
    const advice = 'stop what listens there, or choose another port with --port-offset N'
    assert.equal(errors, `amplop: port ${where} is in use: ${advice}\n`)
    assert.deepEqual(readdirSync(folder), [])
  })
})

describe('amplop try', () => {
  it('runs, is managed, and stops on SIGTERM without a trace', async (t) => {
    const offset = await freeOffset()
    const temporary = newFolder(t)
    const { child, said, ended } = startProgram(
      t,
      ['--port-offset', `${offset}`, '--domain', 'shop.test', '--user', 'ann:s3cret'],
      { env: { TMPDIR: temporary, npm_lifecycle_event: 'start' } },
    )
    await said('Ctrl-C')
    const [folder = ''] = readdirSync(temporary)
    const env = { AMPLOP_DATA: join(temporary, folder) }
    const ask = async (args: string[], input = '') => {
      const { status, output, errors } = await runProgram(t, args, { env, input })
      assert.equal(errors, '')
      assert.equal(status, 0)
      return output
    }
    await ask([
      'send',
      '-p',
      `${1239 + offset}`,
      '-f',
      'x@y.test',
      '-t',
      'ann',
      '-s',
      'Halo',
      '-b',
      'c',
    ])
    await said('mailbox')
    const line =
      /^\d\d:\d\d:\d\d {2}x@y\.test -> ann@shop\.test {2}"Halo" {2}250 {2}mailbox {2}[\d.]+ ms$/m
    const added = await ask(['user', 'add', 'bo@shop.test', '--password-stdin'], 'pa ss\n')
    assert.equal(added, 'added bo@shop.test\n')
    assert.match(await ask(['user', 'list']), /ann@shop\.test.*bo@shop\.test/s)
    assert.match(await ask(['trace', 'ann@shop.test']), /accepted {2}250.*ann@shop\.test INBOX/s)
    assert.equal(JSON.parse(await ask(['status', '-j'])).messages[0].accepted, 1)

    const idle = connect(25 + offset, '127.0.0.1').setEncoding('utf8')
    t.after(() => void idle.destroy())
    let heard = ''
    idle.on('data', (part) => {
      heard += part
    })
    await new Promise((resolve) => idle.once('data', resolve))
    const closed = new Promise((resolve) => idle.once('close', resolve))
    child.kill('SIGTERM')
    const { status, output, errors } = await ended
    await closed
    assert.equal(errors, '')
    assert.equal(status, 0)
    assert.match(heard, /^220 .*\r\n421 4\.3\.2 /)
    assert.match(output, /^Amplop is ready\. It listens on loopback only/)
    assert.match(output, /ann@shop\.test, password s3cret.*SMTP \d+.*\| nc .*curl .* send /s)
    assert.match(output, line)
    assert.deepEqual(readdirSync(temporary), [])
  })

  it('says what is wrong with its users, and leaves nothing behind', async (t) => {
    const folder = newFolder(t)
    const args = ['try', '--port-offset', `${await freeOffset()}`, '--user', 'ann@other.test']
    const { status, errors } = await runProgram(t, args, { env: { TMPDIR: folder } })
    assert.equal(errors, 'amplop: there is no domain other.test: name it with --domain\n')
    assert.equal(status, 1)
    assert.deepEqual(readdirSync(folder), [])
  })
})

describe('amplop serve', () => {
  it('logs its life, and an exception nobody caught ends it', async (t) => {
    const folder = newFolder(t)
    const crash = join(folder, 'crash.mjs')
    writeFileSync(
      crash,
      "process.on('SIGUSR2', () => { Promise.reject(new TypeError('a bug')) })\n",
    )
    const settings = [
      '[server]\ndomains = ["a.test"]\nname = "mail.a.test"',
      '[smtp]\nlisten = ["127.0.0.1:0"]',
      '[submission]\nlisten = []\ntls_listen = []',
      '[pop3]\nlisten = []\ntls_listen = []',
      '[imap]\nlisten = []\ntls_listen = []',
      '[http]\nlisten = []\ntls_listen = []',
      '[log]\nfile = "log/amplop.log"',
    ].join('\n')
    mkdirSync(join(folder, 'etc'))
    const file = join(folder, 'etc', 'amplop.toml')
    writeFileSync(file, settings)
    const log = join(folder, 'etc', 'data', 'log', 'amplop.log')
    const args = ['serve', '-c', file]

    const first = startProgram(t, args)
    await first.said('mail.a.test is ready')
    assert.equal((await runProgram(t, ['status', '-c', file])).status, 0)
    first.child.kill('SIGHUP')
    const second = await runProgram(t, args)
    assert.match(second.errors, /^amplop: another Amplop is running on .*data: stop it, or give/)
    assert.equal(second.status, 1)
    first.child.kill('SIGINT')
    assert.equal((await first.ended).status, 0)
    const events = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).event)
    assert.deepEqual(
      events.filter((event) => /^st/.test(event)),
      ['started', 'stopping', 'stopped'],
    )
    assert.equal(existsSync(join(folder, 'etc', 'data', 'admin.sock')), false)

    const third = startProgram(t, args, { env: { NODE_OPTIONS: `--import ${crash}` } })
    await third.said('mail.a.test is ready')
    third.child.kill('SIGUSR2')
    assert.equal((await third.ended).status, 1)
    assert.match(readFileSync(log, 'utf8'), /"a bug".*"event":"crashed"/)
  })
})
