// Programs of other people read mail: what they find is what there is, byte for byte.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { newFolder } from '../../src/store/testing/places.ts'
import { program } from '../support/debian.ts'
import { run } from '../support/foreign.ts'
import { openHouse } from '../support/house.ts'

const house = await openHouse({ after })
const rooms = house.started.rooms ?? assert.fail('a house with rooms')
const [python, curl, mbsync] = await Promise.all([
  program('python3'),
  program('curl'),
  program('mbsync', 'isync'),
])

/** An account of its own, with the password of the house. */
async function person(name: string): Promise<string> {
  await rooms.accounts.addAccount(`${name}@example.com`, 'amplop')
  return name
}

describe("Python's imaplib", { skip: python ? false : 'no Python here' }, () => {
  const script = fileURLToPath(new URL('./imaplib-client.py', import.meta.url))
  const ways = { none: 'imap', starttls: 'imap', tls: 'imaps' } as const
  for (const [tls, service] of Object.entries(ways))
    it(`T002-06 T002-07 T002-08 login, mailboxes, search, flags and expunge: ${tls}`, async () => {
      const user = await person(`python-${tls}`)
      const told = { host: '127.0.0.1', port: house.port(service), tls, user, password: 'amplop' }
      const { status, stdout, stderr } = await run(python!, [script, JSON.stringify(told)], '')
      assert.equal(status, 0, stderr)
      const said = JSON.parse(stdout) as Record<string, unknown>
      for (const name of ['INBOX', 'Sent', 'Drafts', 'Trash'])
        assert.match(`${said.list}`, new RegExp(`"/" ${name}`))
      assert.match(`${said.list}`, /\\Sent.*\\Trash/)
      const { list: _, ...rest } = said
      assert.deepEqual(rest, {
        ...{ select: '1', found: '1', none: '', fetched: true, expunged: '1', left: '0' },
        work: 'Work (MESSAGES 1)',
      })
    })
})

describe('curl', { skip: curl ? false : 'no curl here' }, () => {
  it('T002-04 what it uploads it reads back, in every way in', async (t) => {
    const user = await person('curl')
    const text = 'Subject: curl\r\n\r\n.\r\n..\r\nlast \xe9\r\n'
    const url = `imap://127.0.0.1:${house.port('imap')}/INBOX`
    const login = ['-sS', '--user', `${user}:amplop`]
    const file = join(newFolder(t), 'letter')
    writeFileSync(file, text, 'latin1')
    const sent = await run(curl!, [...login, '-T', file, url], '')
    assert.equal(sent.status, 0, sent.stderr)
    const secure = `imaps://127.0.0.1:${house.port('imaps')}/INBOX`
    const ways = [[url], ['--ssl-reqd', '-k', url], ['-k', secure]]
    for (const way of ways) {
      const at = [...way.slice(0, -1), `${way.at(-1)};UID=1`]
      const read = await run(curl!, [...login, ...at], '')
      assert.equal(read.status, 0, read.stderr)
      assert.equal(read.stdout, Buffer.from(text, 'latin1').toString('utf8'))
    }
  })
})

describe('mbsync', { skip: mbsync ? false : 'no mbsync here' }, () => {
  it('two ways: messages, flags, deletions and mailboxes, until nothing is left to do', async (t) => {
    const user = await person('mbsync')
    const { id: account } = await rooms.accounts.show(`${user}@example.com`)
    for (let n = 0; n < 20; n++) await put(account, `Subject: ${n}\r\n\r\n${n}\r\n`)
    const folder = newFolder(t)
    const file = join(folder, 'rc')
    writeFileSync(file, settings(folder, user))
    const sync = async () => {
      const { status, stderr } = await run(mbsync!, ['-q', '-c', file, '-a'], '')
      assert.equal(status, 0, stderr)
    }
    await sync()
    const inbox = join(folder, 'INBOX', 'cur')
    const fresh = join(folder, 'INBOX', 'new')
    const files = () => [
      ...readdirSync(inbox).map((name) => join(inbox, name)),
      ...readdirSync(fresh).map((name) => join(fresh, name)),
    ]
    assert.equal(files().length, 20)
    const [gone = '', flagged = ''] = files()
    assert.match(readFileSync(flagged, 'utf8'), /^X-TUID|^Subject: \d+/m)
    rmSync(gone)
    const name =
      flagged
        .split('/')
        .at(-1)
        ?.replace(/:2,.*$/, '') ?? ''
    renameSync(flagged, join(inbox, `${name}:2,FS`))
    for (const part of ['cur', 'new', 'tmp'])
      mkdirSync(join(folder, 'New', part), { recursive: true })
    writeFileSync(join(folder, 'New', 'new', '1.a.b'), 'Subject: new\n\nx\n')
    await sync()
    await sync()
    const boxes = await rooms.mailboxes.list(account)
    const counts = Object.fromEntries(boxes.map((box) => [box.name, box.messages]))
    assert.equal(counts.INBOX, 19)
    assert.equal(counts.New, 1)
    assert.equal(boxes.find((box) => box.name === 'INBOX')?.unseen, 18)
  })

  async function put(account: string, text: string): Promise<void> {
    const letter = rooms.messages.letter(1 << 20)
    await letter.write(Buffer.from(text))
    const entries = [{ letter: await letter.seal() }]
    await rooms.messages.append({ account, mailbox: 'inbox' }, entries)
  }

  function settings(folder: string, user: string): string {
    return `IMAPAccount a
Host 127.0.0.1
Port ${house.port('imap')}
User ${user}
Pass amplop
SSLType None
AuthMechs LOGIN

IMAPStore far
Account a

MaildirStore near
Path ${folder}/
Inbox ${folder}/INBOX
SubFolders Verbatim

Channel c
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
`
  }
})
