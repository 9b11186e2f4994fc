// The SMTP client end against next hops that refuse, vanish, dawdle and lie at every step.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { HopOutcome, Outgoing } from '../../queue/transport.ts'
import { selfSigned } from '../../wire/self-signed.ts'
import { type CertifiedKey, secureContext } from '../../wire/tls.ts'
import { SmtpClient, type SmtpClientOptions } from './client.ts'
import { type Script, ScriptedHop } from './client-hop.ts'
import { DotStuffer } from './client-text.ts'

const a = { local: 'a', domain: 'x.com' }
const b = { local: 'b', domain: 'x.com' }

function mail(more: Partial<Outgoing> & { text?: string } = {}): Outgoing {
  const text = more.text ?? 'Subject: hi\r\n\r\nhello\r\n'
  return {
    from: { local: 'ketua', domain: 'kelompoksatu.com' },
    to: [a],
    body: async function* () {
      yield Buffer.from(text)
    },
    size: Buffer.byteLength(text),
    smtpUtf8: false,
    ...more,
  }
}

interface Played {
  readonly outcome: HopOutcome
  readonly hop: ScriptedHop
  readonly said: string[]
}

async function play(
  t: TestContext,
  script: Script,
  setup: {
    mail?: Outgoing
    options?: Partial<SmtpClientOptions>
    pair?: CertifiedKey
  } = {},
): Promise<Played> {
  const hop = new ScriptedHop(script, setup.pair && secureContext(setup.pair))
  const port = await hop.listen()
  t.after(() => hop.close())
  const client = new SmtpClient({
    host: '127.0.0.1',
    port,
    tls: 'none',
    hostname: 'client.example',
    connectTimeoutMs: 2000,
    replyTimeoutMs: 2000,
    finalTimeoutMs: 2000,
    ...setup.options,
  })
  const outcome = await client.send(setup.mail ?? mail())
  const said = outcome.recipients.map((one) => `${one.code} ${one.status} ${one.text}`.trim())
  return { outcome, hop, said }
}

test('a message reaches the hop with size and 8BITMIME, in its exact bytes', async (t) => {
  const { outcome, hop, said } = await play(t, {}, { mail: mail({ to: [a, b] }) })
  assert.deepEqual(said, ['250 2.0.0 Taken', '250 2.0.0 Taken'])
  assert.equal(outcome.failure, '')
  assert.match(outcome.hop, /^127\.0\.0\.1:\d+$/)
  assert.deepEqual(hop.texts, ['Subject: hi\r\n\r\nhello\r\n'])
  assert.deepEqual(hop.lines.slice(0, 5), [
    'EHLO client.example',
    'MAIL FROM:<ketua@kelompoksatu.com> SIZE=22 BODY=8BITMIME',
    'RCPT TO:<a@x.com>',
    'RCPT TO:<b@x.com>',
    'DATA',
  ])
})

test('a bounce leaves with the null reverse path', async (t) => {
  const { hop } = await play(t, {}, { mail: mail({ from: null }) })
  assert.ok(hop.lines.includes('MAIL FROM:<> SIZE=22 BODY=8BITMIME'))
})

test('a hop that knows no EHLO is greeted with HELO and sent no extension', async (t) => {
  const { hop, said } = await play(t, { EHLO: '500 What?' })
  assert.deepEqual(said, ['250 2.0.0 Taken'])
  assert.deepEqual(hop.lines.slice(0, 3), [
    'EHLO client.example',
    'HELO client.example',
    'MAIL FROM:<ketua@kelompoksatu.com>',
  ])
})

const refusals: readonly [step: string, answer: string, said: string][] = [
  ['banner', '554 5.3.2 Not today', '554 5.3.2 Not today'],
  ['banner', '421 4.3.2 Too busy!', '421 4.3.2 Too busy'],
  ['EHLO', '421 4.3.2 Going down!', '421 4.3.2 Going down'],
  ['MAIL', '450 4.1.8 Try later', '450 4.1.8 Try later'],
  ['MAIL', '550 5.7.1 Not as this sender', '550 5.7.1 Not as this sender'],
  ['MAIL', '550-5.7.1 Not as\r\n550 5.7.1 this sender', '550 5.7.1 Not as this sender'],
  ['RCPT', '550 5.1.1 No such user here', '550 5.1.1 No such user here'],
  ['RCPT', '451 Greylisted', '451  Greylisted'],
  ['RCPT', '421 4.7.0 Enough!', '421 4.7.0 Enough'],
  ['DATA', '554 5.5.1 No valid recipients', '554 5.5.1 No valid recipients'],
  ['DATA', '451 4.3.0 Disk', '451 4.3.0 Disk'],
  ['.', '552 5.3.4 Too big', '552 5.3.4 Too big'],
  ['.', '451 4.3.0 Later', '451 4.3.0 Later'],
  // A status of another class than the code is text.
  ['.', '550 2.0.0 Odd', '550  2.0.0 Odd'],
]

