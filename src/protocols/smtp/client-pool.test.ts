// Connections that are kept: what goes over them, when they are given up, and how they are secured.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Hop, HopTls } from '../../queue/hop.ts'
import type { Outgoing } from '../../queue/transport.ts'
import { selfSigned } from '../../wire/self-signed.ts'
import { type CertifiedKey, secureContext } from '../../wire/tls.ts'
import { type Script, ScriptedHop } from './client-hop.ts'
import { HopPool, type PoolOptions } from './client-pool.ts'

function mail(more: Partial<Outgoing> & { text?: string } = {}): Outgoing {
  const text = more.text ?? 'Subject: hi\r\n\r\n.hello\r\n'
  return {
    from: { local: 'tito', domain: 'example.com' },
    to: [{ local: 'a', domain: 'x.com' }],
    body: async function* () {
      yield Buffer.from(text)
    },
    size: Buffer.byteLength(text),
    smtpUtf8: false,
    ...more,
  }
}

async function open(
  t: TestContext,
  script: Script = {},
  more: { pair?: CertifiedKey; options?: Partial<PoolOptions>; tls?: HopTls } = {},
) {
  const host = new ScriptedHop(script, more.pair && secureContext(more.pair))
  const port = await host.listen()
  const pool = new HopPool({
    hostname: () => 'us.example',
    connectTimeoutMs: 2000,
    replyTimeoutMs: 2000,
    finalTimeoutMs: 2000,
    idleMs: 60_000,
    idleMax: 10,
    messagesMax: 100,
    ...more.options,
  })
  t.after(async () => {
    await pool.close()
    await host.close()
  })
  const tls = more.tls ?? { is: 'opportunistic' }
  const hop: Hop = { name: 'mx.example', address: '127.0.0.1', port, tls, tlsKey: tls.is }
  const send = async (one: Outgoing = mail(), signal?: AbortSignal) => {
    const result = await pool.send(hop, one, signal)
    const said = result.recipients.map(({ code, status }) => `${code} ${status}`.trim())
    return { ...result, said }
  }
  return { host, pool, send, hop }
}

test('many messages go over one connection, each of them whole', async (t) => {
  const { host, send } = await open(t)
  for (let n = 0; n < 5; n++) assert.deepEqual((await send()).said, ['250 2.0.0'])
  assert.equal(host.sessions, 1)
  assert.equal(host.lines.filter((line) => line.startsWith('EHLO')).length, 1)
  // The hop keeps dots as they come: stuffed.
  assert.deepEqual(host.texts, Array(5).fill('Subject: hi\r\n\r\n..hello\r\n'))
})

test('as many connections as there are messages at the same time, no more kept than may be', async (t) => {
  const { host, send } = await open(t, {}, { options: { idleMax: 2 } })
  await Promise.all([send(), send(), send(), send()])
  assert.equal(host.sessions, 4)
  await Promise.all([send(), send()])
  assert.equal(host.sessions, 4)
  await Promise.all([send(), send(), send()])
  assert.equal(host.sessions, 5)
})

test('a connection ends after its share of messages, and after a 421', async (t) => {
  const few = await open(t, {}, { options: { messagesMax: 2 } })
  for (let n = 0; n < 4; n++) await few.send()
  assert.equal(few.host.sessions, 2)
  const closing = await open(t, { '.': '421 4.3.2 Going down' })
  assert.deepEqual((await closing.send()).said, ['421 4.3.2'])
  await closing.send()
  assert.equal(closing.host.sessions, 2)
})

test('a refused message does not spoil the next one on the connection', async (t) => {
  const { host, send } = await open(t, { 'RCPT TO:<bad@': '550 5.1.1 No' })
  const bad = mail({ to: [{ local: 'bad', domain: 'x.com' }] })
  assert.deepEqual((await send(bad)).said, ['550 5.1.1'])
  assert.deepEqual((await send()).said, ['250 2.0.0'])
  assert.equal(host.sessions, 1)
})

test('a hop that hung up while nobody spoke costs a new connection, and no message', async (t) => {
  const { host, send } = await open(t, { '.': '250 2.0.0 Taken, and good bye!' })
  for (let n = 0; n < 3; n++) assert.deepEqual((await send()).said, ['250 2.0.0'])
  assert.equal(host.sessions, 3)
  assert.equal(host.texts.length, 3)
})

test('a text that was sent and not answered is doubtful, and is not sent again', async (t) => {
  const { host, send } = await open(t, { '.': '!' })
  const { said, doubtful, stage } = await send()
  assert.deepEqual([said, doubtful, stage], [['0'], true, 'message'])
  assert.equal(host.sessions, 1)
})

