// Which addresses are this server's own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ZoneDns } from '../trust/dns/zone-dns.ts'
import { isOurAddress } from './own-addresses.ts'

const own = {
  dns: new ZoneDns('mail.example.com A 203.0.113.1\nmail.example.com AAAA 2001:db8::1'),
  serverName: 'mail.example.com',
  port: 25,
  machine: ['10.0.0.5', 'fe80::1'],
}
const at = (host: string, port = 25) => ({ host, port })

test('an address is ours where we listen on it, by itself or with all others', async () => {
  const all = isOurAddress({ ...own, listen: [at('0.0.0.0'), at('::')] })
  for (const address of ['10.0.0.5', '203.0.113.1', '2001:db8::1', 'fe80::1'])
    assert.equal(await all(address), true, address)
  assert.equal(await all('203.0.113.2'), false)
  const one = isOurAddress({ ...own, listen: [at('192.0.2.7'), at('0.0.0.0', 2525)] })
  assert.equal(await one('192.0.2.7'), true)
  // Somebody else may have port 25 there.
  for (const address of ['10.0.0.5', '203.0.113.1'])
    assert.equal(await one(address), false, address)
})
