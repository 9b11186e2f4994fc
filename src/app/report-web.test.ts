// Reports by POST: taken, refused, and never to an address inside.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Networks } from '../base/networks.ts'
import { ZoneDns } from '../trust/dns/zone-dns.ts'
import { selfSigned } from '../wire/self-signed.ts'
import { reportWeb } from './report-web.ts'

const pair = selfSigned(['web.far.example'])
const url = 'https://web.far.example/tls'

test('a report is posted as it is, and what does not take it says so', async (t) => {
  const heard: string[] = []
  const server = createServer(pair, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      heard.push(`${request.method} ${request.headers['content-type']} ${Buffer.concat(chunks)}`)
      response.writeHead(request.url === '/tls' ? 201 : 410).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const dns = new ZoneDns('web.far.example A 127.0.0.1')
  const ports = { dns, port, ca: pair.cert }
  const post = reportWeb({ ...ports, allowed: () => new Networks(['127.0.0.0/8']) })
  await post(url, 'application/tlsrpt+gzip', Buffer.from('report'))
  assert.deepEqual(heard, ['POST application/tlsrpt+gzip report'])
  const gone = post('https://web.far.example/gone', 'a/b', Buffer.from(''))
  await assert.rejects(gone, /HTTP 410/)
  const inner = reportWeb({ ...ports, allowed: () => new Networks([]) })
  await assert.rejects(inner(url, 'a/b', Buffer.from('')), /has no address/)
})
