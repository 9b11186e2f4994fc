import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { everyEngine } from '../store/testing/engines.ts'
import {
  accountId,
  addressIn,
  bytesIn,
  type HouseOptions,
  neighbour,
  openHouse,
  send,
  stranger,
} from './testing/house.ts'

async function house(t: TestContext, options: HouseOptions = {}) {
  const opened = await openHouse(t, { board: { everything: true, name: 'board' }, ...options })
  t.after(() => opened.close())
  return opened
}

const letter = 'Subject: one\r\n\r\ntext\r\n'

everyEngine('with a board for everything, each message is also on it, once', async (t, engine) => {
  const it = await house(t, { engine })
  const trace = await send(it, ['tito', 'x@gmail.com', 'board'], letter)
  assert.equal(trace.board, 'board')
  assert.equal((await bytesIn(it, 'boards', 'board')).length, 1)
  assert.equal((await bytesIn(it, await accountId(it, 'tito'))).length, 1)
  const [board] = await it.mailboxes.list('boards')
  assert.equal(board?.board, true)
  assert.equal(await it.accounts.authenticator(where).password('boards', ''), undefined)
})

const where = { protocol: 'test', address: '127.0.0.1', session: 's1' }

everyEngine(
  'an address can name another board; a new one is opened by neighbours only',
  async (t, engine) => {
    const it = await house(t, { engine })
    const is = async (to: string, client = stranger) => {
      const verdict = await it.delivery.recipient(client, addressIn(to))
      if (verdict.is !== 'accepted') return verdict.is
      return verdict.recipient.place.kind === 'board' ? verdict.recipient.place.board : 'elsewhere'
    }
    assert.equal(await is('board+lobby@example.com'), 'unknown-user')
    assert.equal(await is('Board+Lobby@example.com', neighbour), 'lobby')
    assert.equal(await is('board+lobby@mail.example.com'), 'lobby')
    assert.equal(await is('board+lobby@example.org'), 'relay-denied')
    assert.equal(await is('board+../x@example.com', neighbour), 'unknown-user')
    const trace = await send(it, ['board+lobby'], letter)
    assert.equal(trace.board, 'lobby')
    assert.equal((await bytesIn(it, 'boards', 'lobby')).length, 1)
    assert.deepEqual(await it.traces.list({ board: 'board', limit: 10 }), [])
  },
)

everyEngine('without boards, their name is a name like any other', async (t, engine) => {
  const it = await house(t, { engine, board: null })
  const verdict = await it.delivery.recipient(neighbour, addressIn('board+lobby'))
  assert.equal(verdict.is, 'unknown-user')
  assert.equal((await send(it, ['tito'], letter)).board, '')
})
