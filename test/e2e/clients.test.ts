// Programs of other people hand in mail in each of their ways; it is in the mailbox byte for byte.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { program, provided } from '../support/debian.ts'
import { run } from '../support/foreign.ts'
import { openHouse } from '../support/house.ts'
import { type Letter, lettersIn } from '../support/letters.ts'

const house = await openHouse({ after })
const rooms = house.started.rooms ?? assert.fail('a house with rooms')
const from = 'tito@example.com'
const to = 'iqbal@example.com'
const [python, curl, swaks, msmtp] = await Promise.all(
  ['python3', 'curl', 'swaks', 'msmtp'].map((command) => program(command)),
)
const swaksTls =
  swaks !== undefined &&
  (await provided(
    () => spawnSync(swaks, ['--support'], { encoding: 'utf8' }).stdout.includes('TLS supported'),
    'libnet-ssleay-perl',
  ))

/** Dots, an empty line, a long line, UTF-8 and bytes that are no text at all. */
const text = Buffer.concat([
  Buffer.from(`From: <${from}>\r\nTo: <${to}>\r\nSubject: =?utf-8?q?d=C3=ADa?=\r\n\r\n`),
  Buffer.from('.\r\n..\r\n.a\r\n\r\n \r\nlast\r\n'),
])
const eightBit = Buffer.concat([
  text,
  Buffer.from(`${'x'.repeat(900)}\r\nñandú ✓\r\n`),
  Buffer.from('latin-1: \xe9\xff\r\n', 'latin1'),
])

let seen = 0

/** What came to iqbal since this was last asked. */
async function news(): Promise<readonly Letter[]> {
  const letters = await lettersIn(rooms, to, seen)
  seen = letters.at(-1)?.uid ?? seen
  return letters
}

async function arrived(expected: Buffer, received: RegExp, times = 1): Promise<void> {
  const letters = await news()
  assert.equal(letters.length, times)
  for (const { prefix, body } of letters) {
    assert.ok(body.equals(expected), `byte for byte:\n${body.subarray(0, 2000)}`)
    assert.match(prefix, received)
  }
}

const script = fileURLToPath(new URL('./smtplib-client.py', import.meta.url))
const services = { none: 'smtp', starttls: 'submission', tls: 'submissions' } as const

