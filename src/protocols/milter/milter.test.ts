import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { Refused } from '../../base/refused.ts'
import { addressIn, bytesIn, envelopeFor, neighbour } from '../../delivery/testing/house.ts'
import type { Envelope } from '../../delivery/types.ts'
import { packet, replyIn, texts, uint32 } from './grammar.ts'
import { milterPlace } from './link.ts'
import { atEnd, body, head, house, letter, withPeer } from './testing/filtered.ts'
import { goOn, openPeer, type PeerOptions, type Script } from './testing/peer.ts'

it('a filter is told of client, envelope and text byte for byte, in their order', async (t) => {
  const { peer, send, inbox } = await withPeer(t)
  const trace = await send()
  await peer.deserted()
  const id = trace.id
  assert.deepEqual(peer.heard.slice(1), [
    'D Cj|mx.example.com|{daemon_name}|smtp|{client_addr}|127.0.0.1|{client_port}|4711|v|Amplop|',
    'C [127.0.0.1]|4\x12\x67127.0.0.1|',
    'H mail.example.org|',
    `D Mi|${id}|{mail_addr}|ana@example.net|{mail_host}|example.net|`,
    'M <ana@example.net>|',
    `D Ri|${id}|{rcpt_addr}|iqbal@example.com|{rcpt_host}|example.com|`,
    'R <iqbal@example.com>|',
    `D Ti|${id}|`,
    'T ',
    'L Subject|a|',
    'L X-Two|one\n  folded|',
    'L X-Two| two|',
    `D Ni|${id}|`,
    'N ',
    'B first\r\n.second\r\n',
    `D Ei|${id}|`,
    'E ',
    'Q ',
  ])
  assert.deepEqual(
    peer.bytes[0],
    Buffer.from([0, 0, 0, 13, 79, 0, 0, 0, 6, 0, 0, 1, 255, 0, 31, 247, 255]),
  )
  assert.deepEqual(peer.bytes.at(-1), Buffer.from([0, 0, 0, 1, 81]))
  assert.deepEqual(await inbox(), [letter])
  assert.equal(trace.steps[2]?.said, `milter: ${peer.socket}`)
})

it('it is not told what it does not want, nor waited for where it does not answer', async (t) => {
  const quiet = await withPeer(t, (said) => (said === 'E' ? [['c']] : []), {
    flags:
      0x400 | 0x80 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x40000 | 0x80000 | 0x100000,
  })
  await quiet.send()
  assert.ok(quiet.peer.heard.includes('L X-Two|  two|'), 'the blank stays where it is wanted')
  const deaf = await withPeer(t, goOn, { flags: 0x37f })
  await deaf.send()
  await deaf.peer.deserted()
  assert.deepEqual(
    deaf.peer.heard.map((line) => line[0]).filter((said) => said !== 'D'),
    ['O', 'E', 'Q'],
  )
  assert.deepEqual(await deaf.inbox(), [letter])
})

it('an old version has no DATA; wanted macros are those that are sent', async (t) => {
  const wanted = Buffer.concat([uint32(2), Buffer.from('mail_addr, {unknown}\0')])
  const { peer, send } = await withPeer(t, goOn, { version: 2, flags: 0x20, macros: wanted })
  await send()
  assert.ok(!peer.heard.some((line) => line.startsWith('T ')))
  assert.deepEqual(
    peer.heard.filter((line) => line.startsWith('D M')),
    ['D Mmail_addr|ana@example.net|'],
  )
})

it('a large body goes in parts, none too long, and comes back replaced', async (t) => {
  const parts: Buffer[] = []
  const script: Script = (said, data) => {
    if (said === 'B') parts.push(Buffer.from(data))
    return said === 'E' ? [...parts.map((part) => ['b', part] as const), ['c']] : [['c']]
  }
  const { send, inbox } = await withPeer(t, script)
  const text = `Subject: a\r\n\r\n${'0123456789'.repeat(7).concat('\r\n').repeat(40_000)}`
  await send(text)
  assert.ok(parts.every(({ length }) => length <= 65_535))
  const [got] = await inbox()
  assert.ok(got === text, 'every byte of it')
})

it('skip: the rest of the body is not sent', async (t) => {
  const { peer, send } = await withPeer(t, (said) => [[said === 'B' ? 's' : 'c']])
  await send(`Subject: a\r\n\r\n${'x'.repeat(70).concat('\r\n').repeat(4_000)}`)
  assert.equal(peer.heard.filter((line) => line.startsWith('B ')).length, 1)
})

it('a filter changes the envelope', async (t) => {
  const { send, inbox } = await withPeer(
    t,
    atEnd(
      ['-', texts('<iqbal@EXAMPLE.com>')],
      ['+', texts('<tito@example.com>')],
      ['2', texts('nobody@example.com', 'NOTIFY=NEVER')],
      ['e', texts('<>')],
    ),
  )
  const trace = await send()
  assert.deepEqual([(await inbox()).length, (await inbox('tito')).length], [0, 1])
  assert.equal(trace.from, '')
  assert.match(trace.steps[2]?.said ?? '', /changed from, recipients$/)
})

