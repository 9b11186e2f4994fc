import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Networks } from '../base/networks.ts'
import type { Dns } from '../trust/dns/dns.ts'
import { outsideOf, type PicturePorts } from './picture-fetch.ts'

interface Cleanup {
  after(work: () => Promise<void> | void): void
}

const never = new AbortController().signal

/** A server on this machine, as if it were in the world under any name but those that lead home. */
async function world(t: Cleanup, listener: RequestListener, more: Partial<PicturePorts> = {}) {
  const asked: string[] = []
  const server = createServer((request, answer) => {
    asked.push(`${request.headers.host} ${request.url}`)
    listener(request, answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => void server.close())
  const { port } = server.address() as AddressInfo
  const lookups: string[] = []
  const dns: Dns = {
    query: async (name, type) => {
      lookups.push(`${name} ${type}`)
      const home = /^(?:home|rebind)\./.test(name)
      const address = home ? '10.0.0.7' : '127.0.0.1'
      const both = name.startsWith('both.') ? ['127.0.0.1', '192.168.1.1'] : [address]
      if (type !== 'A') return { is: 'no-record', secure: false }
      return { is: 'found', records: both, secure: false } as never
    },
  }
  const allowed = new Networks(['127.0.0.1'])
  const { picture, post } = outsideOf({ dns, ports: [port], allowed, ...more })
  return {
    ...{ asked, lookups, port, fetch: (url: string) => picture(url, never) },
    post: (url: string) => post(url, 'List-Unsubscribe=One-Click', never),
  }
}

test('fetches without telling of whom', async (t) => {
  let headers: object = {}
  const { fetch, port } = await world(t, (request, answer) => {
    headers = request.headers
    answer.setHeader('set-cookie', 'a=b')
    answer.end('bytes')
  })
  assert.equal(String(await fetch(`http://user:secret@t.example:${port}/a?b#c`)), 'bytes')
  assert.deepEqual(Object.keys(headers).sort(), [
    ...['accept', 'accept-encoding', 'connection', 'host', 'user-agent'],
  ])
})

/** 127.0.0.1 and its neighbours, as people have written them to get past a check. */
const inward = [
  ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '0x7f.1', '127.0.0.1.', '0'],
  ...['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.64.0.1'],
  ...['198.18.0.1', '192.0.0.1', '224.0.0.1', '255.255.255.255', '0.0.0.0', '240.0.0.1'],
  ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[::7f00:1]'],
  ...['[64:ff9b::7f00:1]', '[64:ff9b:1::1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]', '[fe80::1]'],
  ...['[fec0::1]', '[fc00::1]', '[fd12:3456::1]', '[ff02::1]', '[100::1]', '[2001:db8::1]'],
  ...['localhost', 'router', 'home.example', 'both.example', '１２７.0.0.1', '192.88.99.1'],
]

test('never asks within the house, however it is written', async (t) => {
  const found = await world(t, (_request, answer) => answer.end('x'), { allowed: new Networks([]) })
  for (const host of inward)
    await assert.rejects(found.fetch(`http://${host}:${found.port}/x`), Error, host)
  assert.deepEqual(found.asked, [])
})

test('outside addresses are outside, in both families', async () => {
  const dns: Dns = { query: async () => ({ is: 'no-name', secure: false }) }
  const { picture: fetch } = outsideOf({ dns })
  const gone = AbortSignal.abort(new Error('let through'))
  for (const host of ['93.184.216.34', '[2606:2800:220:1::1]', '100.63.255.255', '172.32.0.1'])
    await assert.rejects(fetch(`http://${host}/x`, gone), /let through|abort/i, host)
})

test('a redirect is looked at as the first address was, and not for ever', async (t) => {
  const found = await world(t, (request, answer) => {
    const to = new URLSearchParams(request.url?.split('?')[1]).get('to') ?? request.url ?? ''
    answer.writeHead(302, { location: to }).end()
  })
  const at = (to: string) =>
    found.fetch(`http://t.example:${found.port}/?to=${encodeURIComponent(to)}`)
  await assert.rejects(at(`http://home.example:${found.port}/`), /private/)
  await assert.rejects(at(`http://[::1]:${found.port}/`), /private/)
  await assert.rejects(at('http://169.254.169.254/latest/'), /port|private/)
  await assert.rejects(at('file:///etc/passwd'), /web address/)
  const before = found.asked.length
  await assert.rejects(at(`http://t.example:${found.port}/again`), /redirects/)
  assert.equal(found.asked.length - before, 4)
  assert.ok(found.asked.every((each) => each.startsWith('t.example')))
})

test('other ports and schemes are not asked, and too much is not read', async (t) => {
  const found = await world(t, (request, answer) => {
    if (request.url === '/none') return void answer.writeHead(404).end('x')
    if (request.url === '/said')
      return void answer.writeHead(200, { 'content-length': 2e7 }).flushHeaders()
    const chunk = Buffer.alloc(1_000_000)
    const more = (): void => void answer.write(chunk, (error) => !error && more())
    more()
  })
  const base = `http://t.example:${found.port}`
  await assert.rejects(found.fetch(`${base}/endless`), /too large/)
  await assert.rejects(found.fetch(`${base}/said`), /too large/)
  await assert.rejects(found.fetch(`${base}/none`), /HTTP 404/)
  for (const url of ['http://t.example:25/', 'ftp://t.example/', 'x', 'http://t.example/'])
    await assert.rejects(found.fetch(url), /port|address/, url)
})

test('a form is posted once, to the world only, and redirects are not followed', async (t) => {
  const bodies: string[] = []
  const found = await world(t, async (request, answer) => {
    bodies.push(`${request.method} ${Buffer.concat(await request.toArray())}`)
    if (request.url === '/moved') answer.setHeader('location', '/again')
    answer.writeHead(request.url === '/moved' ? 302 : 202).end()
  })
  const base = `t.example:${found.port}`
  await found.post(`http://${base}/u`)
  assert.deepEqual(bodies, ['POST List-Unsubscribe=One-Click'])
  await assert.rejects(found.post(`http://${base}/moved`), /redirect/)
  await assert.rejects(found.post(`http://home.example:${found.port}/u`), /private/)
  assert.equal(bodies.length, 2)
})
