// The resolver against name servers that are silent, truncate, forge, refuse and make no sense.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { NameServer } from './exchange.ts'
import { Resolver, type ResolverOptions } from './resolver.ts'
import { isNear, nameServer, readResolvConf } from './system-servers.ts'
import { DnsServer, type Manners } from './testing/dns-server.ts'
import { ZoneDns } from './zone-dns.ts'

const zone = `
  example.com               MX    10 mx.example.com
  example.com               MX    20 mx2.example.com
  example.com               TXT   "v=spf1 -all"
  big.example.com           TXT   "${'x'.repeat(250)}" "${'y'.repeat(250)}"
  mx.example.com            A     192.0.2.1
  mx.example.com            AAAA  2001:db8::1
  www.example.com           CNAME mx.example.com
  _25._tcp.mx.example.com   TLSA  3 1 1 00ffa0
  _imap._tcp.example.com    SRV   0 1 143 mx.example.com
  example.com               CAA   128 issue "ca.example"
  null.example.com          MX    0 .
  $SECURE example.com
  $FAIL broken.example.com * it is
`

async function ask(t: TestContext, manners: Manners = {}, options: Partial<ResolverOptions> = {}) {
  const server = new DnsServer(new ZoneDns(zone))
  server.manners = manners
  const place = await server.listen()
  t.after(() => server.close())
  const resolver = new Resolver({
    servers: () => [place],
    trusts: () => true,
    timeoutMs: 2000,
    roundsMax: 1,
    ...options,
  })
  return { server, resolver, place }
}

test('records of every type cross the wire whole', async (t) => {
  const { resolver } = await ask(t)
  for (const [name, type] of [
    ['example.com', 'MX'],
    ['big.example.com', 'TXT'],
    ['mx.example.com', 'A'],
    ['mx.example.com', 'AAAA'],
    ['_25._tcp.mx.example.com', 'TLSA'],
    ['_imap._tcp.example.com', 'SRV'],
    ['example.com', 'CAA'],
    ['null.example.com', 'MX'],
    ['mx.example.com', 'TXT'],
    ['nobody.example.com', 'MX'],
  ] as const)
    assert.deepEqual(
      await resolver.query(name, type),
      await new ZoneDns(zone).query(name, type),
      `${name} ${type}`,
    )
})

test('an answer that was validated counts only from a server that is trusted', async (t) => {
  const { resolver } = await ask(t, {}, { trusts: () => false })
  const answer = await resolver.query('mx.example.com', 'A')
  assert.deepEqual(answer, { is: 'found', records: ['192.0.2.1'], secure: false })
})

test('what does not fit a datagram is asked for by TCP, and so is a name in other letters', async (t) => {
  for (const manners of [{ truncates: true }, { lowercases: true }]) {
    const { resolver, server } = await ask(t, manners)
    const name = 'abcdefghijklmnopqrstuvwxyz.example.com'
    const answer = await resolver.query(name, 'A')
    assert.equal(answer.is, 'no-name')
    assert.deepEqual(server.heard, [`udp ${name} A`, `tcp ${name} A`])
  }
})

test('forged: a reply with another id or for another name is passed over', async (t) => {
  for (const forged of [{ id: 70_000 % 65_536 }, { name: 'evil.example.com' }]) {
    const { resolver } = await ask(t, { forged })
    assert.equal((await resolver.query('mx.example.com', 'A')).is, 'found')
  }
})

test('a server without EDNS is asked without, and remembered', async (t) => {
  const { resolver, server } = await ask(t, { knowsEdns: false })
  assert.equal((await resolver.query('mx.example.com', 'A')).is, 'found')
  assert.equal((await resolver.query('example.com', 'MX')).is, 'found')
  assert.equal(server.heard.length, 3)
})

