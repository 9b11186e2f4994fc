import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Networks } from '../base/networks.ts'
import type { Dns } from '../trust/dns/dns.ts'
import { pushPost } from './push-post.ts'

const dns = {
  query: async (host: string, type: string) =>
    type === 'A' && host === 'inside.example'
      ? { is: 'found', records: ['10.0.0.1'], secure: false }
      : { is: 'none', secure: false },
} as unknown as Dns

test('a push goes to the outside over TLS, and inside only where it is allowed', async () => {
  const shut = pushPost(dns, () => new Networks([]))
  for (const url of [
    ...['http://example.com/', 'http://127.0.0.1/', 'https://127.0.0.1/', 'https://[::1]/x'],
    ...['https://10.1.2.3/', 'https://localhost/', 'ftp://example.com/', 'nonsense'],
    ...['https://name:secret@example.com/', 'https://[::ffff:127.0.0.1]/'],
  ])
    assert.equal(shut.may(url), false, url)
  for (const url of ['https://push.example.com/abc', 'https://192.0.32.1/'])
    assert.equal(shut.may(url), true, url)
  const open = pushPost(dns, () => new Networks(['127.0.0.0/8']))
  assert.equal(open.may('http://127.0.0.1:1234/'), true)
  assert.equal(open.may('http://example.com/'), false)
  const message = { url: 'https://inside.example/', headers: {}, body: Buffer.from('x') }
  await assert.rejects(shut.send(message), /has no address/)
})

test('what is posted arrives, and what is said to it is told', async (t) => {
  const heard: string[] = []
  const server = createServer((request, response) => {
    request.on('data', (part) => heard.push(`${request.headers.ttl} ${part}`))
    request.on('end', () => response.writeHead(429, { 'retry-after': '7' }).end('x'.repeat(100)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const post = pushPost(dns, () => new Networks(['127.0.0.0/8']))
  const url = `http://localhost:${port}/here?a=b`
  const answer = await post.send({ url, headers: { ttl: '60' }, body: Buffer.from('hello') })
  assert.deepEqual(answer, { status: 429, retryAfterMs: 7000 })
  assert.deepEqual(heard, ['60 hello'])
})