describe("Python's smtplib", { skip: python ? false : 'no Python here' }, () => {
  type Told = Readonly<Record<string, unknown>> & { tls?: keyof typeof services }

  async function smtplib(told: Told, input: Uint8Array): Promise<string> {
    const service = services[told.tls ?? 'none']
    const all = { host: '127.0.0.1', port: house.port(service), from, to: [to], ...told }
    const { status, stdout, stderr } = await run(python!, [script, JSON.stringify(all)], input)
    assert.equal(status, 0, stderr)
    return stdout.trim()
  }

  const login = { user: 'tito', password: 'amplop' }
  const cases: [string, Told, Buffer, RegExp][] = [
    ['as it comes', {}, text, /with ESMTP\s/],
    ['after HELO', { helo: true }, text, /with E?SMTP\s/],
    ['twice in one session', { times: 2 }, text, /with ESMTP\s/],
    ['8-bit', { options: ['BODY=8BITMIME'] }, eightBit, /with ESMTP\s/],
    ['with AUTH', login, text, /with ESMTPA\s/],
    ['with AUTH PLAIN', { ...login, mechanism: 'PLAIN' }, text, /with ESMTPA\s/],
    [
      'AUTH PLAIN by turns',
      { ...login, mechanism: 'PLAIN', initial: false },
      text,
      /with ESMTPA\s/,
    ],
    ['with AUTH LOGIN', { ...login, mechanism: 'LOGIN' }, text, /with ESMTPA\s/],
    [
      'AUTH LOGIN by turns',
      { ...login, mechanism: 'LOGIN', initial: false },
      text,
      /with ESMTPA\s/,
    ],
    ['STARTTLS and AUTH', { ...login, tls: 'starttls' }, text, /with ESMTPSA\s/],
    ['TLS and AUTH', { ...login, tls: 'tls' }, eightBit, /with ESMTPSA\s/],
  ]
  for (const [name, told, message, received] of cases) {
    it(`T003-16 smtplib: ${name}`, async () => {
      assert.equal(await smtplib(told, message), hash(message))
      await arrived(message, received, told.times === 2 ? 2 : 1)
    })
  }

  it('T003-16 smtplib: SMTPUTF8 addresses', async () => {
    await rooms.accounts.addAccount('ñandú@example.com', 'amplop')
    const options = ['SMTPUTF8', 'BODY=8BITMIME']
    const recipients = [to, 'ñandú@example.com']
    const told = { from: 'josé@пример.example', to: recipients, options }
    assert.equal(await smtplib(told, eightBit), hash(eightBit))
    await arrived(eightBit, /^Return-Path: <josé@/)
    const [copy] = await lettersIn(rooms, 'ñandú@example.com')
    assert.ok(copy?.body.equals(eightBit))
  })

  it('T003-16 T002-13 smtplib: a binary attachment of 5 MB', async () => {
    const binary = randomBytes(5_000_000)
    const sent = await smtplib({ attachment: 'ñ.bin' }, binary)
    const [letter, ...more] = await news()
    assert.equal(more.length, 0)
    assert.equal(hash(letter?.body ?? ''), sent)
    const part = `${letter?.body}`.split('Content-Disposition: attachment')[1] ?? ''
    const encoded = part.slice(part.indexOf('\r\n\r\n'), part.indexOf('\r\n--'))
    assert.equal(hash(Buffer.from(encoded, 'base64')), hash(binary))
  })

  it('T003-16 smtplib: refusals are told with their codes', async () => {
    const wrong = { ...login, password: 'wrong' }
    assert.equal(await smtplib(wrong, text), 'SMTPAuthenticationError 535')
    assert.equal(await smtplib({ to: ['nobody@example.com'] }, text), 'SMTPRecipientsRefused 550')
    assert.equal(await smtplib({ tls: 'starttls' }, text), 'SMTPSenderRefused 530')
    assert.deepEqual(await news(), [])
  })
})

describe('curl', { skip: curl ? false : 'no curl here' }, () => {
  const envelope = ['--mail-from', from, '--mail-rcpt', to, '--upload-file', '-']
  const login = ['--user', 'tito:amplop']
  const cases: [string, string[], Buffer, RegExp][] = [
    ['smtp://', [url('smtp', 'smtp')], eightBit, /with ESMTP\s/],
    ['AUTH', [url('smtp', 'smtp'), ...login], text, /with ESMTPA\s/],
    [
      'PLAIN',
      [url('smtp', 'smtp'), ...login, '--login-options', 'AUTH=PLAIN'],
      text,
      /with ESMTPA\s/,
    ],
    [
      'LOGIN',
      [url('smtp', 'smtp'), ...login, '--login-options', 'AUTH=LOGIN'],
      text,
      /with ESMTPA\s/,
    ],
    ['initial response', [url('smtp', 'smtp'), ...login, '--sasl-ir'], text, /with ESMTPA\s/],
    ['STARTTLS', [url('smtp', 'submission'), ...login, '--ssl-reqd', '-k'], text, /with ESMTPSA\s/],
    ['smtps://', [url('smtps', 'submissions'), ...login, '-k'], eightBit, /with ESMTPSA\s/],
    [
      'a megabyte',
      [url('smtp', 'smtp')],
      Buffer.alloc(2 ** 20, '.a line, 16 b.\r\n'),
      /with ESMTP\s/,
    ],
  ]
  for (const [name, args, message, received] of cases) {
    it(`T003-16 curl: ${name}`, async () => {
      const { status, stderr } = await run(curl!, ['-sS', ...args, ...envelope], message)
      assert.equal(status, 0, stderr)
      await arrived(message, received)
    })
  }

  it('T003-16 curl: a recipient that is refused', async () => {
    const args = ['-sS', url('smtp', 'smtp'), ...envelope, '--mail-rcpt', 'nobody@example.com']
    const { status, stderr } = await run(curl!, args, text)
    assert.equal(status, 55, stderr)
    assert.match(stderr, /RCPT failed: 550/)
    assert.deepEqual(await news(), [])
  })
})

