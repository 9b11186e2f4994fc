import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Log, silentLog } from '../base/log.ts'
import { Refused, refusalCodes } from '../base/refused.ts'
import { serveHttp } from './http.ts'
import { refusalAnswer } from './http-answer.ts'
import { parseTarget } from './http-request.ts'
import { type HttpLimits, httpLimits, type Route } from './http-types.ts'
import { selfSigned } from './self-signed.ts'

const quick: HttpLimits = {
  ...httpLimits,
  headerTimeoutMs: 300,
  requestTimeoutMs: 1500,
  bodyWindowMs: 200,
  drainTimeoutMs: 300,
  bodyMaxBytes: 1000,
}

async function start(t: TestContext, routes: readonly Route[], limits: Partial<HttpLimits> = {}) {
  const errors: unknown[] = []
  const log: Log = { ...silentLog, error: (event, fields) => errors.push({ event, ...fields }) }
  const server = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    routes,
    limits: { ...quick, ...limits },
    log,
  })
  t.after(() => server.close(0))
  const url = (path: string) => `http://127.0.0.1:${server.port}${path}`
  return { server, url, errors }
}

/** Everything the server says to these bytes, until it closes the connection. */
async function speak(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let said = ''
  socket.on('data', (chunk) => {
    said += chunk
  })
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  return said
}

const hello: Route = { method: 'GET', path: '/hello', run: () => ({ status: 200, body: 'hi' }) }
const echo: Route = {
  method: 'POST',
  path: '/echo',
  run: async (request) => ({ status: 200, body: await request.body(5000) }),
}
const below: Route = {
  method: 'GET',
  path: '/below/*',
  run: (request) => ({ status: 200, body: `${request.path}?${request.query.get('q')}` }),
}

test('exact routes, routes below a path, HEAD, 404 and 405', async (t) => {
  const { url } = await start(t, [hello, echo, below])
  assert.equal(await (await fetch(url('/hello'))).text(), 'hi')
  assert.equal(await (await fetch(url('/below/a%20b?q=1'))).text(), '/below/a b?1')
  const head = await fetch(url('/hello'), { method: 'HEAD' })
  assert.equal(head.headers.get('content-length'), '2')
  assert.equal(await head.text(), '')
  assert.equal((await fetch(url('/none'))).status, 404)
  assert.equal((await fetch(url('/hello/'))).status, 404)
  const wrong = await fetch(url('/hello'), { method: 'DELETE' })
  assert.equal(wrong.status, 405)
  assert.equal(wrong.headers.get('allow'), 'GET, HEAD')
  assert.deepEqual(await wrong.json(), { error: 'method-not-allowed' })
})

test('every answer carries the safe defaults and lets no other origin read', async (t) => {
  const { url } = await start(t, [hello])
  for (const path of ['/hello', '/none']) {
    const { headers } = await fetch(url(path), { headers: { origin: 'http://evil.example' } })
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('access-control-allow-origin'), null)
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
  }
  const preflight = await fetch(url('/hello'), { method: 'OPTIONS' })
  assert.equal(preflight.status, 405)
})

test('each refusal has its status, and any other failure is 500 with an id in the log', async (t) => {
  for (const code of refusalCodes) {
    const answer = refusalAnswer(new Refused(code, 'secret detail'))
    assert.ok(answer && answer.status >= 400 && answer.status <= 507, code)
    assert.ok(!String(answer.body).includes('secret'), code)
  }
  const bug: Route = {
    method: 'GET',
    path: '/bug',
    run: () => {
      throw new Error('secret')
    },
  }
  const { url, errors } = await start(t, [bug])
  const answer = await fetch(url('/bug'))
  assert.equal(answer.status, 500)
  const { error, id } = (await answer.json()) as { error: string; id: string }
  assert.equal(error, 'failed')
  assert.equal((errors[0] as { id: string }).id, id)
})

