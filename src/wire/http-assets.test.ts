import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { silentLog } from '../base/log.ts'
import { serveHttp } from './http.ts'
import { bare, loadAssets } from './http-assets.ts'
import { httpLimits } from './http-types.ts'

test('assets are served compressed, cached by version, and nothing else is', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'assets-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const script = `export const words = '${'word '.repeat(200)}'\n`
  writeFileSync(join(folder, 'app.js'), script)
  writeFileSync(join(folder, 'index.html'), '<script type="module" src="/x/app.js"></script>')
  writeFileSync(join(folder, 'notes.txt'), 'not for browsers')
  const assets = loadAssets([folder], '/x/')
  const server = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    limits: httpLimits,
    log: silentLog,
    routes: [
      {
        method: 'GET',
        path: '/',
        run: (request) => assets.answer(request, 'index.html', { a: 'b' }),
      },
      {
        method: 'GET',
        path: '/x/*',
        run: (request) => assets.answer(request, request.path.slice(3)),
      },
    ],
  })
  t.after(() => server.close(0))
  const url = (path: string) => `http://127.0.0.1:${server.port}${path}`
  const page = await fetch(url('/'))
  assert.equal(page.headers.get('cache-control'), 'no-cache')
  assert.equal(page.headers.get('a'), 'b')
  const source = /src="([^"]+)"/.exec(await page.text())?.[1] ?? ''
  assert.match(source, /^\/x\/[0-9a-f]{12}\/app\.js$/)
  const kept = await fetch(url(source))
  assert.equal(await kept.text(), script)
  assert.match(kept.headers.get('cache-control') ?? '', /immutable/)
  assert.equal((await fetch(url('/x/app.js'))).headers.get('cache-control'), 'no-cache')
  for (const path of [
    '/x/',
    '/x/notes.txt',
    '/x/a/notes.txt',
    '/x/../app.js',
    '/x/%2e%2e%2fapp.js',
  ]) {
    const status = (await rawGet(url(path), '')).answer.statusCode
    assert.ok(status === 404 || path.includes('app.js'), `${path} ${status}`)
  }
  const codings: [string, string | undefined, (bytes: Buffer) => Buffer][] = [
    ['gzip, deflate, br', 'br', brotliDecompressSync],
    ['gzip;q=1.0, br;q=0', 'gzip', gunzipSync],
    ['deflate', undefined, (bytes) => bytes],
  ]
  for (const [accepted, coding, decode] of codings) {
    const { answer, bytes } = await rawGet(url(source), accepted)
    assert.equal(answer.headers['content-encoding'], coding)
    assert.equal(decode(bytes).toString(), script)
    const again = await rawGet(url(source), accepted, answer.headers.etag)
    assert.equal(again.answer.statusCode, 304)
    assert.equal(again.bytes.length, 0)
  }
})

test('scripts are served without comments and indentation, and otherwise as they are', () => {
  const script = [
    '// A comment.',
    '/** @param {string} a */',
    'export function f(a) {',
    '  /* of',
    '   * several lines */',
    "  const url = 'http://example.com' // stays",
    '  return /** @type {string} */ (a) + url + 6 / 2 // 3',
    '}',
    '',
  ]
  const left = [
    'export function f(a) {',
    "const url = 'http://example.com' // stays",
    'return (a) + url + 6 / 2 // 3',
    '}',
    '',
  ]
  assert.equal(bare(script.join('\n')), left.join('\n'))
})

async function rawGet(url: string, accepted: string, etag = '') {
  const headers = { 'accept-encoding': accepted, 'if-none-match': etag, connection: 'close' }
  const answer = await new Promise<IncomingMessage>((resolve) =>
    httpRequest(url, { headers }, resolve).end(),
  )
  return { answer, bytes: Buffer.concat(await answer.toArray()) }
}
