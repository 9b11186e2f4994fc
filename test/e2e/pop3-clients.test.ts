// Programs of other people fetch mail by POP3, byte for byte, leave it or take it away.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { program } from '../support/debian.ts'
import { run } from '../support/foreign.ts'
import { openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'

const house = await openHouse({ after })
const rooms = house.started.rooms ?? assert.fail('a house with rooms')
const account = (await rooms.accounts.show('iqbal@example.com')).id
const inbox = { account, mailbox: 'inbox' }
const [python, curl, mpop, fetchmail, getmail] = await Promise.all([
  ...['python3', 'curl', 'mpop', 'fetchmail'].map((command) => program(command)),
  program('getmail', 'getmail6'),
])

const head = 'From: <tito@example.com>\r\nTo: <iqbal@example.com>\r\n'
const texts = [
  `${head}Subject: dots\r\n\r\n.\r\n..\r\n.a\r\n\r\nlast\r\n`,
  `${head}Subject: d\u00eda\r\n\r\n\u00f1and\u00fa \u2713\r\n`,
  `${head}Subject: large\r\n\r\n${'.a line, 16 b.\r\n'.repeat(40_000)}`,
].map((text) => Buffer.from(text))
const hashes = texts.map(hash)

beforeEach(async () => {
  await rooms.messages.expunge(inbox, [[1, 2 ** 32 - 1]], false)
  const entries = []
  for (const text of texts) {
    const letter = rooms.messages.letter(2 ** 20)
    await letter.write(text)
    entries.push({ letter: await letter.seal() })
  }
  await rooms.messages.append(inbox, entries)
})

async function left(): Promise<number> {
  return (await rooms.mailboxes.messages(account, 'inbox', { limit: 100 })).length
}

describe("Python's poplib", { skip: python ? false : 'no Python here' }, () => {
  const script = fileURLToPath(new URL('./poplib-client.py', import.meta.url))
  type Told = Readonly<Record<string, unknown>> & { tls?: 'stls' | 'tls' }

  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for.
  async function poplib(told: Told = {}): Promise<any> {
    const port = house.port(told.tls === 'tls' ? 'pop3s' : 'pop3')
    const all = { port, user: 'iqbal', password: 'amplop', ...told }
    const { status, stdout, stderr } = await run(python!, [script, JSON.stringify(all)])
    assert.equal(status, 0, stderr)
    return JSON.parse(stdout)
  }

  for (const told of [{}, { utf8: true }, { tls: 'stls' }, { tls: 'tls' }] as const)
    it(`T002-05 reads every message, with ${JSON.stringify(told)}`, async () => {
      const seen = await poplib(told)
      const sizes = texts.map(({ length }) => length)
      assert.deepEqual(seen.stat, [3, sizes.reduce((sum, size) => sum + size)])
      assert.deepEqual(
        seen.list,
        sizes.map((size, at) => `${at + 1} ${size}`),
      )
      assert.deepEqual(seen.hashes, hashes)
      assert.deepEqual(seen.top, [...head.split('\r\n', 2), 'Subject: dots', '', '.'])
      assert.equal(await left(), 3)
    })

  it('T002-05 deletes at QUIT and not before, and unique ids stay', async () => {
    const before = await poplib({ delete: [2], drop: true })
    const again = await poplib({ delete: [2] })
    assert.deepEqual(again.uidl, before.uidl)
    const last = await poplib()
    assert.deepEqual(last.hashes, [hashes[0], hashes[2]])
    const ids = (lines: string[]) => lines.map((line) => line.split(' ')[1])
    assert.deepEqual(
      ids(last.uidl),
      [0, 2].map((at) => ids(before.uidl)[at]),
    )
  })

  it('T002-08 a wrong password and a name that nobody has look the same', async () => {
    const wrong = await poplib({ password: 'wrong' })
    assert.deepEqual(wrong, { error: '-ERR [AUTH] Authentication failed' })
    assert.deepEqual(await poplib({ user: 'nobody' }), wrong)
  })
})

describe('curl', { skip: curl ? false : 'no curl here' }, () => {
  const cases: [string, string, string[]][] = [
    ['pop3', 'pop3', []],
    ['pop3', 'pop3', ['--login-options', 'AUTH=PLAIN']],
    ['pop3', 'pop3', ['--login-options', 'AUTH=LOGIN']],
    ['pop3', 'pop3', ['--sasl-ir']],
    ['pop3', 'pop3', ['--ssl-reqd']],
    ['pop3s', 'pop3s', []],
  ]
  const fetched = (scheme: string, service: string, path: string, args: readonly string[]) =>
    run(curl!, [
      ...['-sS', '-k', '--user', 'iqbal:amplop', ...args],
      `${scheme}://127.0.0.1:${house.port(service)}/${path}`,
    ])
  for (const [scheme, service, args] of cases)
    it(`T002-04 T002-08 ${scheme}:// ${args.join(' ')}`, async () => {
      const { status, stdout, stderr } = await fetched(scheme, service, '1', args)
      assert.equal(status, 0, stderr)
      assert.equal(stdout, `${texts[0]}`)
      const large = await fetched(scheme, service, '3', args)
      assert.equal(hash(Buffer.from(large.stdout)), hashes[2])
      const uidl = await fetched(scheme, service, '', ['-X', 'UIDL', ...args])
      assert.match(uidl.stdout, /^1 \d+\.\d+\r\n2 \d+\.\d+\r\n3 \d+\.\d+\r\n$/)
    })
})

/** The files below a Maildir's `new` or `cur`, their line ends as on the wire. */
function delivered(maildir: string): string[] {
  return ['new', 'cur']
    .map((folder) => join(maildir, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .map((path) => readFileSync(path, 'latin1').replaceAll(/\r?\n/g, '\r\n'))
}

/** A new Maildir. */
function newMaildir(): string {
  const maildir = join(newFolder({ after }), 'mail')
  for (const folder of ['new', 'cur', 'tmp']) mkdirSync(join(maildir, folder), { recursive: true })
  return maildir
}

/** A file that only its owner may read, as these programs want it. */
function configFile(text: string): string {
  const file = join(newFolder({ after }), 'rc')
  writeFileSync(file, text)
  chmodSync(file, 0o600)
  return file
}

function subjects(messages: readonly string[]): string[] {
  return messages.map((text) => /^Subject: (.*)\r$/m.exec(text)?.[1] ?? '').sort()
}

/** Whether a body is among those delivered, whatever fields and line ends were put around it. */
function holds(messages: readonly string[], text: Buffer): boolean {
  const body = text.toString('latin1').split('\r\n\r\n').slice(1).join('\r\n\r\n').trimEnd()
  return messages.some((message) => message.trimEnd().endsWith(body))
}

describe('mpop', { skip: mpop ? false : 'no mpop here' }, () => {
  for (const [tls, service] of [
    ['off', 'pop3'],
    ['on', 'pop3'],
    ['on', 'pop3s'],
  ] as const)
    it(`T002-05 leaves mail, fetches only what is new, then takes it: ${service}, TLS ${tls}`, async () => {
      const maildir = newMaildir()
      const rc = configFile(`account a
host 127.0.0.1
port ${house.port(service)}
user iqbal
passwordeval "echo amplop"
auth ${tls === 'on' ? 'plain' : 'user'}
tls ${tls}
tls_starttls ${service === 'pop3' ? 'on' : 'off'}
tls_certcheck off
received_header off
delivery maildir ${maildir}
uidls_file ${join(maildir, 'uidls')}
`)
      const fetch = (...more: string[]) => run(mpop!, ['-q', '-C', rc, ...more, 'a'])
      const first = await fetch('--keep=on')
      assert.equal(first.status, 0, first.stderr)
      assert.equal(delivered(maildir).length, 3)
      assert.ok(holds(delivered(maildir), texts[2]!))
      assert.equal((await fetch('--keep=on')).status, 0)
      assert.equal(delivered(maildir).length, 3)
      assert.equal(await left(), 3)
      assert.equal((await fetch('--keep=off')).status, 0)
      assert.equal(await left(), 0)
    })
})

describe('getmail6', { skip: getmail ? false : 'no getmail6 here' }, () => {
  it('T002-05 leaves mail, fetches only what is new, then takes it', async () => {
    const maildir = newMaildir()
    const rc = (remove: boolean) =>
      configFile(`[retriever]
type = SimplePOP3Retriever
server = 127.0.0.1
port = ${house.port('pop3')}
username = iqbal
password = amplop
[destination]
type = MDA_external
path = /bin/sh
arguments = ("-c", "cat > ${maildir}/new/$$")
allow_root_commands = true
unixfrom = false
[options]
read_all = false
delete = ${remove}
delivered_to = false
received = false
`)
    const fetch = (remove: boolean) =>
      run(getmail!, [`--rcfile=${rc(remove)}`, `--getmaildir=${maildir}`])
    const first = await fetch(false)
    assert.equal(first.status, 0, first.stdout + first.stderr)
    assert.deepEqual(subjects(delivered(maildir)).length, 3)
    assert.ok(holds(delivered(maildir), texts[0]!))
    assert.equal((await fetch(false)).status, 0)
    assert.equal(delivered(maildir).length, 3)
    assert.equal((await fetch(true)).status, 0)
    assert.equal(await left(), 0)
  })
})

describe('fetchmail', { skip: fetchmail ? false : 'no fetchmail here' }, () => {
  it('T002-05 hands fetched mail on by SMTP, and takes it away', async () => {
    const tito = (await rooms.accounts.show('tito@example.com')).id
    const rc = configFile(`set no bouncemail
poll 127.0.0.1 port ${house.port('pop3')} protocol POP3 uidl:
  user iqbal password amplop is tito@example.com here
  smtphost 127.0.0.1/${house.port('smtp')} smtpname tito@example.com sslproto ''
`)
    const folder = newFolder({ after })
    const args = ['-f', rc, '-i', join(folder, 'ids'), '--pidfile', join(folder, 'pid'), '-v']
    const kept = await run(fetchmail!, [...args, '--keep'])
    assert.equal(kept.status, 0, kept.stdout + kept.stderr)
    assert.equal(await left(), 3)
    // 1: there is no new mail.
    assert.equal((await run(fetchmail!, [...args, '--keep'])).status, 1)
    const arrived = await rooms.mailboxes.messages(tito, 'inbox', { limit: 10 })
    assert.equal(arrived.length, 3)
    const all = await run(fetchmail!, [...args, '--all', '--nokeep'])
    assert.equal(all.status, 0, all.stdout + all.stderr)
    assert.equal(await left(), 0)
  })
})

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