const badBytes: [string, string, RegExp][] = [
  ['no request at all', 'EHLO there\r\n\r\n', /^HTTP\/1.1 400 /],
  ['HTTP/1.1 without Host', 'GET /hello HTTP/1.1\r\n\r\n', /^HTTP\/1.1 400 /],
  ['two lengths', post('content-length: 1\r\ncontent-length: 2'), /^HTTP\/1.1 400 /],
  ['length and chunks', post('content-length: 1\r\ntransfer-encoding: chunked'), /^HTTP\/1.1 400 /],
  ['a broken escape', get('/%zz'), /^HTTP\/1.1 400 /],
  ['a target that is no path', get('*'), /^HTTP\/1.1 400 /],
  ['a long target', get(`/${'x'.repeat(5000)}`), /^HTTP\/1.1 414 /],
  ['a long header', get('/hello', `x: ${'x'.repeat(20_000)}`), /^HTTP\/1.1 431 /],
  ['a header that never ends', 'GET /hello HTTP/1.1\r\nx: y', /^HTTP\/1.1 408 /],
  ['silence', '', /^HTTP\/1.1 408 /],
  ['a body announced too big', post('content-length: 2000'), /^HTTP\/1.1 413 /],
  [
    'a body grown too big',
    `${post('transfer-encoding: chunked')}7d0\r\n${'x'.repeat(2000)}\r\n0\r\n\r\n`,
    /^HTTP\/1.1 413 /,
  ],
  ['a body too slow', `${post('content-length: 500')}x`, /^HTTP\/1.1 408 /],
  ['the absolute form', get('http://there/hello'), /^HTTP\/1.1 200 /],
]

function get(target: string, header = 'connection: close'): string {
  return `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${header}\r\n\r\n`
}
function post(header: string): string {
  return `POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${header}\r\n\r\n`
}

test('bytes that are no fair request get one short answer', { concurrency: true }, async (t) => {
  const { server } = await start(t, [hello, echo])
  for (const [name, bytes, expected] of badBytes) {
    await t.test(name, async () => {
      const said = await speak(server.port, bytes)
      assert.match(said, expected)
      assert.equal(said.split('HTTP/1.1 ').length, 2, said)
    })
  }
})

test('a body that comes too slowly is cut by the deadline of the whole request', async (t) => {
  const { server } = await start(t, [echo], { bodyMinBytes: 0, requestTimeoutMs: 400 })
  const said = await speak(server.port, `${post('content-length: 500')}x`)
  assert.match(said, /^HTTP\/1.1 408 /)
})

test('after a refused body the connection still serves', async (t) => {
  const { server } = await start(t, [hello, echo])
  const refused = `POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2000\r\n\r\n${'x'.repeat(2000)}`
  const said = await speak(server.port, refused + get('/hello'))
  assert.match(said, /413[\s\S]*HTTP\/1.1 200 OK[\s\S]*hi$/)
})

test('100-continue is said only when the body is wanted', async (t) => {
  const { server } = await start(t, [echo])
  const bytes = (size: number) =>
    `POST /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: ${size}\r\n\r\n`
  assert.match(await speak(server.port, bytes(2000)), /^HTTP\/1.1 413 [\s\S]*connection: close/i)
  const small = await speak(
    server.port,
    `${bytes(3).replace('expect', 'connection: close\r\nexpect')}abc`,
  )
  assert.match(small, /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 [\s\S]*abc$/)
})

