// Two processes on one database: each sees what the other files, in order, and nothing is counted
// twice or lost.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { missed } from '../base/feed.ts'
import type { Change } from '../mailbox/change.ts'
import { postgres } from '../store/testing/engines.ts'
import { newFolder } from '../store/testing/places.ts'
import { accountId, bytesIn, type House, openHouse, send, stranger } from './testing/house.ts'
import type { Trace } from './types.ts'

const { skip } = postgres
const board = { everything: true, name: 'board' }

async function two(t: TestContext): Promise<readonly [House, House]> {
  const database = newFolder(t)
  const one = await openHouse(t, { engine: postgres, database, board })
  const other = await openHouse(t, { engine: postgres, database, board })
  t.after(() => Promise.all([one.close(), other.close()]))
  return [one, other]
}

const letter = (n: number) => `Subject: n${n}\r\n\r\ntext ${n}\r\n`

/** Listens until so many different traces were told, and gives all that were. */
function told(house: House, count: number): Promise<readonly Trace[]> {
  const listening = house.traces.live.listen()
  const traces: Trace[] = []
  const ids = new Set<string>()
  return (async () => {
    for await (const trace of listening) {
      if (trace === missed) continue
      if (!ids.has(trace.id)) traces.push(trace)
      ids.add(trace.id)
      if (ids.size === count) break
    }
    return traces
  })()
}

test('what one process files, the other tells: changes and traces', { skip }, async (t) => {
  const [here, there] = await two(t)
  const account = await accountId(here, 'tito')
  const changes = there.mailboxes.changes.listenTo(account)
  const traces = told(there, 1)
  const sent = await send(here, ['tito'], letter(1))
  const heard: (Change | typeof missed)[] = []
  for (let last: Change | undefined; last?.mailbox !== 'inbox'; ) {
    const { value } = await changes.next()
    heard.push(value)
    if (value !== missed) last = value
  }
  const change = heard.at(-1) as Change
  assert.deepEqual([change.account, change.kind], [account, 'added'])
  const since = await there.messages.since({ account, mailbox: 'inbox' }, change.modseq - 1)
  assert.equal(since?.changed.length, 1)
  assert.equal((await traces)[0]?.id, sent.id)
  changes.return?.()
})

test('two processes file at once: each board and mailbox has one order', { skip }, async (t) => {
  const houses = await two(t)
  const count = 120
  const listening = houses.map((house) => told(house, count))
  const account = await accountId(houses[0], 'tito')
  await Promise.all(
    Array.from({ length: count }, (_, n) =>
      send(houses[n % 2]!, n % 3 ? ['tito'] : ['iqbal', 'tito'], letter(n)),
    ),
  )
  const order = (await houses[0].traces.list({ board: 'board', limit: count }))
    .toReversed()
    .map(({ id }) => id)
  for (const traces of await Promise.all(listening))
    assert.deepEqual(
      traces.map(({ id }) => id),
      order,
    )
  for (const house of houses) {
    const stored = await bytesIn(house, account)
    assert.deepEqual(
      stored.map(({ uid }) => uid),
      Array.from({ length: count }, (_, n) => n + 1),
    )
    const [inbox] = (await house.mailboxes.list(account)).filter(({ id }) => id === 'inbox')
    assert.deepEqual([inbox?.messages, inbox?.uidNext], [count, count + 1])
    assert.equal((await house.mailboxes.usage(account)).messages, count)
  }
})

test('a refusal, and a trace that grew, are told by both', { skip }, async (t) => {
  const [here, there] = await two(t)
  const first = await send(here, ['tito'], letter(1))
  const listening = there.traces.live.listen()
  const next = async (wanted: (trace: Trace) => boolean) => {
    for (;;) {
      const { value } = await listening.next()
      if (value !== missed && wanted(value)) return value as Trace
    }
  }
  const refusal = { recipients: [], subject: '', text: '', messageId: '', began: 0, board: '' }
  const steps = [{ step: 'code', ms: 1, ok: false, said: '550 5.7.1 No' }] as const
  await here.delivery.refused({ ...refusal, client: stranger, from: 'ana@x.com', steps })
  assert.equal((await next(({ accepted }) => !accepted)).text, 'No')
  await here.traces.addSteps(first.id, [{ step: 'relayed', ms: 2, ok: true, said: '250 OK' }])
  const grown = await next(({ steps }) => steps.at(-1)?.step === 'relayed')
  assert.equal(grown.id, first.id)
  listening.return?.()
})

test('a listener whose connection was lost is told that it missed', { skip }, async (t) => {
  const [here, there] = await two(t)
  const account = await accountId(here, 'tito')
  const changes = there.mailboxes.changes.listenTo(account)
  const live = there.traces.live.listen()
  await postgres.server.execute(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'amplop notify'",
  )
  const until = async (feed: AsyncIterableIterator<unknown>) => {
    while ((await feed.next()).value !== missed);
  }
  await Promise.all([until(changes), until(live)])
  await send(here, ['tito'], letter(1))
  assert.equal((await bytesIn(there, account)).length, 1)
  changes.return?.()
  live.return?.()
})

test('what one process remembers ends with what the other changes', { skip }, async (t) => {
  const [here, there] = await two(t)
  const name = { local: 'shop', domain: 'example.com' }
  const soon = async (holds: () => Promise<boolean>) => {
    const deadline = performance.now() + 10_000
    while (!(await holds())) {
      assert.ok(performance.now() < deadline)
      await pause(5)
    }
  }
  assert.equal((await there.accounts.lookup(name)).is, 'unknown-user')
  await here.accounts.addAlias('shop@example.com', ['tito'])
  await soon(async () => (await there.accounts.lookup(name)).is === 'accounts')
  const account = await accountId(here, 'tito')
  assert.equal(await there.mailboxes.isFull(account), false)
  await send(here, ['tito'], letter(1))
  await here.mailboxes.setQuota(account, { quotaMessages: 1, quotaBytes: 0 })
  await soon(() => there.mailboxes.isFull(account))
  const address = { local: 'board+new', domain: 'example.com' }
  assert.equal((await there.delivery.recipient(stranger, address)).is, 'unknown-user')
  await send(here, ['board+new'], letter(2))
  await soon(async () => (await there.delivery.recipient(stranger, address)).is === 'accepted')
})