function url(scheme: string, service: string): string {
  return `${scheme}://127.0.0.1:${house.port(service)}/client.example`
}

describe('swaks', { skip: swaks ? false : 'no swaks here' }, () => {
  const login = ['--auth-user', 'tito', '--auth-password', 'amplop']
  const withoutTls: [string, string, string[], RegExp][] = [
    ['as it comes', 'smtp', [], /with ESMTP\s/],
    ['--protocol SMTP', 'smtp', ['--protocol', 'SMTP'], /with E?SMTP\s/],
    ['--pipeline', 'smtp', ['--pipeline'], /with ESMTP\s/],
    ['--auth', 'smtp', ['--auth', ...login], /with ESMTPA\s/],
    ['--auth PLAIN', 'smtp', ['--auth', 'PLAIN', ...login], /with ESMTPA\s/],
    ['--auth LOGIN', 'smtp', ['--auth', 'LOGIN', ...login], /with ESMTPA\s/],
  ]
  const withTls: typeof withoutTls = [
    ['--tls', 'smtp', ['--tls'], /with ESMTPS\s/],
    ['--tls --auth PLAIN', 'submission', ['--tls', '--auth', 'PLAIN', ...login], /with ESMTPSA\s/],
    ['--tls-on-connect', 'submissions', ['--tlsc', '--auth', 'LOGIN', ...login], /with ESMTPSA\s/],
    ['--tls --pipeline', 'smtp', ['--tls', '--pipeline'], /with ESMTPS\s/],
  ]
  const swaksArgs = (service: string) => {
    const port = `${house.port(service)}`
    const place = ['--server', '127.0.0.1', '--port', port, '--timeout', '20']
    return [...place, '--from', from, '--to', to, '--data', '-']
  }
  for (const [cases, skip] of [
    [withoutTls, false],
    [withTls, swaksTls ? false : 'swaks has no TLS here'],
  ] as const)
    for (const [name, service, args, received] of cases)
      it(`T003-16 swaks: ${name}`, { skip }, async () => {
        // It puts a line end of its own before the last dot.
        const input = text.subarray(0, -2)
        const all = [...swaksArgs(service), ...args]
        const { status, stdout, stderr } = await run(swaks!, all, input)
        assert.equal(status, 0, stdout + stderr)
        await arrived(text, received)
      })
})

describe('msmtp', { skip: msmtp ? false : 'no msmtp here' }, () => {
  const asIs = ['--set-date-header=off', '--set-msgid-header=off']
  const login = ['--user=tito', '--passwordeval=echo amplop']
  const cases: [string, keyof typeof services, string[], RegExp][] = [
    ['as it comes', 'none', [], /with ESMTP\s/],
    ['AUTH PLAIN', 'none', ['--auth=plain', ...login], /with ESMTPA\s/],
    ['STARTTLS', 'starttls', ['--auth=on', ...login, '--tls=on'], /with ESMTPSA\s/],
    ['TLS', 'tls', ['--auth=plain', ...login, '--tls=on', '--tls-starttls=off'], /with ESMTPSA\s/],
  ]
  for (const [name, tls, args, received] of cases)
    it(`T003-16 msmtp: ${name}`, async () => {
      const port = `--port=${house.port(services[tls])}`
      const place = ['--host=127.0.0.1', port, '--tls-certcheck=off', '--timeout=20', ...asIs]
      const all = [...place, `--from=${from}`, ...args, '--', to]
      // It takes lines as this system ends them.
      const { status, stderr } = await run(msmtp!, all, `${text}`.replaceAll('\r\n', '\n'))
      assert.equal(status, 0, stderr)
      await arrived(text, received)
    })
})

function hash(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
