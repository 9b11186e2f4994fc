import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Networks, neighbourhood, plainAddress } from './networks.ts'

it('knows its networks, in whatever form an address comes', () => {
  const networks = new Networks(['127.0.0.0/8', '::1', '192.168.50.0/24', '2001:db8::/32'])
  for (const inside of ['127.0.0.1', '::ffff:127.9.9.9', '::1', '192.168.50.2', '2001:db8:1::5'])
    assert.ok(networks.has(inside), inside)
  for (const outside of ['128.0.0.1', '192.168.51.2', '::2', '2001:db9::', '', 'localhost'])
    assert.ok(!networks.has(outside), outside)
})

it('names the entry that is no network', () => {
  for (const wrong of ['localhost', '10.0.0.0/33', '10.0.0.0/', '::/129', '10.0.0'])
    assert.throws(() => new Networks(['127.0.0.1', wrong]), new RegExp(`"${wrong}" is no network`))
})

it('counts an IPv4 address or an IPv6 /64 as one neighbour', () => {
  assert.equal(plainAddress('::FFFF:192.0.2.1'), '192.0.2.1')
  assert.equal(plainAddress('fe80::1%eth0'), 'fe80::1')
  assert.equal(neighbourhood('::ffff:192.0.2.1'), '192.0.2.1')
  assert.equal(neighbourhood('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64')
  assert.equal(neighbourhood('2001:db8::6'), '2001:db8:0:0::/64')
  assert.equal(neighbourhood('::1'), '0:0:0:0::/64')
})