test('CHUNKING: a message is one write and one answer, whatever dots are in it', async (t) => {
  const answers = { EHLO: '250-hop\r\n250-PIPELINING\r\n250 CHUNKING', BDAT: '250 2.0.0 Taken' }
  const { host, send } = await open(t, answers)
  assert.deepEqual((await send()).said, ['250 2.0.0'])
  assert.deepEqual(host.lines.slice(1), [
    'MAIL FROM:<tito@example.com>',
    'RCPT TO:<a@x.com>',
    'BDAT 23 LAST',
    'Subject: hi',
    '',
    '.hello',
  ])
})

test('8-bit text is converted for a hop that takes 7-bit text only, or returned', async (t) => {
  const { host, send } = await open(t, { EHLO: '250-hop\r\n250 SIZE 1000' })
  const words = 'Many words that all can read, and one with an accent: caf\u00e9'
  await send(mail({ text: `Subject: hi\r\n\r\n${words}\r\n` }))
  assert.match(host.texts[0]!, /quoted-printable\r\n[\s\S]*caf=C3=A9\r\n$/)
  // A size that is the larger one's.
  assert.match(host.lines[1]!, new RegExp(`SIZE=${host.texts[0]!.length}$`))
  const returned = await send(mail({ text: 'Subject: caf\u00e9\r\n\r\nhello\r\n' }))
  assert.deepEqual([returned.said, returned.stage], [['554 5.6.3'], 'message'])
  assert.match(returned.recipients[0]!.text, /8BITMIME.*header/)
  const grown = await send(mail({ text: `Subject: hi\r\n\r\n${'\u00e9'.repeat(450)}\r\n` }))
  assert.deepEqual(grown.said, ['552 5.3.4'])
  assert.deepEqual((await send()).said, ['250 2.0.0'])
  assert.equal(host.sessions, 1)
})

test('what was asked for goes with the envelope where it is known', async (t) => {
  const EHLO = '250-hop\r\n250-PIPELINING\r\n250-DSN\r\n250-MT-PRIORITY\r\n250 DELIVERBY'
  const { host, send } = await open(t, { EHLO })
  const asked = {
    ...({ priority: 3, returned: 'headers', envelopeId: 'QQ+3D' } as const),
    deliverBy: { at: Date.now() + 3_600_500, late: 'notify', trace: false } as const,
    recipients: [{ notify: ['success', 'delay'], originalRecipient: 'rfc822;o@x.com' } as const],
  }
  await send(mail({ asked }))
  assert.match(
    host.lines[1]!,
    /^MAIL FROM:<tito@example.com> MT-PRIORITY=3 BY=3(600|599);N RET=HDRS ENVID=QQ\+3D$/,
  )
  assert.equal(host.lines[2], 'RCPT TO:<a@x.com> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;o@x.com')
  const plain = await open(t)
  await plain.send(mail({ asked }))
  assert.equal(plain.host.lines[2], 'RCPT TO:<a@x.com>')
  const binary = await plain.send(mail({ asked: { body: 'binarymime' } }))
  assert.deepEqual(binary.said, ['554 5.6.1'])
  const safe = await plain.send(mail({ asked: { requireTls: true } }))
  assert.deepEqual(safe.said, ['550 5.7.30'])
})

const pair = selfSigned(['mx.example'])
const tlsScript = { EHLO: '250-hop\r\n250 STARTTLS', STARTTLS: '220 2.0.0 Go' }

test('opportunistic: TLS where it is offered, whatever the certificate, and none where it fails', async (t) => {
  const secured = await open(t, tlsScript, { pair })
  const result = await secured.send()
  assert.deepEqual(result.said, ['250 2.0.0'])
  assert.match(result.tls, /^TLSv1\.3 TLS_\w+ unverified$/)
  assert.equal((await secured.send()).tls, result.tls)
  assert.equal(secured.host.sessions, 1)
  // It says that it can, and cannot.
  const broken = await open(t, tlsScript, { options: { connectTimeoutMs: 200 } })
  const clear = await broken.send()
  assert.deepEqual([clear.said, clear.tls], [['250 2.0.0'], ''])
})

