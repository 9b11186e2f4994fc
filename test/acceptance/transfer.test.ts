// Mail carried in and out by `amplop import` and `amplop export`, while the server runs.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'
import { amplop } from '../support/running.ts'

const house = await openHouse({ after })
const rooms = house.started.rooms ?? assert.fail('a house with rooms')
const { folder } = house.started

async function ran(...args: string[]): Promise<{ status: number | string; output: string }> {
  const running = amplop({ after }, [...args, '--data', folder])
  const status = await running.ended
  return { status, output: running.output() }
}

interface Kept {
  readonly text: string
  readonly flags: readonly string[]
  readonly receivedAt: number
}

/** Every message of a person, by the names of mailboxes that have any. */
async function mailOf(address: string): Promise<Record<string, Kept[]>> {
  const { id } = await rooms.accounts.show(address)
  const names = await rooms.messages.flagNames(id)
  const mail: Record<string, Kept[]> = {}
  for (const box of await rooms.mailboxes.list(id)) {
    const kept: Kept[] = []
    for (const one of await rooms.mailboxes.messages(id, box.id, { limit: 1000 })) {
      const open = await rooms.mailboxes.open(id, box.id, one.uid)
      const parts: Uint8Array[] = []
      for await (const part of open?.stream() ?? []) parts.push(part)
      const flags = [...names.of(one.flags, one.more)].sort()
      kept.unshift({ text: `${Buffer.concat(parts)}`, flags, receivedAt: one.receivedAt })
    }
    if (kept.length > 0) mail[box.name] = kept
  }
  return mail
}

function newMaildir(): string {
  const maildir = newFolder({ after })
  for (const sub of ['', '.Sent', '.Work', '.Work.2026', '.Entw&APw-rfe'])
    for (const part of ['cur', 'new', 'tmp'])
      mkdirSync(join(maildir, sub, part), { recursive: true })
  writeFileSync(join(maildir, 'dovecot-keywords'), '0 $Label1\n1 work\n')
  writeFileSync(join(maildir, 'cur/1700000001.M1.host,S=20:2,RSab'), 'Subject: one\n\nbody\n')
  writeFileSync(join(maildir, 'new/1700000002.M2.host'), 'Subject: two\n\n.\n')
  writeFileSync(join(maildir, '.Sent/cur/1700000003.M3.host:2,S'), 'Subject: sent\r\n\r\nx\r\n')
  writeFileSync(join(maildir, '.Work.2026/cur/1700000004.M4.host:2,FT'), 'Subject: deep\n\n')
  writeFileSync(join(maildir, '.Entw&APw-rfe/cur/nodate:2,D'), 'Subject: draft\n\n')
  utimesSync(join(maildir, '.Entw&APw-rfe/cur/nodate:2,D'), 1_600_000_000, 1_600_000_000)
  return maildir
}

const at = (seconds: number) => seconds * 1000
const wanted = {
  INBOX: [
    {
      text: 'Subject: one\r\n\r\nbody\r\n',
      flags: ['$Label1', '\\Answered', '\\Seen', 'work'],
      receivedAt: at(1_700_000_001),
    },
    { text: 'Subject: two\r\n\r\n.\r\n', flags: [], receivedAt: at(1_700_000_002) },
  ],
  Sent: [{ text: 'Subject: sent\r\n\r\nx\r\n', flags: ['\\Seen'], receivedAt: at(1_700_000_003) }],
  'Work/2026': [
    {
      text: 'Subject: deep\r\n\r\n',
      flags: ['\\Deleted', '\\Flagged'],
      receivedAt: at(1_700_000_004),
    },
  ],
  Entwürfe: [{ text: 'Subject: draft\r\n\r\n', flags: ['\\Draft'], receivedAt: at(1_600_000_000) }],
}