it('a filter that leaves no recipient, or says discard, drops the message', async (t) => {
  const { peer, send, inbox } = await withPeer(t, atEnd(['-', texts('<iqbal@example.com>')]))
  assert.equal((await send()).recipients[0]?.place, 'nowhere')
  for (const at of ['R', 'L', 'E']) {
    peer.script = (said) => [[said === at ? 'd' : 'c']]
    assert.equal((await send()).recipients[0]?.place, 'nowhere', at)
  }
  assert.deepEqual(await inbox(), [])
})

it('a filter has a message kept apart', async (t) => {
  const it = await withPeer(t, atEnd(['q', texts('suspicious')], ['h', texts('X-New', 'v')]))
  const trace = await it.send()
  assert.equal(trace.recipients[0]?.place, 'quarantine')
  const [kept] = await bytesIn(it, 'quarantine', 'quarantine')
  assert.equal(`${kept?.body}`, `${head}X-New: v\r\n${body}`)
})

const refusals: [string, ReturnType<Script>, string, string | undefined][] = [
  ['reject', [['r']], 'filter-refused', undefined],
  ['tempfail', [['t']], 'filter-deferred', undefined],
  ['shutdown', [['4']], 'filter-deferred', undefined],
  ['a reply of its own', [['y', '554 5.7.9 No\0']], 'filter-refused', '554 5.7.9 No'],
  [
    'a reply of several lines',
    [['y', '451-4.7.0 a\r\n451 4.7.0 b\0']],
    'filter-deferred',
    '451 4.7.0 a b',
  ],
  [
    'a reply with an injected line',
    [['y', '550 5.7.1 a\r\r\n250 x\0']],
    'filter-deferred',
    undefined,
  ],
]
for (const [name, said, code, own] of refusals)
  it(`a refusal at any stage is one of the message: ${name}`, async (t) => {
    for (const at of ['C', 'H', 'M', 'R', 'T', 'L', 'N', 'B', 'E']) {
      const { send, inbox } = await withPeer(t, (letter) => (letter === at ? said : [['c']]))
      await assert.rejects(send(), (error: unknown) => {
        assert.ok(error instanceof Refused, at)
        assert.equal(error.code, code, at)
        const { code: number, status, text } = error.filter?.reply ?? {}
        assert.equal(number && `${number} ${status} ${text}`, own, at)
        return true
      })
      assert.deepEqual(await inbox(), [], at)
    }
  })

it('accept: the filter hears no more of the client or the message, which goes on', async (t) => {
  for (const at of ['C', 'H', 'M', 'R', 'L', 'B', 'E']) {
    const { peer, send, inbox } = await withPeer(t, (said) => [[said === at ? 'a' : 'c']])
    await send()
    await peer.deserted()
    assert.deepEqual(await inbox(), [letter])
    const last = peer.heard.filter((line) => !/^[DAQ] /.test(line)).at(-1)
    assert.equal(last?.[0], at)
  }
})

it('several filters: each sees what the one before it left', async (t) => {
  const one = await openPeer(t, atEnd(['h', texts('X-One', '1')]))
  const two = await openPeer(t, atEnd(['h', texts('X-Two', '2')]))
  const three = await openPeer(t)
  const it = await house(t, [one.socket, two.socket, three.socket])
  await it.send('Subject: a\r\n\r\nb\r\n')
  assert.deepEqual(await it.inbox(), ['Subject: a\r\nX-One: 1\r\nX-Two: 2\r\n\r\nb\r\n'])
  assert.ok(three.heard.includes('L X-Two|2|'))
})

const away: [string, Script | string, PeerOptions?][] = [
  ['nobody listens', 'inet:127.0.0.1:1'],
  ['there is no such socket', 'unix:/nowhere/milter.sock'],
  ['it says nothing', (said) => (said === 'M' ? [] : [['c']])],
  ['it says nothing at the end', (said) => (said === 'E' ? [] : [['c']])],
  ['it speaks another version', goOn, { version: 9 }],
  ['it wants what was not offered', goOn, { flags: 0x4000_0000 }],
  ['it answers nonsense', (said) => [[said === 'B' ? '?' : 'c']]],
  ['it changes what was not agreed on', atEnd(['h', texts('A', 'b')]), { actions: 0 }],
  ['it names no field', atEnd(['h', texts('A\r\nB', 'b')])],
  [
    'it sends a packet of a gigabyte',
    (said) => (said === 'E' ? [['raw', uint32(2 ** 30)]] : [['c']]),
  ],
]
for (const [name, script, options] of away)
  it(`${name}: the settings say what becomes of the message`, async (t) => {
    const socket = typeof script === 'string' ? script : (await openPeer(t, script, options)).socket
    const wanted = { accept: undefined, tempfail: 'filter-deferred', reject: 'filter-refused' }
    for (const onFailure of ['accept', 'tempfail', 'reject'] as const) {
      const it = await house(t, [socket], { onFailure, timeoutMs: 300 })
      const got = await it.send().then(
        () => undefined,
        (error: Refused) => error.code,
      )
      assert.equal(got, wanted[onFailure], onFailure)
      assert.deepEqual(await it.inbox(), onFailure === 'accept' ? [letter] : [])
    }
  })

