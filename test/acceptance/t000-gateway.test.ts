// Source A's forwarder: JSON objects on a TCP socket, its exact answers, and what becomes of them.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { classic } from '../support/classic-client.ts'
import type { House } from '../support/house.ts'
import {
  captured,
  cardsOf,
  domain,
  forwarder,
  kelompok,
  ketua,
  sent,
  takenBy,
} from '../support/kelompok.ts'
import { freePorts } from '../support/places.ts'
import { readMail } from '../support/read-mail.ts'

const prefix = 'Error sending email via SMTP error message: '
const letter = { sender: ketua, recipient: `tito@${domain}`, subject: 'subjek', body: 'isi' }

function objectOf(more: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...letter, ...more })
}

async function bodiesOf(house: House, name: string): Promise<string[]> {
  return (await house.inbox(name)).map((bytes) => readMail(bytes).body)
}

test('T000-02 the next hop is down: refused is said with its number, within 5 s', async (t) => {
  const [closed = 0] = await freePorts(1)
  const house = await forwarder(t, closed)
  const heard = await classic(house.port('gateway'), captured)
  assert.equal(heard.text, `${prefix}[Errno 111] Connection refused`)
  assert.ok(heard.ended)
  assert.ok(heard.ms < 5000, `${heard.ms} ms`)
})

test('T000-03 the 116 captured bytes, write side left open: 33 bytes, then FIN', async (t) => {
  assert.equal(Buffer.byteLength(captured), 116)
  const house = await kelompok(t)
  const { text, ended, ms } = await classic(house.port('gateway'), captured)
  assert.equal(text, 'Email successfully sent via SMTP.')
  assert.equal(Buffer.byteLength(text), 33)
  assert.ok(ended, 'the server ended its side')
  assert.ok(ms < 1000, `${ms} ms`)
  const [mail] = (await takenBy(house)).map(readMail)
  assert.ok(mail)
  assert.equal(mail.body, 'rararrrwwrrrr\n')
  assert.equal(mail.subject, 'wireshakrkk')
  assert.equal(mail.field('From'), ketua)
  assert.equal(mail.field('To'), 'wireshark@rarww.com')
  assert.match(mail.field('Message-ID'), /^<[^<>@ ]+@[^<>@ ]+>$/)
  assert.ok(Math.abs(Date.parse(mail.field('Date')) - Date.now()) < 60_000)
})

test('T000-03 the same by way of a forwarder and SMTP', async (t) => {
  const house = await kelompok(t)
  const { port } = await forwarder(t, house.port('smtp'))
  const { text, ended, ms } = await classic(port('gateway'), captured)
  assert.deepEqual([text, ended], [sent, true])
  assert.ok(ms < 1000, `${ms} ms`)
  const [mail] = (await takenBy(house)).map(readMail)
  assert.equal(mail?.body, 'rararrrwwrrrr\n')
  assert.deepEqual(
    (await cardsOf(house)).map(({ from, via }) => [from, via]),
    [[ketua, 'smtp']],
  )
})

test('T000-07 2,081 bytes, 200 kB, single bytes, and a cut inside a character', async (t) => {
  const house = await kelompok(t)
  const port = house.port('gateway')
  const long = JSON.stringify({
    sender: 'ann@x.com',
    recipient: `tito@${domain}`,
    subject: 'big',
    body: 'x'.repeat(2000),
  })
  assert.equal(Buffer.byteLength(long), 2081)
  const large = `${'ñandú ✓ '.repeat(18_000)}end`
  const small = 'Hola ñandú ✓'
  const bytes = Buffer.from(objectOf({ body: small }))
  const cut = bytes.indexOf(Buffer.from('✓')) + 1
  for (const parts of [
    [long],
    [objectOf({ body: large })],
    [...bytes].map((byte) => Buffer.of(byte)),
    [bytes.subarray(0, cut), bytes.subarray(cut)],
  ])
    assert.equal((await classic(port, ...parts)).text, sent)
  assert.ok(Buffer.byteLength(large) > 200_000)
  assert.deepEqual(await bodiesOf(house, 'tito'), [
    `${'x'.repeat(2000)}\n`,
    `${large}\n`,
    `${small}\n`,
    `${small}\n`,
  ])
})

test('T000-08 apostrophes and quotes stay as they are; a Python dict is taken too', async (t) => {
  const house = await kelompok(t)
  const body = `it's "ok" — don't {break}`
  const head = `'sender': '${ketua}', 'recipient': 'tito@${domain}', 'subject': "it's"`
  for (const object of [
    objectOf({ body }),
    `{${head}, 'body': 'it\\'s "ok" — don\\'t {break}'}`,
    `{${head}, 'body': "it's — don't {break}"}`,
  ])
    assert.equal((await classic(house.port('gateway'), object)).text, sent)
  const plain = "it's — don't {break}"
  assert.deepEqual(await bodiesOf(house, 'tito'), [`${body}\n`, `${body}\n`, `${plain}\n`])
  assert.deepEqual(
    (await cardsOf(house)).map(({ subject, text }) => [subject, text]),
    [
      ["it's", plain],
      ["it's", body],
      ['subjek', body],
    ],
  )
})

