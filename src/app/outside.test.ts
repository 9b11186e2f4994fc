// The way to the outside as the server has it: questions over the wire, MTA-STS over HTTPS, mail by
// SMTP, all on loopback.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { silentLog } from '../base/log.ts'
import { Networks } from '../base/networks.ts'
import { ScriptedHop } from '../protocols/smtp/client-hop.ts'
import type { Outgoing } from '../queue/transport.ts'
import { DnsServer } from '../trust/dns/testing/dns-server.ts'
import { ZoneDns } from '../trust/dns/zone-dns.ts'
import { selfSigned } from '../wire/self-signed.ts'
import { LiveSettings } from './config/live.ts'
import { defaults } from './config/schema.ts'
import { openCourier, openDns } from './outside.ts'
import { policyFetch } from './policy-fetch.ts'

const mail: Outgoing = {
  from: { local: 'tito', domain: 'example.com' },
  to: [{ local: 'a', domain: 'far.example' }],
  body: async function* () {
    yield Buffer.from('Subject: hi\r\n\r\nhello\r\n')
  },
  size: 23,
  smtpUtf8: false,
}

test('mail finds its way by MX, through the name servers of the settings', async (t) => {
  const hop = new ScriptedHop()
  const port = await hop.listen()
  const names = new DnsServer(
    new ZoneDns('far.example MX 10 mx.far.example\nmx.far.example A 127.0.0.1'),
  )
  const place = await names.listen()
  const base = defaults()
  const settings = {
    ...base,
    server: { ...base.server, name: 'us.example', domains: ['example.com'] },
    dns: { ...base.dns, servers: [`127.0.0.1:${place.port}`] },
    outgoing: { ...base.outgoing, port, private_networks: ['127.0.0.0/8'] },
  }
  const source = { file: '', read: () => ({ settings, keys: new Set<string>() }) }
  const live = new LiveSettings({ source, folder: '/nowhere', log: silentLog })
  const { courier, close } = openCourier({ live, dns: openDns(settings) })
  t.after(async () => {
    await close()
    await hop.close()
    await names.close()
  })
  const consignment = { message: 'm', destination: 'far.example', mail, attempts: 0 }
  const attempt = await courier.deliver(consignment)
  assert.deepEqual(
    attempt.recipients.map(({ code }) => code),
    [250],
  )
  assert.equal(attempt.tried[0]?.host, 'mx.far.example')
  assert.equal(attempt.tried[0]?.hop, `127.0.0.1:${port}`)
  assert.equal(hop.lines[0], 'EHLO us.example')
  const nobody = await courier.deliver({ ...consignment, destination: 'no.example' })
  assert.equal(nobody.recipients[0]?.status, '5.1.2')
})

const pair = selfSigned(['mta-sts.far.example'])

async function serve(t: TestContext, answer: { status?: number; type?: string; text: string }) {
  const server = createServer(pair, (_request, response) => {
    response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? 'text/plain' })
    response.end(answer.text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

const url = 'https://mta-sts.far.example/.well-known/mta-sts.txt'

test('a policy is fetched over HTTPS, and nothing that is not one', async (t) => {
  const dns = new ZoneDns('mta-sts.far.example A 127.0.0.1\nmta-sts.other.example A 127.0.0.1')
  const allowed = () => new Networks(['127.0.0.0/8'])
  const ports = { dns, allowed, ca: pair.cert }
  const port = await serve(t, { text: 'version: STSv1' })
  const fetch = policyFetch({ ...ports, port })
  assert.equal(await fetch(url), 'version: STSv1')
  await assert.rejects(fetch(url.replace('far', 'other')), /altnames/)
  await assert.rejects(fetch(url.replace('far', 'none')), /has no address/)
  const inner = policyFetch({ ...ports, port, allowed: () => new Networks([]) })
  await assert.rejects(inner(url), /has no address/)
  const cases: readonly [{ status?: number; type?: string; text: string }, RegExp][] = [
    [{ status: 301, text: '' }, /HTTP 301/],
    [{ type: 'text/html', text: '' }, /no text\/plain/],
    [{ text: 'x'.repeat(70_000) }, /64 KiB/],
  ]
  for (const [answer, why] of cases)
    await assert.rejects(policyFetch({ ...ports, port: await serve(t, answer) })(url), why)
})