describe('amplop import', () => {
  it('takes a Maildir with its folders, dates and flags, and nothing twice', async () => {
    const maildir = newMaildir()
    const first = await ran('import', 'tito@example.com', maildir)
    assert.equal(first.status, 0, first.output)
    assert.match(first.output, /taken 5 messages \(\d+ B\), 0 were there already/)
    assert.deepEqual(await mailOf('tito@example.com'), wanted)
    writeFileSync(join(maildir, 'new/1700000009.M9.host'), 'Subject: two\n\n.\n')
    const again = await ran('import', 'tito@example.com', maildir)
    assert.match(again.output, /taken 1 messages \(\d+ B\), 5 were there already/)
    const third = await ran('import', 'tito@example.com', maildir)
    assert.match(third.output, /taken 0 messages \(0 B\), 6 were there already/)
  })

  it('carries a person out and in again, as Maildir and as mbox', async () => {
    const before = await mailOf('tito@example.com')
    for (const format of ['maildir', 'mbox']) {
      const address = `${format}@example.com`
      await rooms.accounts.addAccount(address, 'amplop')
      const out = join(newFolder({ after }), format)
      const written = await ran('export', 'tito@example.com', out, '--format', format)
      assert.equal(written.status, 0, written.output)
      assert.match(written.output, /written 6 messages/)
      const read = await ran('import', address, out)
      assert.equal(read.status, 0, read.output)
      assert.deepEqual(await mailOf(address), before)
    }
  })

  it('an export into a Maildir that has it writes nothing, but follows the flags', async () => {
    const out = newFolder({ after })
    await ran('export', 'tito@example.com', out)
    const names = () => readdirSync(join(out, 'cur')).sort()
    const before = names()
    const { id } = await rooms.accounts.show('tito@example.com')
    const order = { account: id, mailbox: 'inbox', uids: [[2, 2]] as const, flags: ['\\Flagged'] }
    await rooms.messages.setFlags({ ...order, mode: 'add' })
    const again = await ran('export', 'tito@example.com', out)
    assert.match(again.output, /written 0 messages \(0 B\), 6 were there already/)
    assert.equal(names().length, before.length)
    assert.equal(names().filter((name) => name.endsWith(':2,F')).length, 1)
  })

  it('puts all of it below a mailbox where that is asked for', async () => {
    await rooms.accounts.addAccount('below@example.com', 'amplop')
    const told = await ran('import', 'below@example.com', newMaildir(), '--into', 'Old/2025')
    assert.equal(told.status, 0, told.output)
    const names = Object.keys(await mailOf('below@example.com'))
    assert.ok(names.includes('Old/2025/INBOX') && names.includes('Old/2025/Work/2026'), `${names}`)
  })

  it('says what it skipped and why, and takes the rest', async () => {
    await rooms.accounts.addAccount('some@example.com', 'amplop')
    const maildir = newMaildir()
    rmSync(join(maildir, 'new/1700000002.M2.host'))
    mkdirSync(join(maildir, '.Bad\u0001name/cur'), { recursive: true })
    writeFileSync(join(maildir, 'cur/empty:2,'), '')
    const told = await ran('import', 'some@example.com', maildir)
    assert.match(told.output, /control character/)
    assert.equal(told.status, 1)
    assert.match(told.output, /taken 5 messages/)
  })

  it('names what is wrong in one line', async () => {
    const cases: [string[], RegExp][] = [
      [['import', 'nobody@example.com', newMaildir()], /there is no account nobody@example\.com/],
      [['import', 'tito@example.com', '/nowhere'], /there is no \/nowhere/],
      [['import', 'tito@example.com', join(folder, 'log')], /log/],
      [['export', 'tito@example.com', '/tmp', '--format', 'pst'], /maildir or mbox/],
    ]
    for (const [args, pattern] of cases) {
      const told = await ran(...args)
      assert.match(told.output, pattern)
      assert.notEqual(told.status, 0)
    }
  })

  it('goes on where it was killed, without loss and without doubles', async () => {
    const { id } = await rooms.accounts.addAccount('many@example.com', 'amplop')
    const count = 3_000
    const text = (n: number) =>
      `From a@b Sat Jan  3 01:05:34 2026\nMessage-ID: <${n}@m>\n\n${n}\n\n`
    const file = join(newFolder({ after }), 'many.mbox')
    writeFileSync(file, Array.from({ length: count }, (_, n) => text(n)).join(''))
    const there = async () =>
      (await rooms.mailboxes.list(id)).find(({ role }) => role === 'inbox')?.messages ?? 0
    const args = ['import', 'many@example.com', file, '--data', folder]
    const killed = amplop({ after }, args)
    while ((await there()) === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(await killed.stop('SIGKILL'), 'SIGKILL')
    const again = await ran('import', 'many@example.com', file)
    assert.equal(again.status, 0, again.output)
    assert.equal(await there(), count)
  })

  it('stops where there is no more room, and goes on when there is', async () => {
    const { id } = await rooms.accounts.addAccount('full@example.com', 'amplop')
    await rooms.mailboxes.setQuota(id, { quotaBytes: 0, quotaMessages: 1 })
    const maildir = newMaildir()
    const full = await ran('import', 'full@example.com', maildir)
    assert.equal(full.status, 1)
    await rooms.mailboxes.setQuota(id, { quotaBytes: 0, quotaMessages: 0 })
    const more = await ran('import', 'full@example.com', maildir)
    assert.equal(more.status, 0, more.output)
    assert.deepEqual(await mailOf('full@example.com'), wanted)
  })
})

it('an export keeps the bytes of mail that came by SMTP', async () => {
  await rooms.accounts.addAccount('came@example.com', 'amplop')
  await house.send(['came@example.com'], 'Subject: \u00e9\r\n\r\nFrom here\r\n.\r\n')
  const out = newFolder({ after })
  await ran('export', 'came@example.com', out)
  const [name = ''] = readdirSync(join(out, 'cur'))
  const [kept] = (await mailOf('came@example.com')).INBOX ?? []
  assert.equal(readFileSync(join(out, 'cur', name), 'utf8').replaceAll('\n', '\r\n'), kept?.text)
})
