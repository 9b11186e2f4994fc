// The stand-alone forwarder: the next hop's own words come back, whatever the hop does.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { silentLog } from '../../base/log.ts'
import type { HopOutcome, HopReply, Outgoing, Transport } from '../../queue/transport.ts'
import { RelayOutlet } from './relay.ts'
import { Reports } from './reports.ts'
import { classic, objectOf, startFront } from './testing/front.ts'

const sent = 'Email successfully sent via SMTP.'
const prefix = 'Error sending email via SMTP error message: '

/** A next hop that says `replies` to the recipients, in order, and keeps the text it was given. */
class Hop implements Transport {
  readonly mails: Outgoing[] = []
  readonly texts: string[] = []
  readonly #replies: readonly string[]
  readonly #failure: string

  constructor(replies: readonly string[], failure = '') {
    this.#replies = replies
    this.#failure = failure
  }

  async send(mail: Outgoing): Promise<HopOutcome> {
    this.mails.push(mail)
    let text = ''
    for await (const part of mail.body()) text += Buffer.from(part).toString()
    this.texts.push(text)
    const recipients = mail.to.map((address, n): HopReply => {
      const [code = '0', status = '', ...words] = (this.#replies[n] ?? '').split(' ')
      return { address, code: Number(code), status, text: words.join(' ') }
    })
    return { hop: '192.0.2.7:25', recipients, failure: this.#failure }
  }
}

async function start(t: TestContext, hop: Hop, reports?: Reports) {
  const serverName = 'forwarder.example'
  const outlet = new RelayOutlet({ transport: hop, serverName, ...(reports ? { reports } : {}) })
  const { port } = await startFront(t, { outlet })
  return port
}

test('what the next hop took is sent, its bytes a whole message', async (t) => {
  const hop = new Hop(['250 2.0.0 OK: queued as 7', '250 2.0.0 OK: queued as 7'])
  const port = await start(t, hop)
  const object = objectOf({ recipient: 'b@x.com, halo', subject: 'héllo' })
  assert.equal((await classic(port, object)).text, sent)
  const [mail] = hop.mails
  assert.deepEqual(mail?.to, [
    { local: 'b', domain: 'x.com' },
    { local: 'halo', domain: '' },
  ])
  assert.equal(mail?.size, Buffer.byteLength(hop.texts[0]!))
  assert.match(hop.texts[0]!, /^To: b@x\.com, *\r?\n? ?halo@forwarder\.example\r$/m)
  const { text } = await classic(port, `${object}\n#`)
  const { recipients } = JSON.parse(text.split('\n')[0]!)
  assert.deepEqual(recipients[1], {
    address: 'halo',
    code: 250,
    status: '2.0.0',
    text: 'OK: queued as 7',
  })
})

const answers: readonly [what: string, hop: Hop, text: string][] = [
  [
    'T000-02 nobody listens there',
    new Hop([], '[Errno 111] Connection refused'),
    `${prefix}[Errno 111] Connection refused`,
  ],
  [
    'T000-13 the recipient is unknown there',
    new Hop(['550 5.1.1 No such user here', '550 5.1.1 No such user here']),
    `${prefix}550 5.1.1 No such user here`,
  ],
  ['a reply without status', new Hop(['501  Bad', '501  Bad']), `${prefix}501 Bad`],
  [
    'each recipient is refused in its own way',
    new Hop(['550 5.1.1 No such user', '452 4.2.2 Full']),
    `${prefix}550 5.1.1 <b@x.com>: No such user; 452 4.2.2 <c@x.com>: Full`,
  ],
  [
    'one of two is refused',
    new Hop(['250 2.0.0 OK', '452 4.2.2 Full']),
    `${prefix}452 4.2.2 <c@x.com>: Full; sent to the other recipient`,
  ],
  [
    'one is refused and then the connection is lost',
    new Hop(['550 5.1.1 No such user', ''], '[Errno 104] Connection reset by peer'),
    `${prefix}550 5.1.1 <b@x.com>: No such user; 451 4.4.1 <c@x.com>: [Errno 104] Connection reset by peer`,
  ],
]

for (const [what, hop, text] of answers)
  test(`the hop's own words are the answer: ${what}`, async (t) => {
    const port = await start(t, hop)
    assert.equal((await classic(port, objectOf({ recipient: 'b@x.com, c@x.com' }))).text, text)
  })

test('a web address is told what happened, and is never waited for', async (t) => {
  const posts: { type: string | undefined; report: Record<string, unknown> }[] = []
  const told = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => {
      posts.push({ type: request.headers['content-type'], report: JSON.parse(body) })
      // The answer to the second is held back until the test is over.
      if (posts.length === 1) response.end()
      else told.resolve()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port: web } = server.address() as AddressInfo
  const reports = new Reports({ url: `http://127.0.0.1:${web}/mail`, log: silentLog })
  const port = await start(t, new Hop(['250 2.0.0 OK']), reports)
  const body = 'ñ'.repeat(2000)
  assert.equal((await classic(port, objectOf({ body }))).text, sent)
  await reports.settle()
  const heard = await classic(port, objectOf())
  assert.equal(heard.text, sent)
  assert.ok(heard.ms < 2000)
  await told.promise
  assert.equal(posts[0]?.type, 'application/json')
  const report = posts[0]!.report
  assert.match(String(report.messageId), /@mail\.example\.com$/)
  assert.deepEqual(
    [report.sender, report.subject, report.body, report.code, report.status, report.text],
    ['a@x.com', 's', 'ñ'.repeat(1000), 250, '2.0.0', 'OK'],
  )
  assert.deepEqual(report.recipients, [
    { address: 'b@x.com', code: 250, status: '2.0.0', text: 'OK' },
  ])
  assert.deepEqual(
    (report.steps as { step: string; ok: boolean; said: string }[]).map(({ step, ok, said }) => [
      step,
      ok,
      said,
    ]),
    [
      ['socket', true, ''],
      ['checked', true, ''],
      ['relayed', true, '192.0.2.7:25 250 2.0.0 OK'],
    ],
  )
})

test('a web address that is down costs nothing but a line in the log', async (t) => {
  const reports = new Reports({ url: 'http://127.0.0.1:1/', log: silentLog })
  const port = await start(t, new Hop(['250 2.0.0 OK']), reports)
  assert.equal((await classic(port, objectOf())).text, sent)
  await reports.settle()
  assert.throws(() => new Reports({ url: 'file:///etc/passwd', log: silentLog }))
})
