// What source B promises of mail on one server, as far as SMTP and the mailbox room can show it.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, it } from 'node:test'
import { Player } from '../../src/wire/testing/transcript.ts'
import { openHouse } from '../support/house.ts'
import { codes } from '../support/smtpd.ts'

const house = await openHouse({ after })
const rooms = house.started.rooms ?? assert.fail('a house with rooms')

/** What RCPT answers to a client that said EHLO, and logged in where it has a name. */
async function rcpt(player: Player, to: string, login = ''): Promise<string> {
  const auth = login === '' ? [] : [`AUTH PLAIN ${btoa(`\0${login}\0amplop`)}`]
  await codes(player, ['EHLO client', ...auth, 'MAIL FROM:<tito@example.com>'])
  return player.ask(`RCPT TO:<${to}>`)
}

it('T002-02 a telnet that only says quit is greeted and let go', async () => {
  const player = new Player(connect(house.port('smtp'), '127.0.0.1'))
  assert.match(await player.line(), /^220 mail\.example\.com ESMTP/)
  assert.equal(await player.ask('quit'), '221 2.0.0 Bye')
  assert.equal(await player.line(), '<closed>')
})

it('T002-07 a new account has its mailboxes', async () => {
  const { id } = await rooms.accounts.addAccount('ana@example.com', 'amplop')
  const roles = new Map((await rooms.mailboxes.list(id)).map(({ name, role }) => [name, role]))
  for (const [name, role] of [
    ['INBOX', 'inbox'],
    ['Sent', 'sent'],
    ['Drafts', 'drafts'],
    ['Trash', 'trash'],
  ] as const)
    assert.equal(roles.get(name), role)
})

it('T002-09 loopback, as one of the trusted networks, may send to other domains', async () => {
  const player = await house.smtp()
  assert.match(await rcpt(player, 'friend@foreign.example'), /^250 /)
  assert.match(await player.ask('DATA'), /^354 /)
  const queued = /queued as (\S+)/.exec(await player.ask('hello\r\n.'))?.[1] ?? ''
  const trace = await rooms.traces.get(queued)
  assert.deepEqual(
    trace?.recipients.map(({ address, place }) => [address, place]),
    [['friend@foreign.example', 'sink']],
  )
})

it('T002-09 a stranger may not, unless it logs in', async (t) => {
  const strict = await openHouse(t, {
    change: (settings) => ({
      ...settings,
      server: { ...settings.server, trusted_networks: ['192.0.2.0/24'] },
    }),
  })
  assert.match(await rcpt(await strict.smtp(), 'friend@foreign.example'), /^550 5\.7\.1 /)
  assert.match(await rcpt(await strict.smtp(), 'friend@foreign.example', 'tito'), /^250 /)
  assert.match(await rcpt(await strict.smtp(), 'iqbal@example.com'), /^250 /)
})

it('T002-12 every name of a person reaches them, and nobody else is made up', async () => {
  await rooms.accounts.addDomain('second.example')
  await rooms.accounts.addAccount('iqbal@second.example', 'amplop')
  await rooms.accounts.addAlias('sales@example.com', ['iqbal@example.com'])
  const cases: [string, string][] = [
    ['iqbal+x@example.com', 'iqbal'],
    ['IQBAL@EXAMPLE.COM', 'iqbal'],
    ['sales@example.com', 'iqbal'],
    ['iqbal@mail.example.com', 'iqbal'],
    ['iqbal@second.example', 'iqbal@second.example'],
    ['postmaster@example.com', 'postmaster'],
    ['postmaster@second.example', 'postmaster'],
    ['postmaster', 'postmaster'],
  ]
  for (const [to, owner] of cases) {
    const before = (await house.inbox(owner)).length
    assert.match(await house.send([to], `for ${to}\r\n`), /^250 /, to)
    const inbox = await house.inbox(owner)
    assert.equal(inbox.length, before + 1, to)
    assert.equal(`${inbox.at(-1)}`, `for ${to}\r\n`)
  }
  for (const nobody of ['nobody@example.com', 'nobody@second.example', 'tito@second.example'])
    assert.match(await rcpt(await house.smtp(), nobody), /^550 5\.1\.1 /, nobody)
})

