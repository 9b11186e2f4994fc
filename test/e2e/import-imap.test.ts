// `amplop import imap://…` from a Dovecot: folders by their use, dates, flags, bytes; again and after
// an interruption only what is missing.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { haveDovecot, startDovecot } from '../support/dovecot.ts'
import { openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'
import { amplop } from '../support/running.ts'

const have = await haveDovecot()

/** A client that waits for the end of each command, and understands nothing. */
class Imap {
  readonly #socket
  #held = ''
  #wake = () => {}
  #tag = 0

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1').setEncoding('latin1')
    this.#socket.on('data', (part) => {
      this.#held += part
      this.#wake()
    })
  }

  async ask(command: string): Promise<void> {
    const tag = `t${++this.#tag}`
    this.#socket.write(`${tag} ${command}\r\n`, 'latin1')
    const end = new RegExp(`^${tag} (.*)\r\n`, 'm')
    while (!end.test(this.#held))
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    const told = end.exec(this.#held)?.[1] ?? ''
    this.#held = ''
    assert.match(told, /^OK/, `${command.slice(0, 60)}: ${told}`)
  }

  append(mailbox: string, flags: string, date: string, text: string): Promise<void> {
    const bytes = Buffer.byteLength(text, 'latin1')
    return this.ask(`APPEND ${mailbox} (${flags}) "${date}" {${bytes}+}\r\n${text}`)
  }

  end(): void {
    this.#socket.destroy()
  }
}

const skip = have ? false : 'Dovecot cannot be run here'

it('an IMAP account is brought in whole, and nothing twice', { skip }, async (t) => {
  const folder = newFolder({ after })
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'dovecot'))
  const dovecot = await startDovecot(join(folder, 'dovecot'))
  t.after(() => dovecot.stop())
  const imap = new Imap(dovecot.imapPort)
  t.after(() => imap.end())
  await imap.ask('LOGIN ana amplop')
  await imap.ask('CREATE Work/&ZeVnLIqe-')
  const date = '17-Jul-2024 02:44:25 +0200'
  const large = `Subject: large\r\n\r\n${'0123456789abcdef'.repeat(65_536)}\r\n`
  for (let n = 1; n <= 450; n++)
    await imap.append('INBOX', n === 1 ? '\\Seen \\Answered $Label' : '', date, letter(n))
  await imap.append('Sent', '\\Seen', date, 'Subject: (sent {3}\r\n\r\n* 1 FETCH (\xe9\r\n')
  await imap.append('Papelera', '\\Deleted', date, large)
  await imap.append('Work/&ZeVnLIqe-', '\\Flagged', date, 'x')

  const house = await openHouse({ after })
  const rooms = house.started.rooms ?? assert.fail('a house with rooms')
  const { id } = await rooms.accounts.show('tito@example.com')
  const url = `imap://ana@127.0.0.1:${dovecot.imapPort}/`
  const data = house.started.folder
  const imported = async (password = 'amplop') => {
    const args = ['import', 'tito@example.com', url, '--password-stdin', '--data', data]
    const running = amplop({ after }, args, { input: `${password}\n` })
    return { status: await running.ended, output: running.output() }
  }

  const first = await imported()
  assert.equal(first.status, 0, first.output)
  assert.match(first.output, /taken 453 messages/)
  const boxes = new Map((await rooms.mailboxes.list(id)).map((box) => [box.name, box]))
  const counts = ['INBOX', 'Sent', 'Trash', 'Work/日本語'].map((name) => boxes.get(name)?.messages)
  assert.deepEqual(counts, [450, 1, 1, 1])
  assert.equal(boxes.has('Papelera'), false)
  const names = await rooms.messages.flagNames(id)
  const [one] = await rooms.mailboxes.messages(id, 'inbox', { limit: 1, before: 2 })
  assert.equal(one?.receivedAt, Date.UTC(2024, 6, 17, 0, 44, 25))
  assert.deepEqual([...names.of(one.flags, one.more)].sort(), ['$Label', '\\Answered', '\\Seen'])
  assert.equal(await text('inbox', 450), letter(450))
  assert.equal(await text('trash', 1), large)
  assert.equal(await text('sent', 1), 'Subject: (sent {3}\r\n\r\n* 1 FETCH (\xe9\r\n')

  const again = await imported()
  assert.match(again.output, /taken 0 messages \(0 B\), 453 were there already/)
  await rooms.messages.expunge({ account: id, mailbox: 'inbox' }, [[7, 9]], false)
  await imap.append('INBOX', '', date, letter(451))
  const third = await imported()
  assert.match(third.output, /taken 4 messages \(\d+ B\), 450 were there already/)

  const wrong = await imported('wrong')
  assert.equal(wrong.status, 1)
  assert.match(wrong.output, /AUTHENTICATE PLAIN: NO/)

  async function text(mailbox: string, uid: number): Promise<string> {
    const open = await rooms.mailboxes.open(id, mailbox, uid)
    const parts: Uint8Array[] = []
    for await (const part of open?.stream() ?? []) parts.push(part)
    return Buffer.concat(parts).toString('latin1')
  }
})

function letter(n: number): string {
  return `Message-ID: <${n}@example.net>\r\nSubject: number ${n}\r\n\r\nbody ${n}\r\n`
}
