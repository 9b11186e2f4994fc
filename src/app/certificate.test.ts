// A certificate that is renewed while the server runs: nobody is dropped, the next one sees it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { silentLog } from '../base/log.ts'
import { selfSigned } from '../wire/self-signed.ts'
import { defaults, type Settings } from './config/schema.ts'
import { type Started, start } from './start.ts'

async function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-certificate-'))
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  const put = (cert: string, key: string) => {
    writeFileSync(files.cert, cert)
    writeFileSync(files.key, key)
  }
  const first = selfSigned(['mail.example.com'])
  put(first.cert, first.key)
  const base = defaults()
  const none = { listen: [], tls_listen: [] }
  const place = [{ host: '127.0.0.1', port: 0 }]
  const settings: Settings = {
    ...base,
    server: { ...base.server, name: 'mail.example.com', domains: ['example.com'], data: folder },
    tls: { ...base.tls, ...files },
    smtp: { ...base.smtp, listen: [] },
    submission: none,
    pop3: { ...base.pop3, ...none },
    imap: { ...base.imap, listen: [], tls_listen: place },
    http: { ...base.http, listen: [], tls_listen: place },
  }
  const started = await start({ settings, log: silentLog, foreign: 'refuse' })
  t.after(async () => {
    await started.close(0)
    rmSync(folder, { recursive: true })
  })
  return { started, put, first }
}

async function dial(t: TestContext, { listeners }: Started, name: string): Promise<TLSSocket> {
  const { port } = listeners.find((one) => one.name === name)!
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

const shown = (socket: TLSSocket) => socket.getPeerX509Certificate()?.fingerprint256

test('a renewed certificate is shown to who comes next; sessions that are open go on', async (t) => {
  const { started, put } = await open(t)
  const old = await dial(t, started, 'imaps')
  const before = shown(old)
  const next = selfSigned(['mail.example.com'])
  put(next.cert, next.key)
  started.reload()
  for (const name of ['imaps', 'https']) {
    const socket = await dial(t, started, name)
    assert.notEqual(shown(socket), before, name)
  }
  let said = ''
  old.setEncoding('utf8').on('data', (part) => {
    said += part
  })
  old.write('a NOOP\r\n')
  while (!said.includes('a OK')) await once(old, 'data')
})

test('a certificate that does not fit its key changes nothing', async (t) => {
  const { started, put, first } = await open(t)
  const before = shown(await dial(t, started, 'imaps'))
  put(selfSigned(['mail.example.com']).cert, first.key)
  started.reload()
  for (const name of ['imaps', 'https'])
    assert.equal(shown(await dial(t, started, name)), before, name)
})
