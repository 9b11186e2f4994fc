import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../../base/log.ts'
import { Cards } from './card.ts'
import { type StreamPorts, stream } from './stream.ts'
import { TracesInMemory } from './testing/traces-in-memory.ts'

function setUp(beatMs = 60_000) {
  const traces = new TracesInMemory()
  const ports: StreamPorts = {
    board: 'board',
    cards: new Cards((trace) => traces.text(trace), silentLog),
    live: traces.live,
    since: (id, limit) => traces.since(id, limit),
    beatMs,
  }
  const leave = new AbortController()
  const open = (since?: string) => stream(ports, since, leave.signal)
  return { traces, leave, open }
}

/** Reads events until `count` of them are cards or "missed"; names what they were. */
async function read(events: AsyncGenerator<string>, count: number): Promise<string[]> {
  const got: string[] = []
  while (got.length < count) {
    const { value, done } = await events.next()
    if (done) break
    const id = /^id: (.*)$/m.exec(value)?.[1]
    if (id !== undefined) got.push(id)
    else if (value.includes('event: missed')) got.push('missed')
  }
  return got
}

test('what came while the client was away is replayed, then what comes now, each once', async () => {
  const { traces, open } = setUp()
  const ids = Array.from({ length: 50 }, () => traces.add({}).id)
  // While the store is asked, more arrives: in its answer and live at the same time.
  traces.beforeSince = () => {
    for (let n = 0; n < 10; n++) ids.push(traces.add({}).id)
  }
  const events = open(ids[9])
  const early = await read(events, 45)
  for (let n = 0; n < 10; n++) ids.push(traces.add({}).id)
  assert.deepEqual([...early, ...(await read(events, 15))], ids.slice(10))
  await events.return(undefined)
  assert.equal(traces.live.listeners, 0)
})

test('without a last card only new ones come', async () => {
  const { traces, open } = setUp()
  traces.add({})
  const events = open()
  await events.next()
  const fresh = events.next()
  const { id } = traces.add({})
  assert.match(
    (await fresh).value,
    new RegExp(`^id: ${id}\nevent: card\ndata: {"now":\\d+,"card":{`),
  )
  await events.return(undefined)
})

test('a last card that is gone, or too many since, is told as missed', async () => {
  const { traces, open } = setUp()
  const first = traces.add({}).id
  for (let n = 0; n < 600; n++) traces.add({})
  for (const since of ['nobody-knows', first]) {
    const events = open(since)
    assert.deepEqual(await read(events, 1), ['missed'])
    const after = read(events, 1)
    const { id } = traces.add({})
    assert.deepEqual(await after, [id])
    await events.return(undefined)
  }
})

test('a listener that lags is told so once and goes on with what is new', async () => {
  const { traces, open } = setUp()
  const events = open()
  await events.next()
  const first = read(events, 1)
  await Promise.resolve()
  for (let n = 0; n < 2000; n++) traces.add({})
  const rest = [...(await first), ...(await read(events, 1))]
  assert.ok(rest.includes('missed'), String(rest))
  await events.return(undefined)
})

test('a card that grew comes again, even if it was replayed', async () => {
  const { traces, open } = setUp()
  const [a, b] = [traces.add({}).id, traces.add({}).id]
  const events = open(a)
  assert.deepEqual(await read(events, 1), [b])
  const again = read(events, 1)
  await traces.addSteps(b, [{ step: 'relayed', ms: 9, ok: true, said: '250 Ok' }])
  assert.deepEqual(await again, [b])
  await events.return(undefined)
})

test('cards of other boards do not come', async () => {
  const { traces, open } = setUp()
  const events = open()
  await events.next()
  const next = read(events, 1)
  traces.add({ board: 'other' })
  traces.add({ board: '' })
  const { id } = traces.add({})
  assert.deepEqual(await next, [id])
  await events.return(undefined)
})

test('silence is filled with beats, and the end of the client ends all', async () => {
  const { traces, leave, open } = setUp(5)
  const events = open()
  const head = (await events.next()).value
  assert.match(head, /^retry: \d{4}\n\nevent: beat\n/)
  assert.match((await events.next()).value, /^event: beat\ndata: {"now":\d+}\n\n$/)
  leave.abort()
  let ended = false
  for (let n = 0; n < 3 && !ended; n++) ended = (await events.next()).done === true
  assert.ok(ended)
  assert.equal(traces.live.listeners, 0)
})
