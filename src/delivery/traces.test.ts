import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { everyEngine } from '../store/testing/engines.ts'
import { type HouseOptions, openHouse, send, stranger } from './testing/house.ts'
import { addRefused } from './trace-jobs.ts'
import { rowOf } from './trace-row.ts'
import type { Refusal, Trace } from './types.ts'

async function house(t: TestContext, options: HouseOptions) {
  const opened = await openHouse(t, { ...options, board: { everything: true, name: 'board' } })
  t.after(() => opened.close())
  return opened
}

const refusal: Refusal = {
  client: stranger,
  from: 'ana@example.net',
  recipients: [
    { address: 'tito@example.com', code: 250, status: '2.1.5', text: 'OK', place: 'mailbox' },
    { address: 'x', code: 550, status: '5.1.1', text: 'No such user here', place: '' },
  ],
  subject: 'one',
  text: 'the body',
  messageId: 'm9@x',
  began: 0,
  steps: [{ step: 'code', ms: 1, ok: false, said: '550 5.1.1 No such user here' }],
  board: 'board',
}

const letter = (n: number) => `Subject: n${n}\r\nMessage-ID: <m${n}@x>\r\n\r\ntext ${n}\r\n`
const subjects = (traces: readonly Trace[] = []) => traces.map(({ subject }) => subject).join(' ')

everyEngine('a trace comes back as it was told, with its last timings', async (t, engine) => {
  const it = await house(t, { engine })
  const told = await send(it, ['tito'], letter(1))
  await it.traces.settle()
  assert.deepEqual(await it.traces.get(told.id), told)
  assert.deepEqual(await it.traces.byMessageId('<m1@x>'), [told])
  assert.equal(await it.traces.get('nothing'), undefined)
  assert.deepEqual(await it.traces.byMessageId(''), [])
})

everyEngine(
  'a board is listed newest first, in pages, and replayed from any trace',
  async (t, engine) => {
    const it = await house(t, { engine })
    for (let n = 1; n <= 5; n++) await send(it, ['tito'], letter(n))
    await send(it, ['board+other'], letter(6))
    const first = await it.traces.list({ board: 'board', limit: 2 })
    assert.equal(subjects(first), 'n5 n4')
    const before = first.at(-1)?.id ?? ''
    assert.equal(subjects(await it.traces.list({ board: 'board', before, limit: 2 })), 'n3 n2')
    assert.equal(subjects(await it.traces.since(before, 10)), 'n5')
    assert.equal(subjects(await it.traces.list({ limit: 3 })), 'n6 n5 n4')
    assert.equal(subjects(await it.traces.list({ before, limit: 3 })), 'n3 n2 n1')
    assert.equal(await it.traces.since('nothing', 10), undefined)
  },
)

everyEngine(
  'the text of a message is decoded, that of a refused one as it was said',
  async (t, engine) => {
    const it = await house(t, { engine })
    const body = Buffer.from('Hola ñandú ✓').toString('base64')
    const head =
      'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    const trace = await send(it, ['tito'], `${head}${body}\r\n`)
    assert.equal((await it.traces.text(trace)).trimEnd(), 'Hola ñandú ✓')
    const long = await send(it, ['tito'], `\r\n${'x'.repeat(2_000_000)}\r\n`)
    assert.equal((await it.traces.text(long)).length, 65_536)
    await it.delivery.refused(refusal)
    const [refused] = await it.traces.list({ limit: 1 })
    assert.equal(refused && (await it.traces.text(refused)), 'the body')
  },
)

everyEngine(
  'a refusal is told and kept in its own words, in its place on the board',
  async (t, engine) => {
    const it = await house(t, { engine })
    const listener = it.traces.live.listen()
    const first = await send(it, ['tito'], letter(1))
    await it.delivery.refused(refusal)
    await listener.next()
    const told = (await listener.next()).value as Trace
    listener.return?.()
    assert.equal(told.accepted, false)
    assert.deepEqual([told.code, told.status, told.text], [550, '5.1.1', 'No such user here'])
    assert.equal(told.blob, null)
    assert.deepEqual(await it.traces.since(first.id, 10), [told])
  },
)

everyEngine('a refusal without recipients speaks with the step that failed', async (t, engine) => {
  const it = await house(t, { engine })
  const cases = [
    ['421 4.3.2 Too busy', 421, '4.3.2', 'Too busy'],
    ['500 What?', 500, '', 'What?'],
    ['[Errno 111] Connection refused', 0, '', '[Errno 111] Connection refused'],
  ] as const
  for (const [said, code, status, text] of cases) {
    const steps = [{ step: 'relayed', ms: 1, ok: false, said } as const]
    await it.delivery.refused({ ...refusal, recipients: [], steps })
    const [trace] = await it.traces.list({ limit: 1 })
    assert.deepEqual([trace?.code, trace?.status, trace?.text], [code, status, text])
  }
})

