// Routes as a server has them, to others that are real: a mail store by LMTP, a program by HTTP.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { silentLog } from '../base/log.ts'
import { defaults, type Settings } from './config/schema.ts'
import { type Started, start } from './start.ts'

const place = [{ host: '127.0.0.1', port: 0 }]
const none = { listen: [], tls_listen: [] }

async function serve(
  t: TestContext,
  domain: string,
  more: (base: Settings) => Partial<Settings>,
): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-routes-'))
  const base = defaults()
  const settings: Settings = {
    ...base,
    server: { ...base.server, name: `mail.${domain}`, domains: [domain], data: folder },
    smtp: { ...base.smtp, listen: [] },
    submission: none,
    pop3: { ...base.pop3, ...none },
    imap: { ...base.imap, ...none },
    http: { ...base.http, ...none },
    outgoing: { ...base.outgoing, enabled: false },
    ...more(base),
  }
  const started = await start({ settings, log: silentLog, foreign: 'queue' })
  t.after(async () => {
    await started.close(0)
    rmSync(folder, { recursive: true })
  })
  return started
}

async function send(port: number, to: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  let said = ''
  socket.on('data', (part) => {
    said += part
  })
  const commands = ['EHLO client.test', 'MAIL FROM:<ana@front.test>']
  for (const one of to) commands.push(`RCPT TO:<${one}>`)
  socket.end(`${commands.join('\r\n')}\r\nDATA\r\nSubject: hi\r\n\r\nhello\r\n.\r\nQUIT\r\n`)
  await once(socket, 'close')
  return said
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await turn()
  }
}

test('what a route leads arrives in a store by LMTP, and at a program by HTTP', async (t) => {
  const store = await serve(t, 'store.test', (base) => ({ lmtp: { ...base.lmtp, listen: place } }))
  await store.rooms!.accounts.addAccount('iqbal@store.test', 'secret')
  const posts: { to: string[]; raw: string }[] = []
  const program = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    posts.push(JSON.parse(body))
    response.end('taken')
  }).listen(0, '127.0.0.1')
  await once(program, 'listening')
  t.after(() => program.close().closeAllConnections())
  const { port: posted } = program.address() as AddressInfo
  const front = await serve(t, 'front.test', (base) => ({
    smtp: { ...base.smtp, listen: place },
    queue: {
      ...base.queue,
      routes: [
        `to=store.test via=lmtp:127.0.0.1:${store.listeners[0]?.port}`,
        `to=.robots.test via=http://127.0.0.1:${posted}/`,
      ],
    },
  }))
  const to = ['iqbal@store.test', 'nobody@store.test', 'arm@a.robots.test']
  const said = await send(front.listeners[0]!.port, to)
  assert.match(said, /^250 2\.0\.0/m)
  const trace = await until(async () => {
    const [found] = await front.rooms!.traces.list({ limit: 1 })
    const recipients = (found?.attempts ?? []).flatMap((one) => one.recipients)
    return recipients.length === to.length ? recipients : undefined
  })
  const became = new Map(trace.map(({ address, became }) => [address, became]))
  assert.deepEqual(
    to.map((one) => became.get(one)),
    ['delivered', 'failed', 'delivered'],
  )
  assert.match(Buffer.from(posts[0]!.raw, 'base64').toString(), /^Received: .*\r\n\r\nhello\r\n$/s)
  assert.deepEqual(posts[0]?.to, ['arm@a.robots.test'])
})