for (const [step, answer, want] of refusals)
  test(`the hop's own words come back when ${step} is answered ${answer.trim()}`, async (t) => {
    // QUIT and RSET answered with 500 must not mask the reply that decided.
    const { outcome, said, hop } = await play(t, { [step]: answer, QUIT: '500 What?' })
    assert.deepEqual(said, [want])
    assert.equal(outcome.failure, '')
    // DATA goes with the envelope: where it is met with 354 all the same, the text is empty.
    assert.equal(hop.texts.filter((text) => text !== '').length, step === '.' ? 1 : 0)
  })

test('each recipient keeps its own reply, and the text goes for those accepted', async (t) => {
  const script = { 'RCPT TO:<b@': '550 5.1.1 No such user here' }
  const { said, hop } = await play(t, script, { mail: mail({ to: [a, b, a] }) })
  assert.deepEqual(said, ['250 2.0.0 Taken', '550 5.1.1 No such user here', '250 2.0.0 Taken'])
  assert.equal(hop.texts.length, 1)
})

test('a refused sender is the answer even if the hop then hangs up on the pipelined RCPT', async (t) => {
  const { said, outcome } = await play(t, { MAIL: '550 5.7.1 Go away!', RCPT: '!' })
  assert.deepEqual(said, ['550 5.7.1 Go away'])
  assert.equal(outcome.failure, '')
})

for (const step of ['banner', 'EHLO', 'MAIL', 'RCPT', 'DATA', '.'])
  test(`a hop that vanishes at ${step} has promised nothing`, async (t) => {
    const { said, outcome } = await play(t, { [step]: '!' })
    assert.deepEqual(said, ['0'])
    assert.match(outcome.failure, /unexpectedly closed|Connection reset|Broken pipe/)
  })

test('a recipient refused before the hop vanished stays refused', async (t) => {
  const script = { 'RCPT TO:<b@': '550 5.1.1 No such user here', DATA: '!' }
  const { said, outcome } = await play(t, script, { mail: mail({ to: [a, b] }) })
  assert.deepEqual(said, ['0', '550 5.1.1 No such user here'])
  assert.notEqual(outcome.failure, '')
})

for (const step of ['banner', 'EHLO', 'MAIL', '.'])
  test(`a hop that falls silent at ${step} is given up in time`, async (t) => {
    const timeouts = { replyTimeoutMs: 150, finalTimeoutMs: 150 }
    const silent = step === 'MAIL' ? { MAIL: '', RCPT: '', DATA: '' } : { [step]: '' }
    const { said, outcome } = await play(t, silent, { options: timeouts })
    assert.deepEqual(said, ['0'])
    assert.equal(outcome.failure, '[Errno 110] Connection timed out')
  })

