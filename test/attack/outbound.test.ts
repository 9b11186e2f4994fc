// What goes out: by our own SMTP client, and through the fields of the gateway. A next hop hears one
// message, its text what was handed in; no field makes a header field, a recipient or a command.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { SmtpClient, smtpClientTimeouts } from '../../src/protocols/smtp/client.ts'
import { openSmtp } from '../../src/protocols/smtp/testing/server.ts'
import { openHouse } from '../support/house.ts'
import { lettersIn } from '../support/letters.ts'
import { attempts, each, endings, forged, seed } from './matrix.ts'

const hop = await openSmtp({ after })
after(() => hop.close())
const house = await openHouse({ after })
const rooms = house.started.rooms ?? assert.fail('a house with rooms')

it('nothing is smuggled out by our own client, however the text is cut', async () => {
  const { port } = hop
  const here = { host: '127.0.0.1', port, tls: 'none', hostname: 'us.example' } as const
  const client = new SmtpClient({ ...here, ...smtpClientTimeouts })
  const from = { local: 'ann', domain: 'example.org' }
  const to = [{ local: 'iqbal', domain: 'example.com' }]
  const stored = (await hop.inbox('iqbal')).length
  let accepted = 0
  const cuts = attempts(endings, 25).flatMap((ending) =>
    [1, 3, 10_000].map((size) => ({ ending, size })),
  )
  await each(cuts, async ({ ending, size }) => {
    const bytes = Buffer.from(`Subject: x\r\n\r\ntext${ending}${forged}`)
    const body = async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    }
    const outcome = await client.send({ from, to, body, size: bytes.length, smtpUtf8: true })
    const code = outcome.recipients[0]?.code ?? 0
    assert.ok(code === 250 || code === 550, JSON.stringify({ ending, size, seed, outcome }))
    if (code === 250) accepted++
  })
  const texts = await hop.inbox('iqbal')
  assert.equal(texts.length - stored, accepted)
  for (const text of texts) assert.match(text, /MAIL FROM:<eve@/)
  assert.deepEqual(await hop.inbox('tito'), [])
})

const breaks = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  '\u2028',
  '\u0085',
  '\r\n\r\n',
  '\r\n.\r\n',
  '%0d%0a',
  '=0d=0a',
  '=?utf-8?q?=0d=0a?=',
]
const payloads = ['Bcc: tito@example.com', 'X-Forged: 1', forged]
const fields = ['sender', 'recipient', 'subject', 'body', 'replyTo', 'tags', 'board', 'html', 'id']
const named = ['From', 'To', 'Subject', 'Date', 'Message-ID']

const injections = fields.flatMap((field) =>
  breaks.flatMap((line) => payloads.map((payload) => ({ field, line, payload }))),
)

it('no field of the gateway makes another, or another message', async () => {
  const plain = { sender: 'ann@example.org', recipient: 'iqbal@example.com', body: 'b' }
  const url = `http://127.0.0.1:${house.port('http')}/gateway`
  let accepted = 0
  await each(attempts(injections, 60), async ({ field, line, payload }) => {
    const usual: Record<string, unknown> = { ...plain, subject: 's' }
    const value = `${usual[field] ?? 'x'}${line}${payload}`
    const object = { ...usual, [field]: field === 'tags' ? [value] : value }
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(object) })
    const text = await answer.text()
    assert.ok(answer.status < 500, `${JSON.stringify(object)} AMPLOP_SEED=${seed}: ${text}`)
    if (answer.status === 200) accepted++
  })
  assert.ok(accepted > 0)
  assert.equal((await lettersIn(rooms, 'tito@example.com', 0)).length, 0)
  for (const { body } of await lettersIn(rooms, 'iqbal@example.com', 0)) {
    const text = `${body}`
    assert.doesNotMatch(text, /[^\r]\n|\r(?!\n)|\0/)
    const head = text.slice(0, text.indexOf('\r\n\r\n'))
    const names = head.split(/\r\n(?![ \t])/).map((each) => each.slice(0, each.indexOf(':')))
    assert.equal(new Set(names).size, names.length, head)
    for (const name of names) assert.doesNotMatch(name, /^(Bcc|X-Forged|MAIL.*)$/i, head)
    for (const name of named) assert.ok(names.includes(name), `${name} in ${head}`)
  }
})