const notMessages: readonly [what: string, text: string, why: RegExp][] = [
  ['{not json', '{not json', /JSON/],
  ['a list', '[]', /JSON/],
  ['no recipient', JSON.stringify({ ...letter, recipient: undefined }), /recipient is missing/],
  ['a number as body', objectOf({ body: 7 }), /body must be a string/],
  ['11 MB', objectOf({ body: 'x'.repeat(11_000_000) }), /larger than 10485760 bytes/],
]

test('T000-09 what is no message: told why, closed, nothing stored, and life goes on', async (t) => {
  const house = await kelompok(t)
  const port = house.port('gateway')
  for (const [what, text, why] of notMessages) {
    const heard = await classic(port, text)
    assert.match(heard.text, /^Failed to forward email: ./, what)
    assert.match(heard.text, why, what)
    assert.ok(Buffer.byteLength(heard.text) < 1024, what)
  }
  assert.match(await endedAtOnce(port), /^Failed to forward email: ./)
  assert.deepEqual(await takenBy(house), [])
  assert.equal((await classic(port, captured)).text, sent)
  assert.equal((await takenBy(house)).length, 1)
})

/** What a client hears that ends its side without a word. */
function endedAtOnce(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = ''
    connect(port, '127.0.0.1')
      .setEncoding('utf8')
      .on('data', (part) => {
        heard += part
      })
      .on('end', () => resolve(heard))
      .on('error', reject)
      .end()
  })
}

test('T000-10 two recipients, as a list with commas and as an array: both get it', async (t) => {
  const house = await kelompok(t)
  const relay = await forwarder(t, house.port('smtp'))
  for (const recipient of ['a@x.com, b@x.com', ['a@x.com', 'b@x.com']])
    for (const way of [house, relay])
      assert.equal((await classic(way.port('gateway'), objectOf({ recipient }))).text, sent)
  const local = objectOf({ recipient: `tito@${domain}, iqbal@${domain}` })
  assert.equal((await classic(house.port('gateway'), local)).text, sent)
  const cards = await cardsOf(house)
  assert.equal(cards.length, 5)
  for (const { recipients } of cards.slice(1))
    assert.deepEqual(
      recipients.map(({ address, code, place }) => [address, code, place]),
      [
        ['a@x.com', 250, 'sink'],
        ['b@x.com', 250, 'sink'],
      ],
    )
  for (const name of ['tito', 'iqbal']) assert.deepEqual(await bodiesOf(house, name), ['isi\n'])
})

test('T000-11 non-ASCII text: encoded by the book in the mail, decoded on the board', async (t) => {
  const house = await kelompok(t)
  const subject = 'héllo ✓'.repeat(40)
  const body = 'Hola ñandú ✓'
  const heard = await classic(house.port('gateway'), objectOf({ subject, body }))
  assert.equal(heard.text, sent)
  const [bytes] = await house.inbox('tito')
  assert.ok(bytes)
  const raw = bytes.toString('latin1')
  assert.doesNotMatch(raw, /[^\x00-\x7f]/)
  const folded = /^Subject:.*\r\n(?:[ \t].*\r\n)+/m.exec(raw)?.[0] ?? ''
  assert.match(folded, /^Subject:\s+=\?UTF-8\?[BQ]\?/i)
  for (const line of folded.split('\r\n')) assert.ok(line.length <= 76, line)
  for (const [word] of folded.matchAll(/=\?.*?\?=/g)) assert.ok(word.length <= 75, word)
  assert.match(raw, /^Content-Transfer-Encoding: (?:quoted-printable|base64)\r$/im)
  const mail = readMail(bytes)
  assert.equal(mail.subject, subject)
  assert.equal(mail.body, `${body}\n`)
  const [card] = await cardsOf(house)
  assert.deepEqual([card?.subject, card?.text.trimEnd()], [subject, body])
})

test('T000-12 a line break in the subject does not become a header field', async (t) => {
  const house = await kelompok(t)
  const relay = await forwarder(t, house.port('smtp'))
  for (const way of [house, relay])
    for (const subject of ['a\nBcc: evil@x.com', 'a\r\nBcc: evil@x.com', 'a\rBcc: evil@x.com']) {
      const { text } = await classic(way.port('gateway'), objectOf({ subject }))
      assert.match(text, /^Failed to forward email: subject/)
    }
  assert.deepEqual(await takenBy(house), [])
  const fields = [{ sender: `${ketua}\nBcc: evil@x.com` }, { recipient: 'a@x.com\nb@x.com' }]
  for (const more of fields)
    assert.match((await classic(house.port('gateway'), objectOf(more))).text, /^Failed to forward/)
  assert.deepEqual(await takenBy(house), [])
})

