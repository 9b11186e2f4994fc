// The resolver asking a real one, unbound, that serves a zone of its own on loopback.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Resolver } from './resolver.ts'
import { DnsServer } from './testing/dns-server.ts'
import { ZoneDns } from './zone-dns.ts'

const missing =
  spawnSync('unbound', ['-V']).status === 0 ? false : 'no unbound on this machine (Debian: unbound)'

test('unbound answers what its zone has, and says what it has not', {
  skip: missing,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-unbound-'))
  // A port that is free for UDP and TCP alike.
  const probe = new DnsServer(new ZoneDns())
  const place = await probe.listen()
  await probe.close()
  const file = join(folder, 'unbound.conf')
  writeFileSync(
    file,
    `server:
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  do-daemonize: no
  use-syslog: no
  logfile: ""
  verbosity: 1
  interface: 127.0.0.1@${place.port}
  module-config: "iterator"
  local-zone: "example." static
  local-data: "example. 300 IN SOA ns.example. root.example. 1 2 3 4 60"
  local-data: "example. 300 IN MX 10 mx.example."
  local-data: "mx.example. 300 IN A 192.0.2.1"
  local-data: 'long.example. 300 IN TXT "${'x'.repeat(250)}" "${'y'.repeat(250)}"'
  local-data: "_25._tcp.mx.example. 300 IN TLSA 3 1 1 ${'ab'.repeat(32)}"
remote-control:
  control-enable: no
`,
  )
  const unbound = spawn('unbound', ['-d', '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  t.after(async () => {
    const gone = once(unbound, 'exit')
    unbound.kill('SIGKILL')
    await gone
    rmSync(folder, { recursive: true })
  })
  let said = ''
  for await (const chunk of unbound.stderr) {
    said += chunk
    if (/start of service|fatal/.test(said)) break
  }
  assert.match(said, /start of service/)
  const resolver = new Resolver({ servers: () => [place], trusts: () => true })
  const found = async (name: string, type: 'A' | 'MX' | 'TXT' | 'TLSA') => {
    const answer = await resolver.query(name, type)
    return answer.is === 'found' ? answer.records : answer.is
  }
  assert.deepEqual(await found('EXAMPLE', 'MX'), [{ preference: 10, exchange: 'mx.example' }])
  assert.deepEqual(await found('mx.example', 'A'), ['192.0.2.1'])
  assert.deepEqual(await found('long.example', 'TXT'), ['x'.repeat(250) + 'y'.repeat(250)])
  assert.deepEqual(await found('_25._tcp.mx.example', 'TLSA'), [
    { usage: 3, selector: 1, matching: 1, data: Buffer.alloc(32, 0xab) },
  ])
  assert.equal(await found('mx.example', 'MX'), 'no-record')
  assert.equal(await found('nobody.example', 'A'), 'no-name')
})
