// Mail that goes to a program as JSON over HTTP: what it gets, and what its answers mean.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { Consignment } from '../../queue/courier.ts'
import { PostCourier, type PostCourierOptions } from './post-courier.ts'

const text = 'Subject: hi\r\n\r\nGrüße\r\n'

function consigned(pieces: readonly string[] = [text]): Consignment {
  const bytes = pieces.map((piece) => Buffer.from(piece))
  return {
    ...{ message: 'm1', destination: 'robots.test', attempts: 0 },
    mail: {
      from: { local: 'tito', domain: 'example.com' },
      to: [
        { local: 'arm', domain: 'robots.test' },
        { local: 'leg', domain: 'robots.test' },
      ],
      body: async function* () {
        yield* bytes
      },
      size: Buffer.concat(bytes).length,
      smtpUtf8: false,
    },
  }
}

type Program = (request: IncomingMessage, response: ServerResponse, body: string) => void

async function open(t: TestContext, program: Program, more: Partial<PostCourierOptions> = {}) {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    program(request, response, body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const limits = { idleTimeoutMs: 5_000, connectionsMax: 2, now: () => 7 }
  const courier = new PostCourier({ url: `http://127.0.0.1:${port}/in`, ...limits, ...more })
  t.after(() => {
    courier.close()
    server.closeAllConnections()
    server.close()
  })
  return { courier, port, server }
}

test('a program gets envelope and text, and says that it has them', async (t) => {
  const seen: { body: string; key: string; login: string }[] = []
  const program: Program = ({ headers }, response, body) => {
    const login = headers.authorization ?? ''
    seen.push({ body, key: String(headers['idempotency-key']), login })
    response.writeHead(202).end('queued\nmore')
  }
  const { courier, port } = await open(t, program, { login: { user: 'u', password: 'p' } })
  // However the text is cut into pieces.
  for (const pieces of [[text], text.split(''), ['', text, '']]) {
    const attempt = await courier.deliver(consigned(pieces))
    assert.deepEqual(
      attempt.recipients.map(({ code }) => code),
      [250, 250],
    )
    assert.equal(attempt.tried[0]?.said, 'HTTP 202 queued')
    assert.equal(attempt.tried[0]?.hop, `127.0.0.1:${port}`)
  }
  for (const { body, key, login } of seen) {
    const { raw, ...known } = JSON.parse(body)
    assert.equal(Buffer.from(raw, 'base64').toString(), text)
    const to = ['arm@robots.test', 'leg@robots.test']
    assert.deepEqual(known, {
      message: 'm1',
      destination: 'robots.test',
      from: 'tito@example.com',
      to,
    })
    assert.equal(key, '"m1"')
    assert.equal(login, `Basic ${Buffer.from('u:p').toString('base64')}`)
  }
})

test('what a program answers: done, never, or later', async (t) => {
  let status = 200
  const { courier } = await open(t, (_, response) =>
    response.writeHead(status).end('why\u0007 not'),
  )
  const rows = [
    [200, 250],
    [204, 250],
    [400, 554],
    [410, 554],
    [413, 554],
    [422, 554],
    [302, 451],
    [401, 451],
    [404, 451],
    [429, 451],
    [500, 451],
    [503, 451],
  ] as const
  for (const [said, code] of rows) {
    status = said
    const { recipients, unreachable, failure } = await courier.deliver(consigned())
    assert.equal(recipients[0]?.code, code, `${said}`)
    assert.equal(unreachable, false)
    assert.equal(failure, '')
    if (said === 422) assert.equal(recipients[0]?.text, 'HTTP 422 why  not')
  }
})

test('a program that is gone, silent, or hangs up is tried again later', async (t) => {
  const silent = await open(t, () => {}, { idleTimeoutMs: 50 })
  const first = await silent.courier.deliver(consigned())
  assert.deepEqual([first.unreachable, first.failure], [true, 'no answer in time'])
  const rude = await open(t, (request) => request.socket.destroy())
  const second = await rude.courier.deliver(consigned())
  assert.equal(second.recipients[0]?.code, 0)
  assert.match(second.failure, /reset|hang up/)
  rude.server.close()
  const cut = await rude.courier.deliver(consigned(), AbortSignal.abort())
  assert.equal(cut.recipients[0]?.code, 0)
})