test('connections beyond the limit, in all and of one client, are told 503', async (t) => {
  for (const limit of [{ connectionsMax: 1 }, { connectionsPerClientMax: 1 }]) {
    const { server } = await start(t, [hello], { ...limit, headerTimeoutMs: 1500 })
    const first = connect(server.port, '127.0.0.1')
    first.write('GET /hello HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(first, 'data')
    assert.match(await speak(server.port, get('/hello')), /^HTTP\/1.1 503 /)
    first.destroy()
    await once(first, 'close')
    // The place is free again as soon as the server has seen the first one go.
    let said = ''
    for (let n = 0; n < 100 && !said.includes(' 200 '); n++) {
      said = await speak(server.port, get('/hello'))
    }
    assert.match(said, /^HTTP\/1.1 200 /)
  }
})

test('a connection that piles up requests is cut', async (t) => {
  const stuck: Route = {
    method: 'GET',
    path: '/stuck',
    run: (request) =>
      new Promise((resolve) => {
        request.signal.addEventListener('abort', () => resolve({ status: 503 }))
      }),
  }
  const { server } = await start(t, [stuck], { pipelineMax: 4 })
  const one = 'GET /stuck HTTP/1.1\r\nhost: x\r\n\r\n'
  assert.equal(await speak(server.port, one.repeat(5)), '')
})

test('a stream keeps the pace of its reader, and one that stops reading is cut', async (t) => {
  let given = 0
  let leave = () => {}
  const left = new Promise<void>((resolve) => {
    leave = resolve
  })
  const flood: Route = {
    method: 'GET',
    path: '/flood',
    run: () => ({
      status: 200,
      body: (async function* () {
        try {
          for (;;) {
            given++
            yield Buffer.alloc(65_536)
          }
        } finally {
          leave()
        }
      })(),
    }),
  }
  const { server } = await start(t, [flood])
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET /flood HTTP/1.1\r\nhost: x\r\n\r\n')
  await left
  assert.ok(given < 1000, `${given} chunks were made for a reader that took none`)
  socket.destroy()
})

test('a big answer that nobody reads is cut too', async (t) => {
  const bytes = Buffer.alloc(32 * 1024 * 1024)
  const big: Route = { method: 'GET', path: '/big', run: () => ({ status: 200, body: bytes }) }
  const { server, url } = await start(t, [big])
  assert.equal((await (await fetch(url('/big'))).bytes()).length, bytes.length)
  const socket = connect(server.port, '127.0.0.1')
  socket.write('GET /big HTTP/1.1\r\nhost: x\r\n\r\n')
  await once(socket, 'readable')
  const began = performance.now()
  await server.close(60_000)
  assert.ok(performance.now() - began < 5000)
  socket.destroy()
})

test('closing ends idle connections and streams at once and lets an answer finish', async (t) => {
  let finish = () => {}
  let entered = () => {}
  const inWork = new Promise<void>((resolve) => {
    entered = resolve
  })
  const slow: Route = {
    method: 'GET',
    path: '/slow',
    run: () =>
      new Promise((resolve) => {
        finish = () => resolve({ status: 200, body: 'done' })
        entered()
      }),
  }
  const stream: Route = {
    method: 'GET',
    path: '/stream',
    run: (request) => ({
      status: 200,
      body: (async function* () {
        yield 'first\n'
        await once(request.signal, 'abort')
        yield 'last\n'
      })(),
    }),
  }
  const { server, url } = await start(t, [slow, stream, hello])
  await (await fetch(url('/hello'))).text()
  const watching = await fetch(url('/stream'))
  const waiting = fetch(url('/slow'))
  await inWork
  const closed = server.close(10_000)
  assert.equal(await watching.text(), 'first\nlast\n')
  finish()
  assert.equal(await (await waiting).text(), 'done')
  await closed
  await assert.rejects(fetch(url('/hello')))
})

test('closing cuts what outlives the grace', async (t) => {
  const never: Route = { method: 'GET', path: '/never', run: () => new Promise(() => {}) }
  const { server, url } = await start(t, [never])
  const waiting = assert.rejects(fetch(url('/never')))
  const half = connect(server.port, '127.0.0.1')
  half.on('error', () => {})
  half.write('GET /never HTTP/1.1\r\nhost: x\r\n\r\n')
  const cut = new Promise<void>((resolve) => half.once('close', () => resolve()))
  await once(half, 'connect')
  await Promise.all([server.close(100), waiting, cut])
})

test('a busy port is refused with the system word', async (t) => {
  const { server } = await start(t, [])
  const again = { host: '127.0.0.1', port: server.port, routes: [], limits: quick, log: silentLog }
  await assert.rejects(serveHttp(again), { code: 'EADDRINUSE' })
})

test('a Unix socket serves its owner only, and replaces one that nobody answers', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'http-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'admin.sock')
  const options = { path, routes: [hello], limits: quick, log: silentLog }
  const server = await serveHttp(options)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  await assert.rejects(serveHttp(options), { code: 'EADDRINUSE' })
  const answer = await new Promise<IncomingMessage>((resolve) =>
    httpRequest({ socketPath: path, path: '/hello' }, resolve).end(),
  )
  answer.resume()
  assert.equal(answer.statusCode, 200)
  await server.close(0)
  writeFileSync(path, '')
  await (await serveHttp(options)).close(0)
})

test('TLS serves, and says so to the route', async (t) => {
  const secure: Route = {
    method: 'GET',
    path: '/secure',
    run: (request) => ({ status: 200, body: String(request.secure) }),
  }
  const server = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    routes: [secure],
    limits: quick,
    log: silentLog,
    tls: selfSigned(['localhost']),
  })
  t.after(() => server.close(0))
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    httpsRequest(
      { host: '127.0.0.1', port: server.port, path: '/secure', rejectUnauthorized: false },
      resolve,
    )
      .on('error', reject)
      .end(),
  )
  const [body] = await once(answer, 'data')
  assert.equal(String(body), 'true')
})

test('targets', () => {
  const paths: [string, string][] = [
    ['/', '/'],
    ['/a?b=c', '/a'],
    ['/a%2Fb', '/a/b'],
    ['//evil/x', '//evil/x'],
    ['/../etc/passwd', '/../etc/passwd'],
    ['http://host', '/'],
    ['http://host/a?b', '/a'],
  ]
  for (const [target, path] of paths) assert.equal(parseTarget(target, 100).path, path, target)
})
