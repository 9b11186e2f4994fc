import assert from 'node:assert/strict'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { silentLog } from '../../base/log.ts'
import { serveHttp } from '../../wire/http.ts'
import { httpLimits } from '../../wire/http-types.ts'
import { type BoardPorts, boardRoutes, contentSecurityPolicy } from './board.ts'
import type { Card } from './card.ts'
import { readersTest } from './policy.ts'
import { TracesInMemory } from './testing/traces-in-memory.ts'

const folders = ['look', 'board'].map((name) =>
  fileURLToPath(new URL(`../../../webmail/${name}`, import.meta.url)),
)

async function start(t: TestContext, given: Partial<BoardPorts> = {}) {
  const traces = new TracesInMemory()
  const ports: BoardPorts = {
    board: 'board',
    traces,
    refused: (refusal) => traces.refused(refusal),
    about: () => ({
      domain: 'example.com',
      address: 'tito@example.com',
      ports: { smtp: 2525 },
      command: 'amplop',
    }),
    hosts: ['mail.example.com'],
    mayRead: () => true,
    mayReport: () => true,
    folders,
    log: silentLog,
    beatMs: 60_000,
    ...given,
  }
  const server = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    routes: boardRoutes(ports),
    limits: httpLimits,
    log: silentLog,
  })
  t.after(() => server.close(0))
  const ask = (path: string, headers: Record<string, string> = {}, body?: string) =>
    new Promise<{ answer: IncomingMessage; body: string }>((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST'
      const options = { host: '127.0.0.1', port: server.port, path, method, headers }
      const sent = httpRequest(options, async (answer) => {
        const body = Buffer.concat(await answer.toArray()).toString()
        resolve({ answer, body })
      })
      sent.on('error', reject).end(body)
    })
  return { traces, ask, port: server.port }
}

interface Page {
  readonly now: number
  readonly more: boolean
  readonly cards: readonly Card[]
}

const dataPaths = ['/board/messages', '/board/messages/x', '/board/stream', '/board/status']

