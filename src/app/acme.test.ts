// Certificates from an authority: got by either proof from a server at work, shown without dropping
// anybody, renewed in time, and asked for with patience when it fails.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { silentLog } from '../base/log.ts'
import { newFolder } from '../store/testing/places.ts'
import { ZoneDns } from '../trust/dns/zone-dns.ts'
import { Challenges } from '../wire/acme/challenges.ts'
import { isIssuedBy, openAuthority } from '../wire/acme/testing/authority.ts'
import { serveHttp } from '../wire/http.ts'
import { httpLimits } from '../wire/http-types.ts'
import { AcmeKeeper } from './acme.ts'
import { acmeCertificate, acmeFiles, readAcmeState } from './acme-file.ts'
import { defaults, type Settings } from './config/schema.ts'
import { type Started, start } from './start.ts'

const name = 'mail.example.com'
const place = [{ host: '127.0.0.1', port: 0 }]

function settingsFor(folder: string, directory: string): Settings {
  const base = defaults()
  const none = { listen: [], tls_listen: [] }
  return {
    ...base,
    server: { ...base.server, name, domains: ['example.com'], data: folder },
    acme: { ...base.acme, enabled: true, directory },
    smtp: { ...base.smtp, listen: [] },
    submission: none,
    pop3: { ...base.pop3, ...none },
    imap: { ...base.imap, listen: [], tls_listen: place },
    http: { ...base.http, listen: place, tls_listen: place },
  }
}

/** Nobody is asked who is not of this test. */
const outside = { dns: new ZoneDns(`${name} A 192.0.2.1`) }

function portOf({ listeners }: Started, of: string): number {
  return listeners.find((open) => open.name === of)?.port ?? 0
}

async function dial(port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', servername: name, rejectUnauthorized: false })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  return socket
}

const shown = (socket: TLSSocket) => socket.getPeerX509Certificate()!.toString()

for (const challenge of ['http-01', 'tls-alpn-01'] as const)
  test(`a server gets its certificate by ${challenge}, and nobody is dropped`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'amplop-acme-'))
    let started: Started | undefined
    t.after(async () => {
      await started?.close(0)
      rmSync(folder, { recursive: true })
    })
    const authority = await openAuthority({
      offers: ['http-01', 'tls-alpn-01'],
      ports: () => ({ http: portOf(started!, 'http'), https: portOf(started!, 'https') }),
    })
    t.after(() => authority.close())
    const base = settingsFor(folder, authority.directory)
    // With its own certificate first: the authority takes its time.
    const { promise, resolve: answer } = Promise.withResolvers<void>()
    authority.gate = promise
    const settings = { ...base, acme: { ...base.acme, challenge } }
    started = await start({ settings, log: silentLog, foreign: 'refuse', outside })
    const own = await dial(portOf(started, 'imaps'))
    const https = await dial(portOf(started, 'https'))
    t.after(() => https.destroy())
    answer()
    let last = shown(own)
    while (!isIssuedBy(last, authority.root, [name])) {
      await turn()
      const next = await dial(portOf(started, 'imaps'))
      last = shown(next)
      next.destroy()
    }
    assert.equal(shown(https) === last, false)
    const secure = await dial(portOf(started, 'https'))
    assert.equal(shown(secure), last)
    secure.destroy()
    // Who was there before still is.
    own.write('a NOOP\r\n')
    let said = ''
    while (!said.includes('a OK')) said += String((await once(own, 'data'))[0])
    own.destroy()
    for (const file of Object.values(acmeFiles))
      assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file)
    assert.deepEqual(authority.issued, [[name]])
    // The next start shows it at once, and asks nobody.
    await started.close(0)
    started = await start({ settings, log: silentLog, foreign: 'refuse', outside })
    const again = await dial(portOf(started, 'imaps'))
    assert.equal(shown(again), last)
    again.destroy()
    assert.equal(authority.issued.length, 1)
  })

const dayMs = 86_400_000

async function keeperFor(t: TestContext, change: Partial<Settings['acme']> = {}) {
  const folder = newFolder(t)
  const clock = { at: Date.now() }
  const challenges = new Challenges()
  const page = await serveHttp({
    ...{ host: '127.0.0.1', port: 0, log: silentLog, limits: httpLimits },
    routes: [challenges.route()],
  })
  t.after(() => page.close(0))
  const authority = await openAuthority({
    offers: ['http-01'],
    ports: () => ({ http: page.port, https: 0 }),
    now: () => clock.at,
  })
  t.after(() => authority.close())
  const base = settingsFor(folder, authority.directory)
  const settings = { ...base, acme: { ...base.acme, ...change } }
  const dns = new ZoneDns(`
    ${name} A 192.0.2.1
    mta-sts.example.com CNAME ${name}
    autoconfig.example.com A 192.0.2.1
    autodiscover.example.com A 192.0.2.99
  `)
  let renewals = 0
  const keeper = new AcmeKeeper({
    ...{ settings: () => settings, folder, dns, log: silentLog, challenges },
    ...{ now: () => clock.at, random: () => 0.5, renewed: () => renewals++ },
  })
  t.after(() => keeper.close())
  return { folder, clock, authority, keeper, dns, renewals: () => renewals }
}

test('names that the DNS leads here are in it, unless they cannot be proved', async (t) => {
  const { authority, keeper, folder } = await keeperFor(t)
  authority.refused.add('autoconfig.example.com')
  authority.badNonces = 2
  await keeper.look()
  assert.equal(readAcmeState(folder).error, '')
  assert.deepEqual(authority.issued, [[name, 'mta-sts.example.com']])
  const { cert, key } = acmeCertificate(folder)!
  assert.ok(isIssuedBy(cert, authority.root, [name, 'mta-sts.example.com']))
  assert.match(key, /^-----BEGIN PRIVATE KEY/)
  assert.equal(authority.accounts, 1)
})

test('it is renewed when two thirds of its life are over, with the same key', async (t) => {
  const { authority, keeper, clock, folder, renewals } = await keeperFor(t)
  await keeper.look()
  const first = acmeCertificate(folder)!
  await keeper.look()
  clock.at += 55 * dayMs
  await keeper.look()
  assert.equal(authority.issued.length, 1)
  clock.at += 5 * dayMs
  await keeper.look()
  assert.equal(authority.issued.length, 2)
  assert.equal(renewals(), 2)
  const second = acmeCertificate(folder)!
  assert.equal(second.key, first.key)
  assert.notEqual(second.cert, first.cert)
  assert.equal(authority.accounts, 1)
  const until = new X509Certificate(second.cert).validToDate.getTime()
  assert.ok(until > clock.at + 80 * dayMs)
})

test('a failure is told and waited out, longer each time, over restarts', async (t) => {
  const { authority, keeper, clock, folder } = await keeperFor(t)
  authority.refused.add(name)
  await keeper.look()
  const first = readAcmeState(folder)
  assert.match(first.error, /mail\.example\.com: mail\.example\.com not proved/)
  assert.equal(first.nextAt - clock.at, 3_600_000)
  authority.refused.clear()
  await keeper.look()
  assert.equal(authority.issued.length, 0, 'it is not asked before its time')
  clock.at = first.nextAt
  authority.problem = 'rateLimited'
  await keeper.look()
  assert.equal(readAcmeState(folder).nextAt - clock.at, 2 * 3_600_000)
  authority.problem = ''
  clock.at += 3 * 3_600_000
  await keeper.look()
  assert.equal(authority.issued.length, 1)
  assert.equal(
    readFileSync(join(folder, acmeFiles.state), 'utf8'),
    '{"failures":0,"nextAt":0,"error":""}\n',
  )
})
