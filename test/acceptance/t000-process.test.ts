// What only shows in a process of its own: that it may be killed, and how large it grows.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Card } from '../../src/protocols/board/card.ts'
import type { Player } from '../../src/wire/testing/transcript.ts'
import { classic } from '../support/classic-client.ts'
import { openHouse } from '../support/house.ts'
import { domain, ketua, sent } from '../support/kelompok.ts'
import { readMail } from '../support/read-mail.ts'
import { peopled, type Served, serve } from '../support/served.ts'

const envelope = ['EHLO x', `MAIL FROM:<${ketua}>`, `RCPT TO:<tito@${domain}>`, 'DATA']

async function sendBySmtp(server: Served, text: string): Promise<void> {
  const client = await server.smtp()
  for (const line of envelope) await client.ask(line)
  assert.match(await client.ask(`${text}.`), /^250 /)
}

async function sendByGateway({ port }: Served, subject: string): Promise<void> {
  const letter = { sender: ketua, recipient: `tito@${domain}`, subject, body: 'isi' }
  assert.equal((await classic(port.gateway, JSON.stringify(letter))).text, sent)
}

test('T000-19 killed right after its 250: the message is there, once', async (t) => {
  const folder = await peopled(t)
  const subjects: string[] = []
  for (let n = 0; n < 3; n++) {
    for (const send of [
      (server: Served) => sendBySmtp(server, `Subject: smtp ${n}\r\n\r\nisi\r\n`),
      (server: Served) => sendByGateway(server, `gateway ${n}`),
    ]) {
      const server = await serve(t, folder)
      await send(server)
      assert.equal(await server.running.stop('SIGKILL'), 'SIGKILL')
    }
    subjects.push(`smtp ${n}`, `gateway ${n}`)
  }
  const server = await serve(t, folder)
  const answer = await fetch(`http://127.0.0.1:${server.port.http}/board/messages`)
  const { cards } = (await answer.json()) as { cards: Card[] }
  assert.deepEqual(
    cards.map(({ subject }) => subject),
    subjects.toReversed(),
  )
  assert.equal(await server.running.stop(), 0)
  const house = await openHouse(t, { folder, domain })
  const mails = (await house.inbox('tito')).map(readMail)
  assert.deepEqual(
    mails.map(({ subject, body }) => [subject, body.trimEnd()]),
    subjects.map((subject) => [subject, 'isi']),
  )
})

const sizeMaxBytes = 10_485_760
const linux = process.platform === 'linux'
const noProc = linux ? false : 'no /proc to read the size of a process from'

test('T000-23 too large a SIZE is refused at MAIL, too large a text after its dot', {
  skip: noProc,
}, async (t) => {
  const folder = await peopled(t)
  const server = await serve(t, folder)
  const client = await server.smtp()
  await client.ask('EHLO x')
  assert.match(await client.ask(`MAIL FROM:<a@b.c> SIZE=${sizeMaxBytes + 1}`), /^552 5\.3\.4 /)
  assert.match(await client.ask(`MAIL FROM:<a@b.c> SIZE=${sizeMaxBytes}`), /^250 /)
  await client.ask('RSET')
  await sendBySmtp(server, 'Subject: warm\r\n\r\nup\r\n')
  const before = peakKiB(server)
  assert.equal(await codeFor(client, sizeMaxBytes), '250')
  assert.equal(await codeFor(client, sizeMaxBytes + 1), '552')
  // Held in memory, these four would be 240 MiB.
  const crowd = await Promise.all([1, 2, 3, 4].map(() => server.smtp()))
  const codes = crowd.map(async (one) => {
    await one.ask('EHLO x')
    const code = await codeFor(one, 6 * sizeMaxBytes)
    one.end()
    return code
  })
  assert.deepEqual(await Promise.all(codes), ['552', '552', '552', '552'])
  const grownKiB = peakKiB(server) - before
  assert.ok(grownKiB < 160 * 1024, `${grownKiB} KiB more at its peak`)
  for (const command of envelope.slice(1)) await client.ask(command)
  assert.match(await client.ask('Subject: after\r\n\r\nall\r\n.'), /^250 /)
  assert.match(await client.ask('QUIT'), /^221 /)
  assert.equal(await server.running.stop(), 0)
  const house = await openHouse(t, { folder, domain })
  const sizes = (await house.inbox('tito')).map(({ length }) => length)
  const small = ['Subject: warm\r\n\r\nup\r\n', 'Subject: after\r\n\r\nall\r\n']
  assert.deepEqual(sizes, [small[0]?.length, sizeMaxBytes, small[1]?.length])
})

const chunk = Buffer.from(`${'x'.repeat(1022)}\r\n`.repeat(256))

/** What a text of so many bytes is answered with. */
async function codeFor(client: Player, size: number): Promise<string> {
  for (const command of envelope.slice(1)) await client.ask(command)
  let left = size
  for (; left > 2 * chunk.length; left -= chunk.length) await client.write(chunk)
  await client.write(`${'y'.repeat(left - 2)}\r\n`)
  return (await client.ask('.')).slice(0, 3)
}

/** The most memory that the process ever had, in KiB. */
function peakKiB({ running }: Served): number {
  const status = readFileSync(`/proc/${running.child.pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1])
}
