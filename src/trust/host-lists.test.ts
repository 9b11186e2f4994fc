// Lists of hosts must be believed only while they know what they say.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../base/log.ts'
import { ZoneDns } from './dns/zone-dns.ts'
import { HostLists } from './host-lists.ts'

const dns = new ZoneDns(`
  9.2.0.192.good.example     A 127.0.0.4
  8.2.0.192.good.example     A 127.255.255.254
  *.everybody.example        A 127.0.0.2
  *.given-up.example         A 203.0.113.80
  9.2.0.192.allow.example    A 127.0.5.1
  1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.good.example A 127.0.0.2
  $FAIL 9.2.0.192.slow.example A timed out
`)
const names = {
  blocklists: ['good.example', 'everybody.example', 'given-up.example', 'slow.example'],
  allowlists: ['allow.example'],
}

test('a host is listed where a list says so that does not say it of everybody', async () => {
  const lists = new HostLists({ dns, now: Date.now, log: silentLog })
  assert.deepEqual(await lists.ask('192.0.2.9', names), {
    blocked: ['good.example'],
    recommended: ['allow.example'],
    silent: [
      'everybody.example: out of order',
      'given-up.example: out of order',
      'slow.example: no answer',
    ],
  })
  const { blocked } = await lists.ask('2001:db8::1', names)
  assert.deepEqual(blocked, ['good.example'])
  assert.deepEqual((await lists.ask('::ffff:192.0.2.9', names)).blocked, ['good.example'])
})

test('a list that refuses us is no witness, for or against', async () => {
  const lists = new HostLists({ dns, now: Date.now, log: silentLog })
  const one = { blocklists: ['good.example'], allowlists: [] }
  const none = { blocked: [], recommended: [] }
  assert.deepEqual(await lists.ask('192.0.2.8', one), {
    ...none,
    silent: ['good.example: refused'],
  })
  assert.deepEqual(await lists.ask('192.0.2.7', one), { ...none, silent: [] })
})

test('the test points of a list are asked once an hour', async () => {
  const clock = { at: 0 }
  const zone = new ZoneDns('9.2.0.192.good.example A 127.0.0.4')
  const lists = new HostLists({ dns: zone, now: () => clock.at, log: silentLog })
  const one = { blocklists: ['good.example'], allowlists: [] }
  const tests = () => zone.asked.filter((asked) => asked.startsWith('1.0.0.127.')).length
  await lists.ask('192.0.2.9', one)
  await lists.ask('192.0.2.9', one)
  assert.equal(tests(), 1)
  clock.at += 3_600_001
  await lists.ask('192.0.2.9', one)
  assert.equal(tests(), 2)
})
