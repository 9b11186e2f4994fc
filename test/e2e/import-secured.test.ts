// Mail carried in from an IMAP account over TLS: from the first byte, after STARTTLS, and not at all
// where the server is not who it should be; and over a connection that breaks. Once by `amplop import`
// itself, and then by what it calls, for a process each would be most of the time.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, it, type TestContext } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { Door } from '../../src/app/transfer/door.ts'
import { importMail } from '../../src/app/transfer/import-mail.ts'
import { openSource } from '../../src/app/transfer/open-source.ts'
import { selfSigned } from '../../src/wire/self-signed.ts'
import { openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'
import { amplop } from '../support/running.ts'

/** This machine, under a name by which it is not known to be: passwords do not go there in clear. */
const elsewhere = '0.0.0.0'

const folder = newFolder({ after })
const pair = selfSigned(['localhost', '127.0.0.1', elsewhere])
const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
writeFileSync(files.cert, pair.cert)
writeFileSync(files.key, pair.key)
const house = await openHouse(
  { after },
  {
    users: ['ana', 'tito'],
    change: (settings) => ({
      ...settings,
      tls: { ...settings.tls, ...files },
      imap: { ...settings.imap, listen: [{ host: elsewhere, port: 0 }] },
    }),
  },
)
const rooms = house.started.rooms ?? assert.fail('a house with rooms')
const count = 300
const inbox = { account: (await rooms.accounts.show('ana@example.com')).id, mailbox: 'inbox' }
const entries = []
for (let n = 0; n < count; n++) {
  const letter = rooms.messages.letter(1 << 20)
  await letter.write(Buffer.from(`Message-ID: <${n}@x>\r\n\r\n${'text '.repeat(200)}\r\n`))
  entries.push({ letter: await letter.seal(), flags: ['\\Seen'] })
}
await rooms.messages.append(inbox, entries)

interface Way {
  readonly into: string
  readonly trusted?: boolean
}

const known = getCACertificates('default')

/** How many were taken; the last words of whatever went wrong. */
async function imported(url: string, { into, trusted = true }: Way) {
  setDefaultCACertificates(trusted ? [...known, pair.cert] : known)
  const door = new Door(house.started.folder, 'tito@example.com')
  try {
    const source = await openSource(url, 'amplop')
    const { mailboxes, skipped } = await importMail(source, door, { into, progress: () => {} })
    assert.deepEqual(skipped, [])
    return { taken: mailboxes.reduce((sum, { taken }) => sum + taken, 0), why: '' }
  } catch (error) {
    return { taken: 0, why: String(error) }
  } finally {
    door.close()
  }
}

async function messagesIn(mailbox: string): Promise<number | undefined> {
  const { id } = await rooms.accounts.show('tito@example.com')
  return (await rooms.mailboxes.list(id)).find(({ name }) => name === mailbox)?.messages
}

const imap = house.port('imap', elsewhere)
const imaps = house.port('imaps')
for (const [name, url] of [
  ['by name', `imaps://ana@localhost:${imaps}/`],
  ['by address', `imaps://ana@127.0.0.1:${imaps}/`],
  ['after STARTTLS', `imap://ana@${elsewhere}:${imap}/`],
] as const) {
  it(`mail comes over TLS: ${name}`, async () => {
    assert.deepEqual(await imported(url, { into: name }), { taken: count, why: '' })
    assert.equal(await messagesIn(`${name}/INBOX`), count)
  })

  it(`nothing is said to a server that nobody vouches for: ${name}`, async () => {
    const { why } = await imported(url, { into: 'nobody', trusted: false })
    assert.match(why, /self-signed certificate/)
    assert.equal(await messagesIn('nobody/INBOX'), undefined)
  })
}

it('amplop import brings mail over TLS, trusting whom it is told to trust', async (t) => {
  const url = `imaps://ana@localhost:${imaps}/`
  const to = ['tito@example.com', url, '--into', 'told', '--data', house.started.folder]
  const env = { NODE_EXTRA_CA_CERTS: files.cert }
  const running = amplop(t, ['import', ...to, '--password-stdin'], { input: 'amplop\n', env })
  assert.equal(await running.ended, 0, running.output())
  assert.match(running.output(), new RegExp(`taken ${count} messages`))
  assert.equal(await messagesIn('told/INBOX'), count)
})

it('a certificate for another name is none', async (t) => {
  const { port } = await wire(t, { to: imaps, host: '127.0.0.2' })
  const url = `imaps://ana@127.0.0.2:${port}/`
  const { why } = await imported(url, { into: 'nobody' })
  assert.match(why, /127\.0\.0\.2/)
})

it('a server without STARTTLS hears no password, unless it is this machine', async (t) => {
  let heard = ''
  const server = createServer((socket) => {
    socket.on('error', () => {}).write('* OK hello\r\n')
    socket.on('data', (part) => {
      heard += part
      for (const line of `${part}`.trimEnd().split('\r\n'))
        socket.write(`* CAPABILITY IMAP4rev1\r\n${line.split(' ')[0]} OK done\r\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, elsewhere, resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const { why } = await imported(`imap://ana@${elsewhere}:${port}/`, { into: 'none' })
  assert.match(why, /offers no TLS here: use imaps:/)
  assert.doesNotMatch(heard, /LOGIN|AUTHENTICATE|amplop/)
})

it('a connection that breaks again and again brings everything, and nothing twice', async (t) => {
  const { port, broken } = await wire(t, { to: imap, bytesMax: 60_000 })
  const url = `imap://ana@127.0.0.1:${port}/`
  assert.deepEqual(await imported(url, { into: 'broken' }), { taken: count, why: '' })
  assert.equal(await messagesIn('broken/INBOX'), count)
  assert.ok(broken.length > 3, `${broken.length} connections broke`)
})

interface Wire {
  readonly to: number
  readonly host?: string
  /** From there, of one connection. */
  readonly bytesMax?: number
}

/** A wire to a port of loopback that breaks after some bytes; where it begins. */
async function wire(test: TestContext, { to, host = '127.0.0.1', bytesMax = Infinity }: Wire) {
  const ends = new Set<Socket>()
  const broken: number[] = []
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    let left = bytesMax
    far.on('data', (part: Buffer) => {
      near.write(part.subarray(0, left))
      left -= part.length
      if (left > 0) return
      broken.push(left)
      far.destroy()
    })
    near.pipe(far)
    for (const end of [near, far]) ends.add(end.on('error', () => {}))
    far.on('close', () => near.end())
    near.on('close', () => far.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  test.after(() => {
    for (const end of ends) end.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, broken }
}