it('progress gives a filter more time', async (t) => {
  const peer = await openPeer(t)
  const it = await house(t, [peer.socket], { timeoutMs: 400 })
  let turns = 0
  peer.script = (said) => {
    if (said !== 'E') return [['c']]
    return turns++ === 0
      ? Array.from({ length: 5 }, () => ['p'] as const).concat([['c']] as never)
      : []
  }
  await it.send()
  assert.deepEqual(await it.inbox(), [letter])
})

/** Says MAIL and RCPT as the SMTP closet does, and then the text. */
async function session(
  it: Awaited<ReturnType<typeof house>>,
  id: string,
  to: readonly string[],
): Promise<Envelope & { said: (string | undefined)[] }> {
  const envelope = { ...(await envelopeFor(it, to, neighbour)), id }
  const { client, from } = envelope
  const said = [(await it.milters.hear({ at: 'mail', client, id, from }))?.is]
  for (const one of to) {
    const address = addressIn(`${one}@example.com`)
    said.push((await it.milters.hear({ at: 'rcpt', client, id, to: address }))?.is)
  }
  return { ...envelope, said }
}

it('in an SMTP session a filter has one connection, and may refuse one recipient', async (t) => {
  const script: Script = (said, data) => [[said === 'R' && data.includes('tito') ? 'r' : 'c']]
  const it = await withPeer(t, script)
  const first = await session(it, 'm1', ['iqbal', 'tito'])
  assert.deepEqual(first.said, [undefined, undefined, 'refused'])
  const second = await session(it, 'm2', ['iqbal'])
  assert.deepEqual(second.said, [undefined, undefined])
  const intake = it.delivery.accept(second)
  await intake.write(Buffer.from(letter))
  await intake.finish()
  it.milters.hear({ at: 'end', session: neighbour.session })
  await it.peer.deserted()
  assert.equal(it.peer.connections(), 1)
  const order = it.peer.heard.map((line) => line[0]).filter((said) => said !== 'D' && said !== 'L')
  assert.equal(order.join(''), 'OCHMRRAMRTNBEQ')
  assert.equal((await it.inbox()).length, 1)
})

it('who greets anew is another client: a proxy may speak for somebody else', async (t) => {
  const it = await withPeer(t)
  await session(it, 'm1', ['iqbal'])
  const client = { ...neighbour, address: '192.0.2.1', hello: 'mail.example.org' }
  it.milters.hear({ at: 'hello', client })
  await it.milters.hear({ at: 'mail', client, id: 'm2', from: null })
  it.milters.hear({ at: 'end', session: client.session })
  await it.peer.deserted()
  assert.equal(it.peer.connections(), 2)
  assert.deepEqual(
    it.peer.heard
      .filter((line) => line.startsWith('C '))
      .map((line) => /\[(.*?)\]/.exec(line)?.[1]),
    [neighbour.address, '192.0.2.1'],
  )
})

it('a unix socket serves as well', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-milter-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'milter.sock')
  const peer = await openPeer(t, goOn, { path })
  const it = await house(t, [peer.socket])
  await it.send()
  assert.equal(peer.socket, `unix:${path}`)
  assert.equal((await it.inbox()).length, 1)
})

it('mail of other directions is not shown', async (t) => {
  const peer = await openPeer(t)
  const it = await house(t, [peer.socket], { directions: ['out'] })
  await it.send()
  assert.equal(peer.connections(), 0)
})

it('places and replies in their forms', () => {
  assert.deepEqual(milterPlace('unix:/run/x.sock'), { path: '/run/x.sock' })
  assert.deepEqual(milterPlace('inet:127.0.0.1:8891'), { host: '127.0.0.1', port: 8891 })
  assert.deepEqual(milterPlace('inet:[::1]:8891'), { host: '::1', port: 8891 })
  for (const bad of [
    '',
    'unix:',
    'unix:x',
    'inet:x',
    'inet:x:0',
    'inet:x:70000',
    'inet:::1:5',
    'x',
  ])
    assert.equal(milterPlace(bad), undefined, bad)
  assert.deepEqual(replyIn(Buffer.from('550 no\0')), { code: 550, status: '5.7.1', text: 'no' })
  assert.deepEqual(replyIn(Buffer.from('450 5.7.1 a\0'))?.status, '4.7.1')
  assert.equal(replyIn(Buffer.from('250 ok\0')), undefined)
  assert.deepEqual(packet('c'), Buffer.from([0, 0, 0, 1, 99]))
})