it('T002-16 a quota of 0 takes any mail, one of 1 MB refuses 2 MB and takes less', async () => {
  const { id } = await rooms.accounts.show('tito@example.com')
  const megabytes = (count: number) => `${'x'.repeat(998)}\r\n`.repeat(count * 1000)
  const quota = (quotaBytes: number) =>
    rooms.mailboxes.setQuota(id, { quotaBytes, quotaMessages: 0 })
  await quota(0)
  assert.match(await house.send(['tito@example.com'], megabytes(2)), /^250 /)
  const { bytes } = await rooms.mailboxes.usage(id)
  await quota(bytes + 1_000_000)
  assert.match(await house.send(['tito@example.com'], megabytes(2)), /^(552 5|452 4)\.2\.2 /)
  assert.equal((await rooms.mailboxes.usage(id)).bytes, bytes)
  assert.match(await house.send(['tito@example.com'], 'small\r\n'), /^250 /)
  await quota(bytes)
  assert.match(await rcpt(await house.smtp(), 'tito@example.com'), /^(552 5|452 4)\.2\.2 /)
})

/** A POP3 session that has logged in. */
async function pop3(name: string): Promise<Player> {
  const player = new Player(connect(house.port('pop3'), '127.0.0.1'))
  assert.match(await player.line(), /^\+OK /)
  assert.match(await player.ask(`USER ${name}`), /^\+OK /)
  assert.match(await player.ask('PASS amplop'), /^\+OK /)
  return player
}

/** A command of POP3 whose answer has many lines: all but the first and the last. */
async function lines(player: Player, command: string): Promise<string[]> {
  assert.match(await player.ask(command), /^\+OK/)
  const all: string[] = []
  for (;;) {
    const line = await player.line()
    if (line === '.') return all
    all.push(line.replace(/^\.\./, '.'))
  }
}

it('T002-03 POP3 listens in clear and with TLS', () => {
  for (const service of ['pop3', 'pop3s']) assert.ok(house.port(service) > 0)
})

it('T002-04 POP3 gives exactly the bytes that the mailbox has', async () => {
  const { id } = await rooms.accounts.addAccount('eka@example.com', 'amplop')
  assert.match(
    await house.send(['eka@example.com'], 'Subject: \u00e9\r\n\r\n.\r\n..as written\r\n'),
    /^250 /,
  )
  const [message] = await rooms.mailboxes.messages(id, 'inbox', { limit: 1 })
  const open = await rooms.mailboxes.open(id, 'inbox', message?.uid ?? 0)
  const parts: Uint8Array[] = []
  for await (const part of open?.stream() ?? []) parts.push(part)
  const player = await pop3('eka')
  const read = await lines(player, 'RETR 1')
  assert.equal(read.map((line) => `${line}\r\n`).join(''), `${Buffer.concat(parts)}`)
  assert.match(await player.ask('QUIT'), /^\+OK/)
})

it('T002-05 POP3 leaves mail, deletes it at QUIT only, and its unique ids stay', async () => {
  await rooms.accounts.addAccount('dewi@example.com', 'amplop')
  await house.send(['dewi@example.com'], 'Subject: one\r\n\r\nbody\r\n')
  const first = await pop3('dewi')
  assert.match(await first.ask('STAT'), /^\+OK 1 \d+$/)
  assert.equal((await lines(first, 'LIST')).length, 1)
  const uidl = await lines(first, 'UIDL')
  assert.ok((await lines(first, 'RETR 1')).includes('body'))
  assert.match(await first.ask('QUIT'), /^\+OK/)
  const second = await pop3('dewi')
  assert.deepEqual(await lines(second, 'UIDL'), uidl)
  assert.match(await second.ask('DELE 1'), /^\+OK/)
  assert.equal(await second.rest(), '')
  const third = await pop3('dewi')
  assert.deepEqual(await lines(third, 'UIDL'), uidl)
  assert.match(await third.ask('DELE 1'), /^\+OK/)
  assert.match(await third.ask('QUIT'), /^\+OK/)
  const last = await pop3('dewi')
  assert.equal(await last.ask('STAT'), '+OK 0 0')
  last.end()
})

it('T002-12 a message to an address of its own is read by POP3', async () => {
  await rooms.accounts.addAccount('rani@example.com', 'amplop')
  await house.send(['rani+news@example.com'], 'Subject: plus\r\n\r\nfor rani\r\n')
  const player = await pop3('rani')
  assert.ok((await lines(player, 'RETR 1')).includes('for rani'))
  player.end()
})