test('T000-13 who is refused hears the real code and text, here and by a forwarder', async (t) => {
  const house = await kelompok(t)
  const strict = await kelompok(t, (settings) => ({
    ...settings,
    smtp: { ...settings.smtp, lenient: false },
  }))
  const refused = async (way: House, recipient: string) => {
    const { text, ended } = await classic(way.port('gateway'), objectOf({ recipient }))
    assert.ok(ended)
    assert.doesNotMatch(text, /\b500\b|unrecognized/)
    return text
  }
  assert.equal(await refused(house, 'halo'), `${prefix}550 5.1.1 No such user here`)
  assert.equal(await refused(house, `halo@${domain}`), `${prefix}550 5.1.1 No such user here`)
  const toLenient = await forwarder(t, house.port('smtp'))
  const toStrict = await forwarder(t, strict.port('smtp'))
  const byHop = await refused(toLenient, `halo@${domain}`)
  assert.equal(byHop, `${prefix}550 5.1.1 No such user here`)
  assert.match(
    await refused(toStrict, 'halo'),
    /^Error sending .* message: 501 5\.1\.3 Bad address/,
  )
  assert.deepEqual(await takenBy(house), [])
})

test('T000-25 half an object, or none: told and closed at the idle time', async (t) => {
  const house = await kelompok(t, (settings) => ({
    ...settings,
    gateway: { ...settings.gateway, idle_timeout_ms: 300 },
  }))
  const half = await classic(house.port('gateway'), captured.slice(0, 58))
  assert.match(half.text, /^Failed to forward email: timed out/)
  const none = await classic(house.port('gateway'))
  assert.match(none.text, /^Failed to forward email: timed out/)
  for (const { ended, ms } of [half, none]) {
    assert.ok(ended)
    assert.ok(ms >= 300 && ms < 5000, `${ms} ms`)
  }
  assert.deepEqual(await takenBy(house), [])
})

test('T000-25 an object that comes slowly and steadily is not cut at the idle time', async (t) => {
  const house = await kelompok(t, (settings) => ({
    ...settings,
    gateway: { ...settings.gateway, idle_timeout_ms: 1000 },
  }))
  const socket = connect(house.port('gateway'), '127.0.0.1').setNoDelay(true)
  let heard = ''
  socket.setEncoding('utf8').on('data', (part) => {
    heard += part
  })
  // Three times the idle time in all, no more than a quarter of it between two parts.
  const parts = captured.match(/.{1,10}/g) ?? []
  const drip = setInterval(() => socket.write(parts.shift() ?? ''), 250)
  await new Promise((resolve) => socket.once('end', resolve))
  clearInterval(drip)
  assert.equal(heard, sent)
})

test('T000-31 200 clients at once: each is answered, each message is itself', async (t) => {
  const house = await kelompok(t)
  const port = house.port('gateway')
  const numbers = Array.from({ length: 200 }, (_, n) => n)
  const answers = await Promise.all(
    numbers.map((n) =>
      classic(
        port,
        objectOf({
          sender: `ketua${n}@kelompoksatu.com`,
          recipient: n % 2 === 0 ? `tito@${domain}` : `halo${n}@halo.com`,
          subject: `subjek ${n}`,
          body: `isi ${n} ${'x'.repeat(n * 10)}.`,
        }),
      ),
    ),
  )
  assert.ok(answers.every(({ text, ended }) => ended && text === sent))
  const seen = (await takenBy(house)).map(readMail).map((mail) => {
    const n = Number(mail.subject.replace('subjek ', ''))
    assert.equal(mail.body, `isi ${n} ${'x'.repeat(n * 10)}.\n`)
    assert.equal(mail.field('From'), `ketua${n}@kelompoksatu.com`)
    assert.equal(mail.field('To'), n % 2 === 0 ? `tito@${domain}` : `halo${n}@halo.com`)
    return n
  })
  assert.deepEqual(
    seen.toSorted((a, b) => a - b),
    numbers,
  )
  const cards = await cardsOf(house)
  assert.equal(new Set(cards.map(({ subject }) => subject)).size, 200)
  for (const { subject, from, text } of cards) {
    const n = subject.replace('subjek ', '')
    assert.equal(from, `ketua${n}@kelompoksatu.com`)
    assert.match(text, new RegExp(`^isi ${n} x*\\.?$`))
  }
})