test('a banner that trickles in byte by byte has one deadline, not one for each byte', async (t) => {
  const server = createServer((socket) => {
    const timer = setInterval(() => socket.write('2'), 20)
    socket.on('error', () => {}).on('close', () => clearInterval(timer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const began = performance.now()
  const client = new SmtpClient({
    host: '127.0.0.1',
    port,
    tls: 'none',
    hostname: 'client.example',
    connectTimeoutMs: 1000,
    replyTimeoutMs: 200,
    finalTimeoutMs: 200,
  })
  const outcome = await client.send(mail())
  assert.equal(outcome.failure, '[Errno 110] Connection timed out')
  assert.ok(performance.now() - began < 1500)
})

const nonsense: readonly [what: string, script: Script, failure: RegExp][] = [
  ['no reply at all', { banner: 'HTTP/1.1 400 Bad' }, /no SMTP reply: HTTP/],
  ['codes that differ in one reply', { EHLO: '250-a\r\n251 b' }, /no SMTP reply/],
  ['a reply without end', { EHLO: `${'250-a\r\n'.repeat(200)}250 b` }, /longer than a reply/],
  ['a line without end', { EHLO: `250 ${'x'.repeat(9000)}` }, /longer than a reply/],
  ['250 to DATA', { DATA: '250 OK' }, /unexpected reply to DATA: 250/],
  ['354 to MAIL', { MAIL: '354 OK' }, /unexpected reply to the sender/],
  ['354 to the text', { '.': '354 More' }, /unexpected reply to the text/],
]

for (const [what, script, failure] of nonsense)
  test(`nonsense is a failure, never a success: ${what}`, async (t) => {
    const { said, outcome } = await play(t, script)
    assert.deepEqual(said, ['0'])
    assert.match(outcome.failure, failure)
  })

test('control characters in the words of a hop do not pass', async (t) => {
  const { said } = await play(t, { MAIL: '550 5.7.1 no\x1b]0;evil\x07 way' })
  assert.deepEqual(said, ['550 5.7.1 no?]0;evil? way'])
})

test('nobody listening is told in the words of the system', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  const client = new SmtpClient({
    host: '127.0.0.1',
    port,
    tls: 'none',
    hostname: 'client.example',
    connectTimeoutMs: 1000,
    replyTimeoutMs: 1000,
    finalTimeoutMs: 1000,
  })
  const outcome = await client.send(mail())
  assert.equal(outcome.failure, '[Errno 111] Connection refused')
  assert.equal(outcome.hop, `127.0.0.1:${port}`)
  assert.equal(outcome.recipients[0]?.code, 0)
})

test('an aborted attempt ends at once', async (t) => {
  const hop = new ScriptedHop({ EHLO: '' })
  const port = await hop.listen()
  t.after(() => hop.close())
  const client = new SmtpClient({
    host: '127.0.0.1',
    port,
    tls: 'none',
    hostname: 'client.example',
    connectTimeoutMs: 9000,
    replyTimeoutMs: 9000,
    finalTimeoutMs: 9000,
  })
  assert.equal((await client.send(mail(), AbortSignal.abort())).failure, 'cancelled')
  assert.equal((await client.send(mail(), AbortSignal.timeout(50))).failure, 'cancelled')
})

test('text that cannot be read to its end is not ended for the hop', async (t) => {
  const broken = mail({
    body: async function* () {
      yield Buffer.from('Subject: half\r\n')
      throw new Error('disk')
    },
  })
  const { said, hop } = await play(t, {}, { mail: broken })
  assert.deepEqual(said, ['0'])
  assert.deepEqual(hop.texts, [])
})

test('what the hop cannot take is refused before anything is sent', async (t) => {
  const utf8 = await play(t, {}, { mail: mail({ to: [{ local: 'ñandú', domain: 'x.com' }] }) })
  assert.deepEqual(utf8.said, ['550 5.6.7 The next hop does not offer SMTPUTF8'])
  const big = await play(t, {}, { mail: mail({ size: 1_000_001 }) })
  assert.deepEqual(big.said, ['552 5.3.4 The next hop takes 1000000 bytes at most'])
  for (const { hop } of [utf8, big])
    assert.ok(!hop.lines.some((line) => /^(MAIL|RCPT|DATA)/.test(line)))
})

test('an address that needs it goes with SMTPUTF8 where it is offered', async (t) => {
  const script = { EHLO: '250-hop\r\n250 SMTPUTF8' }
  const { hop, said } = await play(t, script, {
    mail: mail({ to: [{ local: 'ñandú', domain: 'x.com' }] }),
  })
  assert.deepEqual(said, ['250 2.0.0 Taken'])
  assert.ok(hop.lines.includes('MAIL FROM:<ketua@kelompoksatu.com> SMTPUTF8'))
})

test('an address with a line break never becomes a command', async (t) => {
  const evil = { local: 'x>\r\nRCPT TO:<evil', domain: 'x.com' }
  const { hop, said } = await play(t, {}, { mail: mail({ to: [evil] }) })
  assert.deepEqual(said, ['0'])
  assert.ok(!hop.raw.includes('evil'))
})

const login = { user: 'tito', password: 'secret' }
const claim = Buffer.from('\0tito\0secret').toString('base64')

test('AUTH PLAIN is preferred, AUTH LOGIN is known, and a refusal comes back', async (t) => {
  const plain = await play(
    t,
    { EHLO: '250-hop\r\n250 AUTH LOGIN PLAIN', AUTH: '235 2.7.0 OK' },
    { options: { login } },
  )
  assert.deepEqual(plain.said, ['250 2.0.0 Taken'])
  assert.equal(plain.hop.lines[1], `AUTH PLAIN ${claim}`)

  const old = await play(
    t,
    {
      EHLO: '250-hop\r\n250 AUTH=LOGIN',
      AUTH: '334 VXNlcm5hbWU6',
      [Buffer.from('tito').toString('base64')]: '334 UGFzc3dvcmQ6',
      [Buffer.from('secret').toString('base64')]: '235 2.7.0 OK',
    },
    { options: { login } },
  )
  assert.deepEqual(old.said, ['250 2.0.0 Taken'])

  const wrong = await play(
    t,
    { EHLO: '250-hop\r\n250 AUTH PLAIN', AUTH: '535 5.7.8 Wrong' },
    { options: { login } },
  )
  assert.deepEqual(wrong.said, ['535 5.7.8 Wrong'])
  const none = await play(t, {}, { options: { login } })
  assert.match(none.outcome.failure, /AUTH .*not offered/)
})

test('STARTTLS: everything after it is secured, and EHLO is said again', async (t) => {
  const pair = selfSigned(['localhost', '127.0.0.1'])
  const script = { EHLO: '250-hop\r\n250 STARTTLS', STARTTLS: '220 2.0.0 Go' }
  const trusting = { tls: 'starttls', ca: pair.cert } as const
  const { hop, said } = await play(t, script, { pair, options: trusting })
  assert.deepEqual(said, ['250 2.0.0 Taken'])
  assert.deepEqual(hop.lines.slice(0, 4), [
    'EHLO client.example',
    'STARTTLS',
    'EHLO client.example',
    'MAIL FROM:<ketua@kelompoksatu.com>',
  ])

  const doubting = await play(t, script, { pair, options: { tls: 'starttls' } })
  assert.deepEqual(doubting.said, ['0'])
  assert.match(doubting.outcome.failure, /self.signed/i)
  const careless = await play(t, script, { pair, options: { tls: 'starttls', verify: false } })
  assert.deepEqual(careless.said, ['250 2.0.0 Taken'])
})

test('STARTTLS that is required and missing or refused stops before the sender is named', async (t) => {
  const stripped = await play(t, {}, { options: { tls: 'starttls' } })
  assert.match(stripped.outcome.failure, /STARTTLS is required/)
  const refused = await play(
    t,
    { EHLO: '250-hop\r\n250 STARTTLS', STARTTLS: '454 4.7.0 Not now' },
    { options: { tls: 'starttls' } },
  )
  assert.deepEqual(refused.said, ['454 4.7.0 Not now'])
  for (const { hop } of [stripped, refused]) assert.ok(!hop.raw.includes('MAIL'))
})

test('starttls-injection: replies said in the clear are not believed after TLS', async (t) => {
  const pair = selfSigned(['127.0.0.1'])
  const { hop, said } = await play(
    t,
    {
      EHLO: '250-hop\r\n250 STARTTLS',
      // Injected behind the 220, in the same segment: an EHLO reply that offers nothing good.
      STARTTLS: '220 Go\r\n250-evil\r\n250 SMTPUTF8\r\n550 5.7.1 Injected',
    },
    { pair, options: { tls: 'starttls', ca: pair.cert } },
  )
  assert.deepEqual(said, ['250 2.0.0 Taken'])
  assert.equal(hop.texts.length, 1)
})

test('a hop that speaks no TLS on a TLS port is a failure in time', async (t) => {
  const options = { tls: 'tls', connectTimeoutMs: 300 } as const
  const { outcome } = await play(t, {}, { options })
  assert.notEqual(outcome.failure, '')
})

test('smuggling: no bare CR or LF leaves, no dot ends the text early, however it is cut', () => {
  const texts: readonly [given: string, sent: string][] = [
    ['', '.\r\n'],
    ['a', 'a\r\n.\r\n'],
    ['a\r\n', 'a\r\n.\r\n'],
    ['.\r\n', '..\r\n.\r\n'],
    ['a\r\n.\r\nb\r\n', 'a\r\n..\r\nb\r\n.\r\n'],
    ['a\n.\nb\n', 'a\r\n..\r\nb\r\n.\r\n'],
    ['a\r.\rb\r', 'a\r\n..\r\nb\r\n.\r\n'],
    ['a\r\n.\rMAIL FROM:<x>\n', 'a\r\n..\r\nMAIL FROM:<x>\r\n.\r\n'],
    ['a\n\r\n.\r\r\n', 'a\r\n\r\n..\r\n\r\n.\r\n'],
    ['..a\r\n.', '...a\r\n..\r\n.\r\n'],
    ['\xff\xfe\r\n', '\xff\xfe\r\n.\r\n'],
  ]
  for (const [given, sent] of texts)
    for (const size of [1, 2, 3, 100]) {
      const stuffer = new DotStuffer()
      let out = ''
      for (let at = 0; at < given.length; at += size)
        out += stuffer.push(Buffer.from(given.slice(at, at + size), 'latin1')).toString('latin1')
      out += stuffer.end().toString('latin1')
      assert.equal(out, sent, JSON.stringify([given, size]))
    }
})
