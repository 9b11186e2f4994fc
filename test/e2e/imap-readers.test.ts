// Programs of other people that keep a copy of a mailbox, or take its mail away, by IMAP.
import assert from 'node:assert/strict'
import { globSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { program, provided } from '../support/debian.ts'
import { run } from '../support/foreign.ts'
import { openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'

const house = await openHouse({ after })
const rooms = house.started.rooms ?? assert.fail('a house with rooms')
const [mbsync, offlineimap, getmail, fetchmail, neomutt, script] = await Promise.all([
  program('mbsync', 'isync'),
  program('offlineimap', 'offlineimap3'),
  program('getmail', 'getmail6'),
  program('fetchmail'),
  program('neomutt'),
  program('script', 'bsdutils'),
])
const noScram = !(await provided(hasScram, 'libsasl2-modules'))

/** Whether Cyrus SASL, on which mbsync leans, has SCRAM. */
function hasScram(): boolean {
  return globSync('/usr/lib/*/sasl2/libscram.so').length > 0
}

/** An account of its own, with so many messages, numbered from 1. */
async function person(name: string, count: number): Promise<string> {
  const { id } = await rooms.accounts.addAccount(`${name}@example.com`, 'amplop')
  for (let from = 1; from <= count; from += 250) {
    const entries = []
    for (let n = from; n < from + 250 && n <= count; n++) {
      const letter = rooms.messages.letter(1 << 20)
      await letter.write(Buffer.from(textOf(n)))
      entries.push({ letter: await letter.seal() })
    }
    await rooms.messages.append({ account: id, mailbox: 'inbox' }, entries)
  }
  return id
}

const textOf = (n: number) =>
  `From: <a@example.net>\r\nMessage-ID: <${n}@example.net>\r\nSubject: ${n}\r\n\r\nbody ${n}\r\n.\r\n`

interface Count {
  readonly messages: number
  readonly unseen: number
}

async function counts(account: string): Promise<Record<string, Count>> {
  const boxes = await rooms.mailboxes.list(account)
  return Object.fromEntries(boxes.map(({ name, messages, unseen }) => [name, { messages, unseen }]))
}

/** The files of a Maildir. */
function files(maildir: string): string[] {
  return ['new', 'cur'].flatMap((part) =>
    readdirSync(join(maildir, part)).map((name) => join(maildir, part, name)),
  )
}

/** Renames a file of a Maildir, so that it carries these flags. */
function flag(file: string, flags: string): void {
  const [folder, name = ''] = [join(file, '..', '..'), file.split('/').at(-1)]
  renameSync(file, join(folder, 'cur', `${name.replace(/:2,.*$/, '')}:2,${flags}`))
}

function newMaildir(folder: string): string {
  for (const part of ['new', 'cur', 'tmp']) mkdirSync(join(folder, part), { recursive: true })
  return folder
}

function configFile(t: TestContext, text: string): string {
  const file = join(newFolder(t), 'rc')
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

describe('mbsync', { skip: mbsync ? false : 'no mbsync here' }, () => {
  const skip = noScram ? 'no SCRAM for Cyrus SASL here' : false
  it('2,000 messages two ways: flags, removals, new ones, on both sides', { skip }, async (t) => {
    const account = await person('isync', 2000)
    const folder = newFolder(t)
    const rc = configFile(
      t,
      `IMAPAccount a
Host 127.0.0.1
Port ${house.port('imap')}
User isync
Pass amplop
SSLType None
AuthMechs SCRAM-SHA-256

IMAPStore far
Account a

MaildirStore near
Path ${folder}/
Inbox ${folder}/INBOX
SubFolders Verbatim

Channel c
Far :far:
Near :near:
Patterns INBOX
Create Both
Expunge Both
SyncState *
`,
    )
    const sync = async () => {
      const { status, stderr } = await run(mbsync!, ['-q', '-c', rc, '-a'])
      assert.equal(status, 0, stderr)
    }
    await sync()
    const inbox = join(folder, 'INBOX')
    assert.equal(files(inbox).length, 2000)
    for (const file of files(inbox).slice(0, 300)) rmSync(file)
    for (const file of files(inbox).slice(0, 500)) flag(file, 'FS')
    for (let n = 0; n < 50; n++)
      writeFileSync(join(inbox, 'new', `1.${n}.b`), `Subject: x${n}\n\nx\n`)
    const ours = { account, mailbox: 'inbox' }
    await rooms.messages.expunge(ours, [[1901, 2000]], false)
    await sync()
    await sync()
    const there = (await counts(account)).INBOX
    assert.equal(there?.messages, files(inbox).length)
    const kept = files(inbox).filter((file) => /:2,F?S$/.test(file)).length
    assert.equal((there?.messages ?? 0) - (there?.unseen ?? 0), kept)
    const seen = new Set(files(inbox))
    await sync()
    assert.deepEqual(new Set(files(inbox)), seen, 'nothing is left to do')
    assert.ok(seen.size >= 1650 && seen.size <= 1750, `${seen.size} messages`)
  })
})

describe('offlineimap3', { skip: offlineimap ? false : 'no offlineimap3 here' }, () => {
  it('two ways: flags, removals and new messages', async (t) => {
    const account = await person('offline', 30)
    const folder = newFolder(t)
    const rc = configFile(
      t,
      `[general]
accounts = a
metadata = ${folder}/meta
ui = basic
[Account a]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = ${folder}/mail
[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = ${house.port('imap')}
remoteuser = offline
remotepass = amplop
ssl = no
starttls = no
auth_mechanisms = LOGIN
folderfilter = lambda name: name == 'INBOX'
`,
    )
    const sync = async () => {
      const { status, stdout, stderr } = await run(offlineimap!, ['-c', rc, '-o', '-u', 'basic'])
      assert.equal(status, 0, stdout + stderr)
    }
    await sync()
    const inbox = join(folder, 'mail', 'INBOX')
    assert.equal(files(inbox).length, 30)
    const [gone = '', seen = ''] = files(inbox)
    rmSync(gone)
    flag(seen, 'S')
    writeFileSync(join(inbox, 'new', '1.a.b'), 'Subject: new\n\nx\n')
    await sync()
    const { messages, unseen } = (await counts(account)).INBOX ?? assert.fail('an INBOX')
    assert.equal(messages, 30)
    assert.ok(unseen <= 29, `${unseen} unseen`)
    await sync()
    assert.equal(files(inbox).length, 30)
  })
})

describe('getmail6', { skip: getmail ? false : 'no getmail6 here' }, () => {
  it('leaves mail, fetches only what is new, then takes it', async (t) => {
    const account = await person('getmail', 5)
    const maildir = newMaildir(newFolder(t))
    const rc = (remove: boolean) =>
      configFile(
        t,
        `[retriever]
type = SimpleIMAPRetriever
server = 127.0.0.1
port = ${house.port('imap')}
username = getmail
password = amplop
mailboxes = ("INBOX",)
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
`,
      )
    const fetch = (remove: boolean) =>
      run(getmail!, [`--rcfile=${rc(remove)}`, `--getmaildir=${maildir}`])
    for (const _ of ['first', 'nothing new']) {
      const { status, stdout, stderr } = await fetch(false)
      assert.equal(status, 0, stdout + stderr)
      assert.equal(files(maildir).length, 5)
    }
    assert.equal((await fetch(true)).status, 0)
    assert.equal((await counts(account)).INBOX?.messages, 0)
  })
})

describe('fetchmail', { skip: fetchmail ? false : 'no fetchmail here' }, () => {
  it('hands fetched mail on by SMTP, keeps what it is told, takes the rest', async (t) => {
    const account = await person('fetchmail', 5)
    const before = (await house.inbox('iqbal')).length
    const rc = configFile(
      t,
      `set no bouncemail
poll 127.0.0.1 port ${house.port('imap')} protocol IMAP:
  user fetchmail password amplop is iqbal@example.com here
  smtphost 127.0.0.1/${house.port('smtp')} smtpname iqbal@example.com sslproto ''
`,
    )
    const folder = newFolder(t)
    const args = ['-f', rc, '-i', join(folder, 'ids'), '--pidfile', join(folder, 'pid'), '-v']
    const kept = await run(fetchmail!, [...args, '--keep'])
    assert.equal(kept.status, 0, kept.stdout + kept.stderr)
    assert.equal((await counts(account)).INBOX?.messages, 5)
    assert.equal((await house.inbox('iqbal')).length, before + 5)
    const all = await run(fetchmail!, [...args, '--all', '--nokeep'])
    assert.equal(all.status, 0, all.stdout + all.stderr)
    assert.equal((await counts(account)).INBOX?.messages, 0)
  })
})

const noNeomutt = neomutt && script ? false : 'no neomutt, or no terminal for it, here'

describe('neomutt', { skip: noNeomutt }, () => {
  it('in a terminal: searches, tags, flags, moves and removes', async (t) => {
    const account = await person('neomutt', 20)
    const folder = newFolder(t)
    const home = `imap://neomutt@127.0.0.1:${house.port('imap')}`
    const rc = configFile(
      t,
      `set imap_user = neomutt
set imap_pass = amplop
set imap_authenticators = "plain:login"
set ssl_starttls = no
set ssl_force_tls = no
set folder = "${home}/"
set spoolfile = "${home}/INBOX"
set confirmcreate = no
set confirmappend = no
set delete = yes
set quit = yes
set move = no
set wait_key = no
set header_cache = "${folder}/headers"
set message_cachedir = "${folder}/bodies"
push "<tag-pattern>~s '^1[0-9]$'<enter><tag-prefix><save-message>=Work<enter><untag-pattern>.<enter>\
<limit>~s '^7$'<enter><flag-message><limit>.<enter><delete-pattern>~s '^8$'<enter><sync-mailbox><quit>"
`,
    )
    const { status, stdout } = await run(script!, [
      ...['-qefc', `TERM=xterm HOME=${folder} ${neomutt} -n -F ${rc}`, '/dev/null'],
    ])
    assert.equal(status, 0, stdout)
    const { INBOX, Work } = await counts(account)
    assert.equal(Work?.messages, 10)
    assert.equal(INBOX?.messages, 9)
    const names = await rooms.messages.flagNames(account)
    const flagged = (await rooms.mailboxes.messages(account, 'inbox', { limit: 20 })).filter(
      ({ flags, more }) => [...names.of(flags, more)].includes('\\Flagged'),
    )
    assert.equal(flagged.length, 1)
  })
})