test('the page comes with its policy, and its files by version', async (t) => {
  const { ask } = await start(t)
  const { answer, body } = await ask('/')
  assert.equal(answer.headers['content-security-policy'], contentSecurityPolicy)
  assert.match(String(answer.headers['content-type']), /^text\/html/)
  assert.equal(answer.headers['cache-control'], 'no-cache')
  const named = [...body.matchAll(/"(\/board\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '')
  assert.ok(named.length >= 3)
  for (const path of named) {
    const file = await ask(path)
    assert.equal(file.answer.statusCode, 200, path)
    assert.match(String(file.answer.headers['cache-control']), /immutable/)
  }
  for (const path of [
    '/board/assets/',
    '/board/assets/tsconfig.json',
    '/board/',
    '/board/assets/..',
  ]) {
    assert.equal((await ask(path)).answer.statusCode, 404, path)
  }
})

const foreignHeaders: [string, Record<string, string>, number][] = [
  ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
  ['a sister site', { 'sec-fetch-site': 'same-site' }, 403],
  ['a foreign origin', { origin: 'http://evil.example' }, 403],
  ['a null origin', { origin: 'null' }, 403],
  ['a rebound name', { host: 'evil.example' }, 403],
  ['a rebound name with a port', { host: 'evil.example:8080' }, 403],
  ['a name like ours', { host: 'localhost.evil.example' }, 403],
  ['our page', { 'sec-fetch-site': 'same-origin' }, 200],
  ['the address bar', { 'sec-fetch-site': 'none' }, 200],
  ['localhost', { host: 'localhost:8080' }, 200],
  ['IPv6', { host: '[::1]:8080' }, 200],
  ['an address of the network', { host: '192.168.1.5:8080' }, 200],
  ['a configured name', { host: 'Mail.Example.COM' }, 200],
]

test('data is given to our own page only', async (t) => {
  const { ask } = await start(t)
  for (const [name, headers, status] of foreignHeaders) {
    const { answer } = await ask('/board/status', headers)
    assert.equal(answer.statusCode, status, name)
    assert.equal(answer.headers['access-control-allow-origin'], undefined)
  }
  for (const path of dataPaths) {
    for (const [name, headers, status] of foreignHeaders) {
      if (status !== 403) continue
      assert.equal((await ask(path, headers)).answer.statusCode, 403, `${name} ${path}`)
    }
  }
})

test('data is given to whom the option lets in', async (t) => {
  const closed = await start(t, { mayRead: readersTest('nobody') })
  for (const path of dataPaths) {
    const { answer, body } = await closed.ask(path)
    assert.equal(answer.statusCode, 403, path)
    assert.deepEqual(JSON.parse(body), { error: 'closed' })
  }
  const local = await start(t, { mayRead: readersTest('loopback') })
  assert.equal((await local.ask('/board/status')).answer.statusCode, 200)
  const proxied = await local.ask('/board/status', { 'x-forwarded-for': '192.0.2.7' })
  assert.equal(proxied.answer.statusCode, 403)
})

test('before any mail there is an empty page, and what the newcomer needs', async (t) => {
  const { ask } = await start(t)
  const { answer, body } = await ask('/board/messages')
  assert.equal(answer.headers['cache-control'], 'no-store')
  const page: Page = JSON.parse(body)
  assert.deepEqual([page.cards, page.more], [[], false])
  const status = JSON.parse((await ask('/board/status')).body)
  assert.equal(status.domain, 'example.com')
  assert.deepEqual(status.ports, { smtp: 2525 })
})

test('messages come newest first, page by page, each once', async (t) => {
  const { traces, ask } = await start(t)
  const ids = Array.from({ length: 120 }, () => traces.add({}).id).reverse()
  traces.add({ board: 'other' })
  const seen: string[] = []
  let more = true
  while (more) {
    const before = seen.length === 0 ? '' : `&before=${seen.at(-1)}`
    const page: Page = JSON.parse((await ask(`/board/messages?limit=50${before}`)).body)
    seen.push(...page.cards.map(({ id }) => id))
    more = page.more
  }
  assert.deepEqual(seen, ids)
  for (const limit of ['0', '-1', 'x', '100000']) {
    const page: Page = JSON.parse((await ask(`/board/messages?limit=${limit}`)).body)
    assert.ok(page.cards.length >= 1 && page.cards.length <= 200)
  }
})

test('a card has what happened, and text is cut only when it is longer', async (t) => {
  const { traces, ask } = await start(t)
  const texts: [string, string, boolean][] = [
    ['rararrrwwrrrr', 'rararrrwwrrrr', false],
    ['', '', false],
    ['x'.repeat(1000), 'x'.repeat(1000), false],
    ['x'.repeat(1001), 'x'.repeat(1000), true],
    [`${'x'.repeat(999)}😀y`, 'x'.repeat(999), true],
  ]
  for (const [text, shown, cut] of texts) {
    const trace = traces.add({}, text)
    const page: Page = JSON.parse((await ask('/board/messages?limit=1')).body)
    const [card] = page.cards
    assert.deepEqual([card?.text, card?.cut], [shown, cut])
    assert.equal(card?.at, trace.at)
    assert.deepEqual(card?.steps, trace.steps)
    assert.deepEqual([card?.via, card?.client, card?.reply], ['gateway', '127.0.0.1', 'Queued'])
    const full = await ask(`/board/messages/${trace.id}`)
    assert.equal(JSON.parse(full.body).text, text)
  }
})

test('a message of another board, or none, is not found', async (t) => {
  const { traces, ask } = await start(t)
  const { id } = traces.add({ board: 'other' })
  for (const path of [id, 'nothing', '', '../status', '%00']) {
    assert.equal((await ask(`/board/messages/${path}`)).answer.statusCode, 404, path)
  }
})

test('a text that cannot be read leaves the card, without it', async (t) => {
  const traces = new TracesInMemory()
  traces.text = () => Promise.reject(new Error('bad bytes'))
  const { ask } = await start(t, { traces })
  traces.add({ subject: 'kept' })
  const page: Page = JSON.parse((await ask('/board/messages')).body)
  assert.deepEqual([page.cards[0]?.subject, page.cards[0]?.text], ['kept', ''])
})

test('the stream replays from Last-Event-ID, ?since= or the beginning', async (t) => {
  const { traces, port } = await start(t)
  const [a, b, c] = [traces.add({}).id, traces.add({}).id, traces.add({}).id]
  const cases: [string, Record<string, string>, (string | undefined)[]][] = [
    ['?since=', {}, [a, b, c]],
    [`?since=${a}`, {}, [b, c]],
    [`?since=${a}`, { 'last-event-id': String(b) }, [c]],
  ]
  for (const [query, headers, ids] of cases) {
    const gone = new AbortController()
    const url = `http://127.0.0.1:${port}/board/stream${query}`
    const answer = await fetch(url, { headers, signal: gone.signal })
    assert.equal(answer.headers.get('content-type'), 'text/event-stream')
    const got: string[] = []
    let said = ''
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      said += chunk
      got.splice(0, got.length, ...[...said.matchAll(/^id: (.*)$/gm)].map(([, id]) => id ?? ''))
      if (got.length >= ids.length) break
    }
    gone.abort()
    assert.deepEqual(got, ids)
  }
})

const report = {
  messageId: 'm7@example.com',
  sender: 'a@example.com',
  recipients: [{ address: 'b@example.com' }],
  subject: 'halo',
  body: 'halo halo',
  steps: [{ step: 'relayed', ms: 4, ok: false, said: '[Errno 111] Connection refused' }],
  code: 451,
  status: '4.4.1',
  text: 'Connection refused',
}
const asJson = { 'content-type': 'application/json' }

test('a report of an unknown message becomes a card, of a known one adds its steps once', async (t) => {
  const { traces, ask } = await start(t)
  const send = () => ask('/board/report', asJson, JSON.stringify(report))
  assert.equal((await send()).answer.statusCode, 204)
  const page: Page = JSON.parse((await ask('/board/messages')).body)
  assert.equal(page.cards.length, 1)
  const [card] = page.cards
  assert.equal(card?.accepted, false)
  assert.equal(card?.text, 'halo halo')
  assert.deepEqual(card?.recipients[0], {
    address: 'b@example.com',
    code: 451,
    status: '4.4.1',
    text: 'Connection refused',
    place: '',
  })
  assert.equal((await send()).answer.statusCode, 204)
  assert.equal(traces.kept.length, 1)
  assert.equal(traces.kept[0]?.steps.length, 1)
  const known = traces.add({ messageId: 'm8@example.com' })
  await ask('/board/report', asJson, JSON.stringify({ ...report, messageId: 'm8@example.com' }))
  assert.equal((await traces.get(known.id))?.steps.at(-1)?.step, 'relayed')
})

test('a report of what another hop took says so, recipient by recipient', async (t) => {
  const { ask } = await start(t)
  const taken = { ...report, steps: [], code: 250, status: '2.0.0', text: 'Ok', id: 'x', board: '' }
  const refused = { address: 'c@example.com', code: 550, status: '5.1.1', text: 'No such user' }
  const body = JSON.stringify({ ...taken, recipients: [...report.recipients, refused] })
  assert.equal((await ask('/board/report', asJson, body)).answer.statusCode, 204)
  const page: Page = JSON.parse((await ask('/board/messages')).body)
  const recipients = page.cards[0]?.recipients.map(({ code, place }) => [code, place])
  assert.deepEqual(recipients, [
    [250, 'hop'],
    [550, ''],
  ])
})

const badReports: [string, Record<string, string>, string, number][] = [
  ['no JSON type', { 'content-type': 'text/plain' }, JSON.stringify(report), 415],
  ['no JSON', asJson, '{', 400],
  ['a list', asJson, '[]', 400],
  ['a field missing', asJson, JSON.stringify({ ...report, subject: undefined }), 400],
  ['an unknown step', asJson, JSON.stringify({ ...report, steps: [{ step: 'x' }] }), 400],
  ['too big', asJson, ' '.repeat(1024 * 1024 + 1), 413],
  ['another site', { ...asJson, 'sec-fetch-site': 'cross-site' }, JSON.stringify(report), 403],
]

test('what is no fair report is refused', async (t) => {
  const { traces, ask } = await start(t)
  for (const [name, headers, body, status] of badReports) {
    assert.equal((await ask('/board/report', headers, body)).answer.statusCode, status, name)
  }
  const denied = await start(t, { mayReport: () => false })
  const { answer } = await denied.ask('/board/report', asJson, JSON.stringify(report))
  assert.equal(answer.statusCode, 403)
  assert.equal(traces.kept.length + denied.traces.kept.length, 0)
})