test('verified: names and authorities count, and nothing is said in the clear', async (t) => {
  const tls: HopTls = { is: 'verified' }
  const good = await open(t, tlsScript, { pair, tls, options: { ca: pair.cert } })
  assert.match((await good.send()).tls, / verified$/)
  const other = selfSigned(['other.example'])
  const cases: readonly [Script, CertifiedKey | undefined, string, string][] = [
    [tlsScript, other, other.cert, 'certificate-host-mismatch'],
    [tlsScript, pair, other.cert, 'certificate-not-trusted'],
    [{}, undefined, pair.cert, 'starttls-not-supported'],
  ]
  for (const [script, shown, ca, failure] of cases) {
    const { send, host } = await open(t, script, {
      ...(shown ? { pair: shown } : {}),
      ...{ tls, options: { ca } },
    })
    const { said, tlsFailure, stage } = await send()
    assert.deepEqual([said, tlsFailure, stage], [['0'], failure, 'greeting'])
    assert.ok(!host.raw.includes('MAIL'))
  }
})

test('matching: whoever judges the chain decides, not the authorities', async (t) => {
  const seen: number[] = []
  const judge = (verdict: string): HopTls => ({
    is: 'matching',
    judge: (chain) => {
      seen.push(chain.length)
      return verdict
    },
  })
  const good = await open(t, tlsScript, { pair, tls: judge('') })
  assert.match((await good.send()).tls, / verified$/)
  const bad = await open(t, tlsScript, { pair, tls: judge('not the one') })
  const { failure, tlsFailure } = await bad.send()
  assert.deepEqual([failure, tlsFailure], ['not the one', 'validation-failure'])
  assert.deepEqual(seen, [1, 1])
})

test('an attempt that is called off ends at once, also on a kept connection', async (t) => {
  const { send } = await open(t, { EHLO: '250 hop', 'RCPT TO:<slow@': '' })
  await send()
  const slow = mail({ to: [{ local: 'slow', domain: 'x.com' }] })
  assert.equal((await send(slow, AbortSignal.timeout(50))).failure, 'cancelled')
  assert.equal((await send(mail(), AbortSignal.abort())).failure, 'cancelled')
})

test('LMTP: each recipient has a reply of its own behind the text', async (t) => {
  const script = {
    LHLO: '250-store.example\r\n250-PIPELINING\r\n250 CHUNKING',
    'RCPT TO:<b': '550 5.1.1 Nobody',
    // One reply for each who was agreed to.
    '.': '250 2.1.5 Stored\r\n452 4.2.2 Full',
  }
  const { host, pool, hop } = await open(t, script)
  const to = ['a', 'b', 'c'].map((local) => ({ local, domain: 'x.com' }))
  const way: Hop = { ...hop, speaks: 'lmtp', tls: { is: 'none' } }
  for (let n = 0; n < 2; n++) {
    const { recipients, stage } = await pool.send(way, mail({ to }))
    assert.deepEqual(
      recipients.map(({ code }) => code),
      [250, 550, 452],
    )
    assert.equal(stage, 'message')
  }
  assert.equal(host.sessions, 1)
  assert.equal(host.lines[0], 'LHLO us.example')
  const none = await pool.send(way, mail({ to: [to[1]!] }))
  assert.equal(none.recipients[0]?.code, 550)
  assert.equal(host.lines.filter((line) => line === 'DATA').length, 2)
})

test('LMTP: who was told of it has it, though the hop is lost before the others hear', async (t) => {
  const script = { LHLO: '250 store.example', '.': '250 2.1.5 Stored!' }
  const { pool, hop } = await open(t, script)
  const to = ['a', 'b'].map((local) => ({ local, domain: 'x.com' }))
  const { recipients, failure } = await pool.send({ ...hop, speaks: 'lmtp' }, mail({ to }))
  assert.deepEqual(
    recipients.map(({ code }) => code),
    [250, 0],
  )
  assert.notEqual(failure, '')
})

test('a route that wants no TLS speaks none, and one with a login says it', async (t) => {
  const offer = '250-hop.example\r\n250-STARTTLS\r\n250-AUTH PLAIN\r\n250 DSN'
  const { host, pool, hop } = await open(t, { EHLO: offer, AUTH: '235 2.7.0 Welcome' })
  const login = { user: 'tito', password: 'secret' }
  const { passedOn } = await pool.send({ ...hop, tls: { is: 'none' }, login }, mail())
  assert.equal(passedOn, true)
  const said = `AUTH PLAIN ${Buffer.from('\0tito\0secret').toString('base64')}`
  assert.deepEqual(host.lines.slice(0, 2), ['EHLO us.example', said])
})

test('a route can name the address that connections come from', async (t) => {
  const { pool, hop } = await open(t)
  const { hop: there, failure } = await pool.send({ ...hop, source: '127.0.0.2' }, mail())
  assert.equal(failure, '')
  assert.match(there, /^127\.0\.0\.1:/)
  const other = await pool.send({ ...hop, source: '::1' }, mail())
  assert.equal(other.failure, '')
})
