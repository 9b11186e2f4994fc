// Mail between us and servers that we know only by the DNS: what another server sees of ours, and
// what becomes of theirs.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Keys } from '../../src/trust/dkim/keys.ts'
import { SealedText } from '../../src/trust/dkim/sealed-text.ts'
import { verifyDkim } from '../../src/trust/dkim/verify.ts'
import { ZoneDns } from '../../src/trust/dns/zone-dns.ts'
import { type House, openHouse } from '../support/house.ts'
import { codes } from '../support/smtpd.ts'

/** A server of somebody else, which answers RCPT as it is told and keeps what it hears. */
async function openStub(t: TestContext, rcpt: (to: string) => string) {
  const heard: string[] = []
  const texts: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    let text = ''
    let inText = false
    socket.write('220 mx.foreign.example ESMTP\r\n')
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        if (inText) {
          const dot = `\r\n${text}`.indexOf('\r\n.\r\n')
          if (dot < 0) return
          texts.push(text.slice(0, dot).replace(/^\.\./gm, '.'))
          text = text.slice(dot + 3)
          inText = false
          socket.write('250 2.0.0 Taken\r\n')
          continue
        }
        const line = text.slice(0, end)
        text = text.slice(end + 2)
        heard.push(line)
        inText = line === 'DATA'
        const reply = /^RCPT TO:<([^>]*)>/i.exec(line)?.[1]
        socket.write(`${reply === undefined ? answerTo(line) : rcpt(reply)}\r\n`)
        if (line === 'QUIT') socket.end()
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { heard, texts, port: (server.address() as { port: number }).port }
}

function answerTo(line: string): string {
  if (line.startsWith('EHLO')) return '250 mx.foreign.example'
  return line === 'DATA' ? '354 Go on' : '250 2.0.0 OK'
}

const zone = `
  foreign.example      MX 10 mx.foreign.example
  mx.foreign.example   A 127.0.0.1
  mail.example.com     A 203.0.113.25
  yahoo.example        TXT "v=spf1 ip4:127.0.0.1 -all"
  _dmarc.yahoo.example TXT "v=DMARC1; p=reject"
  bank.example         TXT "v=spf1 -all"
  _dmarc.bank.example  TXT "v=DMARC1; p=reject"
`

/** A house that sends to the world of the zone, whose servers are on a port of this machine. */
async function openWorldly(t: TestContext, port: number, dns: ZoneDns): Promise<House> {
  return await openHouse(t, {
    foreign: 'queue',
    outside: { dns },
    change: (settings) => ({
      ...settings,
      server: { ...settings.server, trusted_networks: ['192.0.2.0/24'] },
      trust: { ...settings.trust, enabled: true },
      outgoing: { ...settings.outgoing, port, private_networks: ['127.0.0.0/8'] },
    }),
  })
}

test('T002-10 another server gets our mail signed and whole; later, and never, are told', async (t) => {
  let asked = 0
  const stub = await openStub(t, (to) => {
    if (to.startsWith('nobody')) return '550 5.1.1 No such user'
    return ++asked === 1 ? '450 4.7.1 Come again' : '250 2.1.5 OK'
  })
  const dns = new ZoneDns(zone)
  const house = await openWorldly(t, stub.port, dns)
  const rooms = house.started.rooms ?? assert.fail('a house with rooms')
  await rooms.keys.rotate('example.com')
  for (const { name, record } of await rooms.keys.use('example.com', true))
    dns.put({ name, type: 'TXT', data: record })
  const player = await house.smtp()
  await codes(player, ['EHLO laptop', `AUTH PLAIN ${btoa('\0tito\0amplop')}`])
  await codes(player, ['MAIL FROM:<tito@example.com>'])
  const to = ['RCPT TO:<friend@foreign.example>', 'RCPT TO:<nobody@foreign.example>']
  assert.deepEqual(await codes(player, to), [250, 250])
  await player.ask('DATA')
  const text = 'From: tito@example.com\r\nDate: Mon, 1 Jun 2026 10:00:00 +0000\r\nSubject: Halo\r\n'
  const said = await player.ask(`${text}Message-ID: <1@example.com>\r\n\r\nHalo\r\n.`)
  const id = /queued as (\S+)/.exec(said)?.[1] ?? assert.fail(said)
  const places = async () => (await rooms.traces.get(id))?.recipients.map(({ place }) => place)
  // The refusal came back to its sender; the other waits.
  while ((await house.inbox('tito')).length === 0) await turn()
  assert.match(String((await house.inbox('tito'))[0]), /550 5\.1\.1 No such user/)
  while ((await places())?.join() !== 'queue,returned') await turn()
  assert.deepEqual(stub.texts, [])
  // An order of the administrator takes the place of the minutes that a schedule has.
  while ((await rooms.queueBook.order('retry', {})) === 0) await turn()
  while (stub.texts.length === 0) await turn()
  while ((await places())?.join() !== 'hop,returned') await turn()
  assert.equal(stub.heard[0], 'EHLO mail.example.com')
  assert.ok(stub.heard.some((line) => line.startsWith('MAIL FROM:<tito@example.com>')))
  const bytes = Buffer.from(stub.texts[0]!, 'latin1')
  assert.match(stub.texts[0]!, /^Date: .*\r$/m)
  assert.match(stub.texts[0]!, /^Message-ID: <1@example\.com>\r$/m)
  const sealed = new SealedText(bytes, async function* () {
    yield bytes
  })
  const proofs = await verifyDkim(sealed, new Keys(dns), Date.now())
  assert.deepEqual(
    proofs.map(({ result, domain }) => `${result} ${domain}`),
    ['pass example.com', 'pass example.com'],
  )
})

test('T002-11 a foreign server is heard, and its mail is in the INBOX with its proofs', async (t) => {
  const house = await openWorldly(t, 25, new ZoneDns(zone))
  const rooms = house.started.rooms ?? assert.fail('a house with rooms')
  const player = await house.smtp()
  const send = async (from: string) => {
    const lines = [`MAIL FROM:<${from}>`, 'RCPT TO:<iqbal@example.com>']
    assert.deepEqual(await codes(player, lines), [250, 250])
    await player.ask('DATA')
    return await player.ask(`From: <${from}>\r\nSubject: from outside\r\n\r\nhello\r\n.`)
  }
  await codes(player, ['EHLO mta.yahoo.example'])
  const said = await send('seno@yahoo.example')
  const id = /^250 .*queued as (\S+)/.exec(said)?.[1] ?? assert.fail(said)
  assert.match(String((await house.inbox('iqbal')).at(-1)), /^Subject: from outside/m)
  const origin = (await rooms.traces.get(id))?.origin
  assert.deepEqual([origin?.spf.result, origin?.dmarc.result], ['pass', 'pass'])
  assert.match(await send('boss@bank.example'), /^550 5\.7\.26 /)
  assert.equal((await house.inbox('iqbal')).length, 1)
})
