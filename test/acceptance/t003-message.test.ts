// What is in a message, how large it is, and where it ends: none of it moves anything else.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { newFolder } from '../support/places.ts'
import { codes, inData, openSmtpd } from '../support/smtpd.ts'

const outside = newFolder({ after })
const folder = join(outside, 'data')
const server = await openSmtpd({ after }, { folder })
const { client, news } = server

/** Every path below the folder that the data folder lies in. */
function paths(): string[] {
  return readdirSync(outside, { recursive: true }).map(String)
}

it('T003-04 five recipients, one message: the same bytes, and nobody sees the others', async () => {
  const player = await client()
  const users = ['r1', 'r2', 'r3', 'r4', 'r5']
  const lines = ['EHLO user', 'MAIL FROM: user@smtpd.com', ...users.map((r) => `RCPT TO: ${r}`)]
  assert.deepEqual(await codes(player, lines), [250, 250, 250, 250, 250, 250, 250])
  assert.match(await player.ask('DATA'), /^354 /)
  const text = 'Subject: to all\r\n\r\nContenido\r\n'
  assert.match(await player.ask(`${text}.`), /^250 /)
  for (const user of users) {
    const [letter, ...more] = await news(user)
    assert.equal(`${letter?.body}`, text)
    for (const other of users)
      assert.ok(!letter?.prefix.includes(`${other}@`), `${user} sees ${other}`)
    assert.equal(more.length, 0)
  }
})

it('T003-20 a subject names no file, whatever is in it', async () => {
  const before = paths()
  const subjects = ['a/b', '../../x', '/etc/evil', 'x'.repeat(5000), 'nul\0nul', '%00%2e%2e', '..']
  for (const subject of subjects) {
    const text = `Subject: ${subject}\r\n\r\ntext\r\n`
    const player = await inData(server, 'rcpt')
    assert.match(await player.ask(`${text}.`), /^250 /, subject.slice(0, 20))
    assert.deepEqual(
      (await news('rcpt')).map(({ body }) => `${body}`),
      [text],
    )
  }
  assert.deepEqual(named(paths()), named(before))
})

it('T003-21 a recipient names no file: what is no address is refused', async () => {
  const before = paths()
  const player = await client()
  await codes(player, ['EHLO user', 'MAIL FROM:<user@smtpd.com>'])
  const bad = [
    ' ../../evil',
    '<a/b@smtpd.com>',
    '<.>',
    ' .',
    '<..>',
    ' ..',
    '<../../evil@smtpd.com>',
    `<${'x'.repeat(300)}@smtpd.com>`,
    '<%00@smtpd.com>',
    '<\0@smtpd.com>',
    ' %00',
    '<rcpt\0@smtpd.com>',
    '<"../../evil"@smtpd.com>',
  ]
  for (const path of bad) assert.match(await player.ask(`RCPT TO:${path}`), /^5\d\d /, path)
  assert.match(await player.ask('DATA'), /^(503|554) /)
  assert.match(await player.ask('RCPT TO:<rcpt@smtpd.com>'), /^250 /)
  assert.deepEqual(named(paths()), named(before))
})

/** What a message could have made: all but the segments of the store, which grow in number. */
function named(all: readonly string[]): string[] {
  return all.filter((path) => !/blobs[\\/]\d{10}\.seg$/.test(path)).sort()
}

const sizeMaxBytes = 10_485_760

for (const size of [4_095, 4_096, 4_097, 1_048_576, 10_000_000, sizeMaxBytes - 12]) {
  it(`T003-22 a body of ${size} bytes is stored as it was sent`, async () => {
    const text = `Subject: x\r\n\r\n${bodyOf(size)}`.slice(size === sizeMaxBytes - 12 ? 2 : 0)
    const player = await inData(server, 'rcpt')
    await player.write(stuffed(text))
    assert.match(await player.ask('.'), /^250 /)
    const [letter] = await news('rcpt')
    assert.equal(letter?.body.length, text.length)
    assert.equal(hash(letter?.body ?? ''), hash(text))
  })
}

it('T003-22 one byte more than SIZE allows is refused, the session goes on', async () => {
  const player = await inData(server, 'rcpt')
  await player.write(stuffed(bodyOf(sizeMaxBytes + 1)))
  assert.match(await player.ask('.'), /^552 5\.3\.4 /)
  assert.deepEqual(await codes(player, ['NOOP', 'MAIL FROM:<a@b.cc> SIZE=10485761']), [250, 552])
  assert.equal((await news('rcpt')).length, 0)
})

/** Lines of many lengths, some beginning with a dot; ASCII, ended by CRLF. */
function bodyOf(size: number): string {
  const lines = Array.from(
    { length: 97 },
    (_, n) => `${n % 5 === 0 ? '.' : ''}${'y'.repeat(n)}\r\n`,
  )
  const block = lines.join('')
  const body = block.repeat(Math.ceil(size / block.length)).slice(0, size - 2)
  return `${body.endsWith('\r') ? `${body.slice(0, -1)}z` : body}\r\n`
}

/** RFC 5321 §4.5.2 */
function stuffed(text: string): string {
  return text.replace(/^\./, '..').replaceAll('\r\n.', '\r\n..')
}

function hash(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex')
}

it('T003-24 commands that end in a bare LF are answered', async () => {
  const player = await client()
  for (const line of ['EHLO user', 'NOOP', 'MAIL FROM: user@smtpd.com', 'RCPT TO: rcpt', 'RSET']) {
    await player.write(`${line}\n`)
    assert.match(await player.reply(), /^250/, line)
  }
})

const lineEnds = ['\n', '\r', '\r\n', '\r\r\n', '\n\r', '\r\n\0', '']
const ends = lineEnds.flatMap((before) =>
  ['.', '..', '. ', '\0.'].flatMap((dot) => lineEnds.map((behind) => before + dot + behind)),
)

for (const feed of ['in one segment', 'byte by byte'] as const) {
  it(`T003-24 only CRLF . CRLF ends DATA: nothing is smuggled behind others, ${feed}`, async () => {
    const smuggled = 'MAIL FROM:<eve@evil.example>\r\nRCPT TO:<user2@smtpd.com>\r\nDATA\r\nforged'
    const player = await client()
    await player.ask('EHLO user')
    const envelope = ['MAIL FROM:<user@smtpd.com>', 'RCPT TO:<rcpt@smtpd.com>', 'DATA']
    for (const end of ends.filter((each) => !each.includes('\r\n.\r\n'))) {
      const name = JSON.stringify(end)
      assert.deepEqual(await codes(player, envelope), [250, 250, 354], name)
      if (feed === 'in one segment') await player.write(`text${end}${smuggled}`)
      else for (const part of ['text', ...end, smuggled]) await player.write(part)
      const reply = await player.ask('\r\n.')
      assert.match(reply, /^(250|550) /, name)
      assert.match(await player.ask('NOOP'), /^250 2\.0\.0 OK$/, `${name}: one reply, no more`)
      const stored = await news('rcpt')
      assert.equal(stored.length, reply.startsWith('250') ? 1 : 0, name)
      for (const { body } of stored) assert.match(`${body}`, /MAIL FROM:<eve@/, name)
      assert.deepEqual(await news('user2'), [], name)
    }
  })
}