everyEngine('what is refused is kept in bounds, whatever was said', async (t, engine) => {
  const it = await house(t, { engine })
  const long = 'x'.repeat(1_000_000)
  const recipient = { address: long, code: 550, status: '5.1.1', text: long, place: '' }
  await it.delivery.refused({
    ...refusal,
    client: { ...stranger, hello: long },
    from: long,
    recipients: Array.from({ length: 1_000 }, () => recipient),
    subject: long,
    text: long,
    messageId: long,
    steps: [{ step: 'code', ms: 1, ok: false, said: long }],
  })
  const [trace] = await it.traces.list({ limit: 1 })
  assert.ok(trace && JSON.stringify(trace).length < 100_000)
  await it.delivery.refused({ ...refusal, recipients: [] })
  const flood = Array.from({ length: 1_000 }, () => it.delivery.refused(refusal))
  await Promise.all(flood)
  const kept = (await it.traces.list({ limit: 1_000 })).length
  assert.ok(kept < 200, `${kept} kept of a flood`)
})

everyEngine('a refusal opens no board, whatever it names', async (t, engine) => {
  const it = await house(t, { engine })
  for (const board of ['lobby', '../x', 'board']) await it.delivery.refused({ ...refusal, board })
  const boards = (await it.traces.list({ limit: 9 })).map((trace) => trace.board)
  assert.deepEqual(boards, ['board', '', ''])
  await send(it, ['board+lobby'], letter(1))
  await it.delivery.refused({ ...refusal, board: 'lobby' })
  assert.equal((await it.traces.list({ board: 'lobby', limit: 9 })).length, 2)
})

everyEngine('of all refusals the newest ten thousand are kept', async (t, engine) => {
  const it = await house(t, { engine })
  await it.delivery.refused({ ...refusal, board: '' })
  const [first] = await it.traces.list({ limit: 1 })
  assert.ok(first)
  const add = (prune: boolean) =>
    it.engine.run(addRefused, { row: rowOf({ ...first, id: it.nextId() }), prune })
  await Promise.all(Array.from({ length: 9_999 }, () => add(false)))
  await it.engine.run(addRefused, { row: rowOf({ ...first, id: 'z' }), prune: false })
  assert.ok(await it.traces.get(first.id))
  await add(true)
  assert.equal(await it.traces.get(first.id), undefined)
  let count = 0
  let before: string | undefined
  for (;;) {
    const page = await it.traces.list({ limit: 1_000, ...(before ? { before } : {}) })
    if (page.length === 0) break
    count += page.length
    before = page.at(-1)?.id
  }
  assert.equal(count, 10_000)
})

everyEngine('later hops add to a trace, and it is told again', async (t, engine) => {
  const it = await house(t, { engine })
  const { id } = await send(it, ['tito'], letter(1))
  await it.traces.settle()
  const listener = it.traces.live.listen()
  const steps = [{ step: 'relayed', ms: 9.5, ok: true, said: 'x'.repeat(1_000) } as const]
  assert.equal(await it.traces.addSteps(id, steps), true)
  const told = (await listener.next()).value as Trace
  listener.return?.()
  assert.deepEqual(await it.traces.get(id), told)
  assert.equal(told.steps.at(-1)?.ms, 9.5)
  assert.equal(told.steps.at(-1)?.said.length, 200)
  assert.equal(await it.traces.addSteps('nothing', steps), false)
})

everyEngine(
  'a trace read at once has its last timings, and a later hop adds to them',
  async (t, engine) => {
    const it = await house(t, { engine })
    const told = await send(it, ['tito'], letter(1))
    assert.deepEqual(await it.traces.get(told.id), told)
    assert.deepEqual(await it.traces.list({ limit: 1 }), [told])
    const relayed = { step: 'relayed', ms: 9.5, ok: true, said: '250 OK' } as const
    const listener = it.traces.live.listen()
    await it.traces.addSteps(told.id, [relayed])
    const steps = [...told.steps, relayed]
    assert.deepEqual(((await listener.next()).value as Trace).steps, steps)
    listener.return?.()
    await it.traces.settle()
    assert.deepEqual((await it.traces.get(told.id))?.steps, steps)
  },
)
