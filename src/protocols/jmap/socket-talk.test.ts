import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WebSocketClient } from '../../wire/testing/web-socket-client.ts'
import { openJmap } from './testing/server.ts'

const using = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail']

async function opened(t: Parameters<typeof openJmap>[0]) {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const port = Number(new URL(jmap.url).port)
  const { authorization } = tito
  const open = (fields: Readonly<Record<string, string>> = {}) =>
    WebSocketClient.open(port, '/jmap/ws', {
      ...{ authorization, 'sec-websocket-protocol': 'jmap' },
      ...fields,
    })
  return { jmap, tito, port, open }
}

test('requests are answered under their ids, and what is wrong is told', async (t) => {
  const { tito, open } = await opened(t)
  const socket = await open()
  assert.match(socket.head, /101/)
  const methodCalls = [['Mailbox/get', { accountId: tito.account, properties: ['role'] }, 'a']]
  socket.text({ '@type': 'Request', id: 'R1', using, methodCalls })
  const response = await socket.json()
  assert.deepEqual([response['@type'], response.requestId], ['Response', 'R1'])
  assert.equal(response.methodResponses[0][0], 'Mailbox/get')
  socket.text('{')
  assert.equal((await socket.json()).type, 'urn:ietf:params:jmap:error:notJSON')
  socket.text({ '@type': 'Request', id: 'R2', using: ['urn:x'], methodCalls: [] })
  const wrong = await socket.json()
  assert.deepEqual(
    [wrong['@type'], wrong.requestId, wrong.type],
    ['RequestError', 'R2', 'urn:ietf:params:jmap:error:unknownCapability'],
  )
  socket.text({ '@type': 'Nonsense', id: 'R3' })
  assert.equal((await socket.json()).requestId, 'R3')
})

test('changes are pushed while that is wanted, and what was missed is told', async (t) => {
  const { tito, open } = await opened(t)
  const socket = await open()
  socket.text({ '@type': 'WebSocketPushEnable', dataTypes: ['Email'], pushState: 'old' })
  const now = await socket.json()
  assert.equal(now['@type'], 'StateChange')
  await tito.deliver('Subject: x\r\n\r\nx\r\n')
  const change = await socket.json()
  assert.deepEqual(Object.keys(change.changed[tito.account]), ['Email'])
  assert.notEqual(change.pushState, now.pushState)
  socket.text({ '@type': 'WebSocketPushDisable' })
  await tito.deliver('Subject: y\r\n\r\ny\r\n')
  socket.text({ '@type': 'Request', id: 'last', using, methodCalls: [] })
  assert.equal((await socket.json()).requestId, 'last')
  socket.text({
    '@type': 'WebSocketPushEnable',
    dataTypes: null,
    pushState: change.pushState,
  })
  assert.ok((await socket.json()).changed[tito.account].Mailbox)
})

test('a page of another origin, and nobody, get no socket', async (t) => {
  const { open } = await opened(t)
  for (const fields of [{ origin: 'https://evil.example' }, { authorization: 'Basic eDp5' }]) {
    const socket = await open(fields)
    assert.match(socket.head, /^HTTP\/1\.1 401 /)
    socket.drop()
  }
  const other = await open({ 'sec-websocket-protocol': 'chat' })
  assert.match(other.head, /^HTTP\/1\.1 426 /)
})

test('a session that ends takes its socket with it', async (t) => {
  const { jmap, tito, port } = await opened(t)
  const login = await fetch(`${jmap.url}/login`, {
    method: 'POST',
    body: JSON.stringify({ name: 'tito@example.com', password: 'amplop' }),
    headers: { 'content-type': 'application/json' },
  })
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  const fields = { cookie, origin: jmap.url, 'sec-websocket-protocol': 'jmap' }
  const socket = await WebSocketClient.open(port, '/jmap/ws', fields)
  socket.text({ '@type': 'Request', id: '1', using, methodCalls: [] })
  assert.equal((await socket.json()).requestId, '1')
  const [session] = await jmap.ports.accounts.sessions.list(tito.account)
  await jmap.ports.accounts.sessions.end(tito.account, session?.id ?? '')
  socket.text({ '@type': 'Request', id: '2', using, methodCalls: [] })
  assert.deepEqual(await socket.json(), { opcode: 8, code: 1008 })
})
