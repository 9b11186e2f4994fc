// Certificates from Pebble, the test authority of Let's Encrypt, by both proofs.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { acmeCertificate, readAcmeState } from '../../src/app/acme-file.ts'
import { defaults, type Settings } from '../../src/app/config/schema.ts'
import { start } from '../../src/app/start.ts'
import { silentLog } from '../../src/base/log.ts'
import { ZoneDns } from '../../src/trust/dns/zone-dns.ts'
import { selfSigned } from '../../src/wire/self-signed.ts'
import { program } from '../support/debian.ts'

const pebble = await program('pebble')
const names = await program('pebble-challtestsrv', 'pebble')
const skip = pebble && names ? false : 'no pebble'
const name = 'mail.example.com'

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  for (const server of servers) server.close()
  return ports
}

function run(t: TestContext, command: string, args: readonly string[], env = {}): ChildProcess {
  const child = spawn(command, args, { stdio: 'ignore', env: { ...process.env, ...env } })
  t.after(() => {
    child.kill('SIGKILL')
  })
  return child
}

for (const challenge of ['http-01', 'tls-alpn-01'] as const)
  test(`Pebble issues a certificate by ${challenge}`, { skip }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'amplop-pebble-'))
    const [dns, manage, directory, web, secured] = (await freePorts(5)) as [
      ...[number, number, number, number, number],
    ]
    const own = selfSigned(['localhost', '127.0.0.1'])
    const put = (file: string, text: string) => {
      writeFileSync(join(folder, file), text)
      return join(folder, file)
    }
    const config = {
      listenAddress: `127.0.0.1:${directory}`,
      managementListenAddress: '',
      certificate: put('cert.pem', own.cert),
      privateKey: put('key.pem', own.key),
      ...{ httpPort: web, tlsPort: secured, externalAccountBindingRequired: false },
    }
    const file = put('pebble.json', JSON.stringify({ pebble: config }))
    const off = ['-http01', '', '-https01', '', '-tlsalpn01', '']
    const here = ['-defaultIPv4', '127.0.0.1', '-defaultIPv6', '', '-management']
    run(t, names!, ['-dns01', `127.0.0.1:${dns}`, ...off, ...here, `127.0.0.1:${manage}`])
    const resolver = ['-dnsserver', `127.0.0.1:${dns}`]
    run(t, pebble!, ['-config', file, ...resolver], { PEBBLE_VA_NOSLEEP: '1' })
    const base = defaults()
    const none = { listen: [], tls_listen: [] }
    const at = (port: number) => [{ host: '127.0.0.1', port }]
    const settings: Settings = {
      ...base,
      server: { ...base.server, name, domains: ['example.com'], data: folder },
      acme: {
        ...{ ...base.acme, enabled: true, challenge, ca: join(folder, 'cert.pem') },
        directory: `https://127.0.0.1:${directory}/dir`,
      },
      smtp: { ...base.smtp, listen: [] },
      submission: none,
      pop3: { ...base.pop3, ...none },
      imap: { ...base.imap, ...none },
      http: { ...base.http, listen: at(web), tls_listen: at(secured) },
    }
    await untilListening(directory)
    const outside = { dns: new ZoneDns(`${name} A 192.0.2.1`) }
    const started = await start({ settings, log: silentLog, foreign: 'refuse', outside })
    t.after(async () => {
      await started.close(0)
      rmSync(folder, { recursive: true })
    })
    while (!acmeCertificate(folder)) {
      assert.equal(readAcmeState(folder).error, '')
      await pause(100)
    }
    const leaf = new X509Certificate(acmeCertificate(folder)!.cert)
    assert.equal(leaf.checkHost(name), name)
    assert.match(leaf.issuer, /Pebble/)
  })

async function untilListening(port: number): Promise<void> {
  for (;;) {
    const found = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      (error: { cause?: { code?: string } }) => error.cause?.code !== 'ECONNREFUSED',
    )
    if (found) return
    await pause(50)
  }
}