test('what cannot be answered is temporary, and says why', async (t) => {
  const cases: readonly [Manners, RegExp][] = [
    [{ rcode: 2 }, /^SERVFAIL from 127\.0\.0\.1$/],
    [{ rcode: 5 }, /^REFUSED from/],
    [{ rcode: 9 }, /^RCODE 9/],
    [{ silent: true }, /^timed out from/],
  ]
  for (const [manners, why] of cases) {
    const { resolver } = await ask(t, manners, { timeoutMs: 100 })
    const answer = await resolver.query('mx.example.com', 'A')
    assert.match(answer.is === 'failed' ? answer.why : answer.is, why)
  }
  const none = new Resolver({ servers: () => [], trusts: () => true })
  assert.equal((await none.query('example.com', 'A')).is, 'failed')
})

test('garbage under the right id never passes for an answer', async (t) => {
  const { resolver } = await ask(t, { garbage: true }, { timeoutMs: 100 })
  assert.equal((await resolver.query('mx.example.com', 'A')).is, 'failed')
})

test('the next server is asked when one is silent, is dead or has failed', async (t) => {
  const good = await ask(t)
  for (const manners of [{ silent: true }, { rcode: 2 }, undefined]) {
    const bad = await ask(t, manners ?? {})
    if (!manners) await bad.server.close().then(() => (bad.server.close = async () => {}))
    const servers: NameServer[] = [bad.place, good.place]
    const resolver = new Resolver({ servers: () => servers, trusts: () => true, timeoutMs: 150 })
    assert.equal((await resolver.query('mx.example.com', 'A')).is, 'found')
  }
})

test('answers are remembered for their time, also that there is none; failures shortly', async (t) => {
  let now = 1_000_000
  const { resolver, server } = await ask(t, {}, { now: () => now })
  const names = ['mx.example.com', 'nobody.example.com', 'broken.example.com']
  const askAll = async () => {
    for (const name of names) await resolver.query(name, 'A')
    return server.heard.splice(0).length
  }
  assert.equal(await askAll(), 3)
  assert.equal(await askAll(), 0)
  now += 6_000
  assert.equal(await askAll(), 1)
  now += 60_000
  assert.equal(await askAll(), 2)
  now += 300_000
  assert.equal(await askAll(), 3)
})

test('the same question asked many times at once goes out once; the memory is bounded', async (t) => {
  const { resolver, server } = await ask(t, {}, { cacheMax: 10 })
  await Promise.all(Array.from({ length: 50 }, () => resolver.query('mx.example.com', 'A')))
  assert.equal(server.heard.length, 1)
  for (let n = 0; n < 10; n++) await resolver.query(`n${n}.example.com`, 'A')
  await resolver.query('mx.example.com', 'A')
  assert.equal(server.heard.length, 12)
})

test('resolv.conf and settings name servers', () => {
  const { servers, trustAd } = readResolvConf(
    'search a.example\n# nameserver 192.0.2.99\nnameserver 192.0.2.53\nnameserver 2001:db8::53\noptions edns0 trust-ad\n',
  )
  assert.deepEqual(
    servers.map((one) => one.address),
    ['192.0.2.53', '2001:db8::53'],
  )
  assert.ok(trustAd)
  assert.deepEqual(readResolvConf('').servers, [{ address: '127.0.0.1', port: 53 }])
  assert.deepEqual(nameServer('[2001:db8::1]:5353'), { address: '2001:db8::1', port: 5353 })
  assert.deepEqual(nameServer('127.0.0.1:5300'), { address: '127.0.0.1', port: 5300 })
  assert.deepEqual(nameServer('2001:db8::1'), { address: '2001:db8::1', port: 53 })
  for (const wrong of ['ns.example', '192.0.2.1:0', '', '[::1', '1.2.3.4:99999'])
    assert.equal(nameServer(wrong), undefined, wrong)
  assert.ok(isNear({ address: '127.0.0.1', port: 53 }))
  assert.ok(!isNear({ address: '127.0.0.11', port: 53 }))
  assert.ok(!isNear({ address: '192.0.2.1', port: 53 }))
})
