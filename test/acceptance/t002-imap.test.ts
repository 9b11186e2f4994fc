// What source B promises of reading mail, by IMAP beside POP3.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { after, it, type TestContext } from 'node:test'
import { ImapClient, ImapRefused } from '../../src/app/transfer/imap-client.ts'
import { Player } from '../../src/wire/testing/transcript.ts'
import { openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'
import { amplop } from '../support/running.ts'
import { codes } from '../support/smtpd.ts'

const house = await openHouse({ after })
const rooms = house.started.rooms ?? assert.fail('a house with rooms')

async function imap(t: TestContext, user: string): Promise<ImapClient> {
  const place = { host: '127.0.0.1', port: house.port('imap'), tls: false }
  const client = await ImapClient.open(place, 2 ** 26)
  t.after(() => client.end())
  await client.login(user, 'amplop')
  return client
}

async function person(name: string): Promise<string> {
  await rooms.accounts.addAccount(`${name}@example.com`, 'amplop')
  return name
}

/** The literals of one message: its bytes, or those of a part. */
async function read(client: ImapClient, uid: number, what = 'BODY.PEEK[]'): Promise<Buffer> {
  const told = await client.ask(`UID FETCH ${uid} (${what})`)
  const [literal] = told.flatMap(({ literals }) => literals)
  return literal ?? assert.fail(`no literal in ${JSON.stringify(told)}`)
}

/** What RETR gives, without its dots. */
async function retr(name: string, number: number): Promise<string> {
  const player = new Player(connect(house.port('pop3'), '127.0.0.1'))
  await player.line()
  await player.ask(`USER ${name}`)
  assert.match(await player.ask('PASS amplop'), /^\+OK /)
  assert.match(await player.ask(`RETR ${number}`), /^\+OK/)
  let text = ''
  for (let line = await player.line(); line !== '.'; line = await player.line())
    text += `${line.replace(/^\.\./, '.')}\r\n`
  await player.ask('QUIT')
  return text
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

it('T002-03 every port listens for IPv4 and IPv6, in clear and with TLS, and status lists it', async (t) => {
  const both = ['127.0.0.1', '::1'].map((host) => ({ host, port: 0 }))
  const folder = newFolder(t)
  const twice = await openHouse(t, {
    folder,
    change: (settings) => ({
      ...settings,
      smtp: { ...settings.smtp, listen: both },
      submission: { listen: both, tls_listen: both },
      pop3: { ...settings.pop3, listen: both, tls_listen: both },
      imap: { ...settings.imap, listen: both, tls_listen: both },
      http: { ...settings.http, listen: both, tls_listen: both },
    }),
  })
  const running = amplop(t, ['status', '--data', folder])
  assert.equal(await running.ended, 0, running.output())
  const mail = ['smtp', 'submission', 'submissions', 'pop3', 'pop3s', 'imap', 'imaps']
  for (const service of [...mail, 'http', 'https'])
    for (const { host } of both)
      assert.match(
        running.output(),
        new RegExp(`\\b${service}\\b.*${twice.port(service, host)}\\b`),
      )
})

it('T002-04 a message is the same bytes by IMAP and POP3, as written', async (t) => {
  const user = await person('eko')
  const text = 'Subject: \u00f1and\u00fa\r\n\r\n.\r\n..\r\n \t\r\n\u2713 as written\r\n\r\n'
  assert.match(await house.send([`${user}@example.com`], text), /^250 /)
  const client = await imap(t, user)
  await client.ask('SELECT INBOX')
  const bytes = await read(client, 1)
  assert.ok(`${bytes}`.endsWith(text))
  const [kept] = await house.inbox(user)
  assert.ok(`${bytes}`.endsWith(`${kept}`))
  const fetched = await retr(user, 1)
  assert.equal(hash(Buffer.from(fetched)), hash(bytes))
})

it('T002-06 mailboxes, copies, searches and removals by IMAP stay on the server', async (t) => {
  const user = await person('sari')
  for (const subject of ['zanahoria', 'other'])
    await house.send([`${user}@example.com`], `Subject: ${subject}\r\n\r\nbody\r\n`)
  const client = await imap(t, user)
  const told = async (command: string) => (await client.ask(command)).map(({ text }) => text)
  await client.ask('CREATE Work')
  await client.ask('SELECT INBOX')
  assert.deepEqual(await told('SEARCH SUBJECT ZANAHORIA'), ['* SEARCH 1'])
  await client.ask('COPY 1 Work')
  await client.ask('STORE 1 +FLAGS (\\Deleted)')
  assert.deepEqual(await told('EXPUNGE'), ['* 1 EXPUNGE'])
  assert.deepEqual(await told('SEARCH ALL'), ['* SEARCH 1'])
  const other = await imap(t, user)
  const list = (await other.ask('LIST "" "*"')).map(({ text }) => text)
  assert.ok(
    list.some((line) => line.endsWith(' Work')),
    list.join('\n'),
  )
  const { id } = await rooms.accounts.show(`${user}@example.com`)
  const counts = new Map((await rooms.mailboxes.list(id)).map((box) => [box.name, box.messages]))
  assert.deepEqual([counts.get('INBOX'), counts.get('Work')], [1, 1])
})

it('T002-07 a new account has its mailboxes by IMAP, named by their use', async (t) => {
  const client = await imap(t, await person('budi'))
  const list = (await client.ask('LIST "" "*"')).map(({ text }) => text).join('\n')
  assert.match(list, /^\* LIST \([^)]*\) "\/" INBOX$/m)
  for (const name of ['Sent', 'Drafts', 'Trash'])
    assert.match(list, new RegExp(`^\\* LIST \\([^)]*\\\\${name}\\b[^)]*\\) "/" ${name}$`, 'm'))
})

it('T002-11 mail from a foreign server reaches the INBOX', async () => {
  const player = await house.smtp()
  const lines = [
    'EHLO yahoo.example',
    'MAIL FROM:<seno@yahoo.example>',
    'RCPT TO:<iqbal@example.com>',
  ]
  assert.deepEqual(await codes(player, lines), [250, 250, 250])
  assert.match(await player.ask('DATA'), /^354 /)
  assert.match(await player.ask('Subject: from outside\r\n\r\nhello\r\n.'), /^250 /)
  assert.match(`${(await house.inbox('iqbal')).at(-1)}`, /^Subject: from outside/m)
})

it('T002-13 a binary attachment of 5 MB and an 8-bit body are whole by IMAP', async (t) => {
  const user = await person('wati')
  assert.match(await (await house.smtp()).ask('EHLO client'), /^250-8BITMIME$/m)
  const binary = randomBytes(5_000_000)
  const encoded = binary.toString('base64').replace(/.{76}/g, '$&\r\n')
  const text = [
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    'dise\u00f1o \u2713',
    '--b',
    'Content-Type: application/octet-stream; name=x.bin',
    'Content-Transfer-Encoding: base64',
    'Content-Disposition: attachment; filename=x.bin',
    '',
    encoded,
    '--b--',
    '',
  ].join('\r\n')
  assert.match(await house.send([`${user}@example.com`], text), /^250 /)
  const client = await imap(t, user)
  await client.ask('SELECT INBOX')
  assert.equal(`${await read(client, 1, 'BODY.PEEK[1]')}`, 'dise\u00f1o \u2713')
  const part = await read(client, 1, 'BODY.PEEK[2]')
  assert.equal(hash(Buffer.from(`${part}`, 'base64')), hash(binary))
  const whole = await read(client, 1)
  assert.ok(`${whole}`.endsWith(text))
})

it("T002-14 another's mailboxes are denied by IMAP as ones that are not there", async (t) => {
  await rooms.accounts.addAccount('korban@example.com', 'amplop')
  const { id } = await rooms.accounts.show('korban@example.com')
  await rooms.mailboxes.create(id, 'Secret')
  await house.send(['korban@example.com'], 'Subject: secret\r\n\r\nsecret\r\n')
  const client = await imap(t, 'tito')
  const answer = async (command: string, name: string) => {
    try {
      return (await client.ask(command.replace('NAME', `"${name}"`))).map(({ text }) => text).join()
    } catch (error) {
      assert.ok(error instanceof ImapRefused)
      return error.message
    }
  }
  const commands = ['SELECT', 'EXAMINE', 'DELETE', 'GETQUOTAROOT'].map((verb) => `${verb} NAME`)
  for (const command of [...commands, 'STATUS NAME (MESSAGES)', 'LIST "" NAME', 'RENAME NAME x'])
    for (const name of [
      'Secret',
      'korban/INBOX',
      'user/korban',
      `../${id}/inbox`,
      `${id}/inbox`,
      id,
    ])
      assert.equal(
        (await answer(command, name)).replaceAll(name, 'NAME'),
        (await answer(command, 'nothing')).replaceAll('nothing', 'NAME'),
        `${command}: ${name}`,
      )
  await client.ask('SELECT INBOX')
  const found = (await client.ask('UID SEARCH TEXT secret')).map(({ text }) => text)
  assert.deepEqual(found, ['* SEARCH'])
  await assert.rejects(imap(t, 'korban@example.com\0tito'), /./)
})

it('T002-16 APPEND counts for the quota', async (t) => {
  const user = await person('kuota')
  const { id } = await rooms.accounts.show(`${user}@example.com`)
  await rooms.mailboxes.setQuota(id, { quotaBytes: 1000, quotaMessages: 0 })
  const client = await imap(t, user)
  const append = (bytes: number) => client.ask(`APPEND INBOX {${bytes}}`, 'x'.repeat(bytes))
  await assert.rejects(append(2000), /NO \[OVERQUOTA\]/)
  await append(500)
  assert.equal((await rooms.mailboxes.usage(id)).bytes, 500)
})
