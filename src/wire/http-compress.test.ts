import assert from 'node:assert/strict'
import { request as ask } from 'node:http'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { silentLog } from '../base/log.ts'
import { serveHttp } from './http.ts'
import { httpLimits, type Route } from './http-types.ts'

const text = JSON.stringify({ words: 'word '.repeat(1_000) })
const json = { 'content-type': 'application/json' }

async function* pieces() {
  yield text
}

test('what may be compressed is, for whoever takes it, and nothing else', async (t) => {
  const answers = {
    '/may': { status: 200, headers: json, body: text, compressible: true },
    '/may-not': { status: 200, headers: json, body: text },
    '/small': { status: 200, headers: json, body: '{}', compressible: true },
    '/stream': { status: 200, headers: json, body: pieces(), compressible: true },
  } as const
  const routes = Object.entries(answers).map(
    ([path, answer]): Route => ({ method: 'GET', path, run: () => answer }),
  )
  const own = { host: '127.0.0.1', port: 0, log: silentLog, limits: httpLimits, routes }
  const server = await serveHttp(own)
  t.after(() => server.close(0))
  const get = (path: string, coding: string) =>
    new Promise<{ coding: string | undefined; vary: string | undefined; body: Buffer }>(
      (resolve, reject) => {
        const headers = { 'accept-encoding': coding }
        ask({ port: server.port, host: '127.0.0.1', path, headers }, (response) => {
          const parts: Buffer[] = []
          response.on('data', (part) => parts.push(part))
          response.on('end', () => {
            const { 'content-encoding': said, vary } = response.headers
            resolve({ coding: said, vary, body: Buffer.concat(parts) })
          })
        })
          .on('error', reject)
          .end()
      },
    )
  const may = await get('/may', 'br, gzip')
  assert.deepEqual([may.coding, may.vary], ['gzip', 'accept-encoding'])
  assert.ok(may.body.length < text.length / 10)
  assert.equal(gunzipSync(may.body).toString(), text)
  for (const [path, coding] of [
    ...[['/may', ''] as const, ['/may', 'gzip;q=0'] as const, ['/may-not', 'gzip'] as const],
    ...[['/small', 'gzip'] as const, ['/stream', 'gzip'] as const],
  ]) {
    const plain = await get(path, coding)
    assert.equal(plain.coding, undefined, `${path} ${coding}`)
    assert.equal(plain.body.toString(), path === '/small' ? '{}' : text)
  }
})
