// POST /gateway: each outcome with its status, and no foreign page sends through a trusted browser.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Networks } from '../../base/networks.ts'
import { Refused } from '../../base/refused.ts'
import type { HttpRequest } from '../../wire/http-types.ts'
import { gatewayRoute } from './http.ts'
import { Basket, type FrontOptions, newGateway, objectOf, tokensOf } from './testing/front.ts'

interface Asked {
  readonly body?: string
  readonly headers?: Record<string, string>
  readonly secure?: boolean
}

async function ask(options: FrontOptions, { body = objectOf(), headers = {}, secure }: Asked) {
  const route = gatewayRoute({ gateway: newGateway(options), hosts: ['mail.example.com'] })
  const request: HttpRequest = {
    method: 'POST',
    path: '/gateway',
    query: new URLSearchParams(),
    headers: { host: 'localhost:8080', 'content-type': 'application/json', ...headers },
    client: '127.0.0.1',
    secure: secure ?? false,
    at: Date.now(),
    signal: new AbortController().signal,
    body: async (limit) => {
      if (body.length > limit) throw new Refused('too-big')
      return Buffer.from(body)
    },
  }
  const answer = await route.run(request)
  return { ...answer, said: JSON.parse(String(answer.body)) }
}

test('an object is sent, and the answer is the line of the gateway', async () => {
  const outlet = new Basket()
  const { status, said, headers } = await ask({ outlet }, {})
  assert.equal(status, 200)
  assert.deepEqual(Object.keys(said), ['code', 'status', 'id', 'recipients', 'text'])
  assert.equal(headers?.['content-type'], 'application/json')
  assert.equal(headers?.['cache-control'], 'no-store')
  assert.equal(outlet.messages[0]?.client.protocol, 'gateway-http')
})

const stranger = {
  trusted: new Networks([]),
  tokens: tokensOf({ open: {}, bound: { senders: ['z@x.com'] } }),
}
const json = 'application/json; charset=utf-8'
const outcomes: readonly [what: string, options: FrontOptions, asked: Asked, status: number][] = [
  ['with a charset', {}, { headers: { 'content-type': json } }, 200],
  ['a form', {}, { headers: { 'content-type': 'text/plain' } }, 415],
  ['no JSON', {}, { body: '{not' }, 400],
  ['half an object', {}, { body: '{"a":1' }, 400],
  ['two objects', {}, { body: '{}{}' }, 400],
  ['a missing field', {}, { body: '{"sender":"a@x.com"}' }, 422],
  ['a bad address', {}, { body: objectOf({ recipient: 'a b' }) }, 422],
  ['too big', { limits: { objectMaxBytes: 50 } }, {}, 413],
  ['nobody vouches', stranger, {}, 403],
  ['a wrong token', stranger, { headers: { authorization: 'Bearer wrong' } }, 401],
  ['a token', stranger, { headers: { authorization: 'Bearer open' } }, 200],
  ['a token in the object', stranger, { body: objectOf({ token: 'open' }) }, 200],
  ['a token for others', stranger, { headers: { authorization: 'bearer bound' } }, 403],
  ['too many', { limits: { messagesPerMinute: 0.5 } }, {}, 429],
  ['our own failure', { outlet: new Basket(() => Promise.reject(new Error('disk'))) }, {}, 503],
  [
    'behind a proxy, the address is not the client',
    {},
    { headers: { 'x-forwarded-for': '::1' } },
    403,
  ],
]

for (const [what, options, asked, status] of outcomes)
  test(`the outcome is a status: ${what}, ${status}`, async () => {
    assert.equal((await ask(options, asked)).status, status)
  })

const same = { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:8080' }
const pages: readonly [what: string, headers: Record<string, string>, sent: boolean][] = [
  ['our own', same, true],
  ['our own by address', { host: '[::1]:8080', origin: 'http://[::1]:8080' }, true],
  ['our own by name', { host: 'mail.example.com', origin: 'http://mail.example.com' }, true],
  ['another site', { 'sec-fetch-site': 'cross-site', origin: 'http://evil.example' }, false],
  [
    'another port of this machine',
    { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' },
    false,
  ],
  ['a sandboxed frame', { origin: 'null' }, false],
  ['TLS stripped', { origin: 'https://localhost:8080' }, false],
  [
    'a name of its own for our address',
    { host: 'evil.example', origin: 'http://evil.example' },
    false,
  ],
]

for (const [what, headers, passes] of pages)
  test(`a page may ${passes ? '' : 'not '}send: ${what}`, async () => {
    const outlet = new Basket()
    const { status } = await ask({ outlet }, { headers })
    assert.equal(status, passes ? 200 : 403)
    assert.equal(outlet.messages.length, passes ? 1 : 0)
  })

test('a token is taken over TLS or from this machine only', async () => {
  const { status, said } = await ask(stranger, {
    headers: { authorization: 'Bearer open' },
    secure: true,
  })
  assert.equal(status, 200)
  assert.equal(said.code, 250)
})
