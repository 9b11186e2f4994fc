import assert from 'node:assert/strict'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { it, type TestContext } from 'node:test'
import { ImapAccount } from './imap-account.ts'
import { ImapClient, ImapLost } from './imap-client.ts'

/** A server that agrees to everything; `fetch` answers UID FETCH on the nth connection. */
async function account(
  t: TestContext,
  fetch: (socket: Socket, tag: string, nth: number) => void,
  validityOf: (nth: number) => number = () => 1,
) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    const nth = sockets.size
    socket.on('error', () => {})
    socket.write('* OK hello\r\n')
    socket.on('data', (part) => {
      for (const line of `${part}`.trimEnd().split('\r\n')) {
        const [tag = '', verb = ''] = line.split(' ')
        if (verb === 'EXAMINE') socket.write(`* OK [UIDVALIDITY ${validityOf(nth)}] valid\r\n`)
        if (verb === 'UID') fetch(socket, tag, nth)
        else socket.write(`${tag} OK done\r\n`)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const pauses: number[] = []
  const during: (() => Promise<void>)[] = []
  const pause = async (ms: number) => {
    await during[pauses.length]?.()
    pauses.push(ms)
  }
  const dial = () => ImapClient.open({ host: '127.0.0.1', port, tls: false }, 1000)
  const opened = await ImapAccount.open({ dial, pause })
  t.after(() => opened.close())
  return { opened, pauses, during, server }
}

it('a lost connection is dialled again, and asked for what is missing only', async (t) => {
  const { opened, pauses } = await account(t, (socket, tag, nth) => {
    socket.write(`* ${nth} FETCH (UID ${nth})\r\n`)
    if (nth === 4) socket.end(`${tag} OK done\r\n`)
    else socket.end('* 9 FETCH (UID')
  })
  await opened.examine('INBOX')
  const asked: string[] = []
  const told: string[] = []
  const command = () => `UID FETCH ${told.length + 1}:4 (UID)`
  for await (const { text } of opened.each(() => {
    asked.push(command())
    return command()
  }))
    told.push(text)
  assert.deepEqual(
    told,
    [1, 2, 3, 4].map((n) => `* ${n} FETCH (UID ${n})`),
  )
  assert.deepEqual(
    asked,
    [1, 2, 3, 4].map((n) => `UID FETCH ${n}:4 (UID)`),
  )
  assert.deepEqual(pauses, [0, 0, 0])
})

it('five losses in a row, with nothing between them, are the last', async (t) => {
  const { opened, pauses } = await account(t, (socket) => socket.destroy())
  await opened.examine('INBOX')
  await assert.rejects(async () => {
    for await (const _ of opened.each(() => 'UID FETCH 1:* (UID)')) assert.fail('a response')
  }, ImapLost)
  assert.deepEqual(pauses, [0, 1_000, 5_000, 15_000, 30_000])
})

it('a server that is gone for a while is waited for', async (t) => {
  const { opened, pauses, server, during } = await account(t, (socket, tag, nth) => {
    if (nth > 1) return void socket.write(`${tag} OK done\r\n`)
    const { port } = server.address() as AddressInfo
    server.close()
    socket.destroy()
    // Back in the third pause.
    during[2] = () => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  })
  assert.deepEqual(await opened.ask('UID SEARCH ALL'), [])
  assert.deepEqual(pauses, [0, 1_000, 5_000])
})

it('a mailbox that was made anew is not read on by its old numbers', async (t) => {
  const { opened } = await account(
    t,
    (socket) => socket.destroy(),
    (nth) => nth,
  )
  await opened.examine('INBOX')
  await assert.rejects(async () => {
    for await (const _ of opened.each(() => 'UID FETCH 1:* (UID)')) assert.fail('a response')
  }, /INBOX was made anew/)
})
