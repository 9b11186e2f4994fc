// From filing to the hop and back: what is queued, tried, told; on every engine.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { QueueBook } from '../queue/book.ts'
import { ScriptedCourier } from '../queue/testing/scripted-courier.ts'
import { all, reading, sql } from '../store/sql.ts'
import { postgres } from '../store/testing/engines.ts'
import { sqlite, type TestEngine } from '../store/testing/places.ts'
import {
  accountId,
  addressIn,
  bytesIn,
  envelopeFor,
  type House,
  type HouseOptions,
  openHouse,
  stranger,
} from './testing/house.ts'
import type { Envelope, Trace } from './types.ts'

const minute = 60_000
const hour = 60 * minute

interface Post {
  readonly house: House
  readonly courier: ScriptedCourier
  readonly clock: { at: number }
}

async function open(t: TestContext, options: HouseOptions = {}): Promise<Post> {
  const courier = new ScriptedCourier()
  const clock = { at: Date.now() }
  const house = await openHouse(t, { courier, now: () => clock.at, ...options })
  t.after(() => house.close())
  return { house, courier, clock }
}

async function send(
  { house }: Post,
  to: readonly string[],
  change: Partial<Envelope> = {},
): Promise<Trace> {
  const envelope = { ...(await envelopeFor(house, to)), from: addressIn('tito@example.com') }
  const intake = house.delivery.accept({ ...envelope, ...change })
  await intake.write(Buffer.from('Subject: Hello\r\nMessage-ID: <1@example.com>\r\n\r\nText\r\n'))
  return intake.finish()
}

/** Turns the loop until it is so. The runner's own limit ends what never is. */
async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    await turn()
  }
}

const traced = ({ house }: Post, id: string, place: string) =>
  until(async () => {
    const trace = await house.traces.get(id)
    return trace?.recipients.every((one) => one.place === place) && trace
  })

const handed = (post: Post, count: number) =>
  until(async () => post.courier.handed.length >= count && post.courier.handed)

async function inbox({ house }: Post, account: string, count: number) {
  const id = await accountId(house, account)
  return until(async () => {
    const list = await bytesIn(house, id)
    return list.length >= count && list
  })
}

interface Seen {
  readonly due: number
  readonly state: string
  readonly owner: string
}

const rows = reading('test.queued', function* () {
  return yield* all<Seen>(sql`select id, due, state, attempts, owner, waited, last from queued`)
})
const counted = reading('test.refs', function* () {
  return yield* all<{ refs: number }>(sql`select refs from blobs where refs > 0`)
})

function suite(engine: TestEngine) {
  const options = { engine }

  test('goes to its hop once, with its envelope, and the trace ends in the reply', async (t) => {
    const post = await open(t, options)
    const sent = await send(post, ['friend@bigmail.test', 'pal@bigmail.test', 'ana@other.test'])
    const trace = await traced(post, sent.id, 'hop')
    assert.deepEqual(
      trace.recipients.map(({ code, text }) => [code, text]),
      [
        [250, 'Taken'],
        [250, 'Taken'],
        [250, 'Taken'],
      ],
    )
    const { handed: list } = post.courier
    assert.deepEqual(list.map(({ to }) => to).toSorted(), [
      ['ana@other.test'],
      ['friend@bigmail.test', 'pal@bigmail.test'],
    ])
    assert.match(list[0]?.text ?? '', /^Received: .*\r\n[\s\S]*\r\n\r\nText\r\n$/)
    assert.ok(!list[0]?.text.includes('Return-Path'))
    assert.match(
      trace.steps.at(-1)?.said ?? '',
      /192\.0\.2\.7:25 TLSv1\.3 verified 250 2\.0\.0 Taken$/,
    )
    assert.deepEqual(await post.house.engine.run(rows, undefined), [])
    const [count] = await post.house.engine.run(counted, undefined)
    assert.equal(count?.refs, 1)
  })

  test('what is deferred is tried again by the schedule, and only who is still owed', async (t) => {
    const post = await open(t, options)
    post.courier.script = (_, to) =>
      to.startsWith('slow') ? '450 4.2.0 Greylisted' : '250 2.0.0 OK'
    const sent = await send(post, ['slow@x.test', 'fast@x.test'])
    await until(async () => {
      const [row] = await post.house.engine.run(rows, undefined)
      return row?.owner === '' && row.due === post.clock.at + minute
    })
    const trace = await post.house.traces.get(sent.id)
    assert.deepEqual(
      trace?.recipients.map(({ place, text }) => [place, text]),
      [
        ['queue', 'Greylisted'],
        ['hop', 'OK'],
      ],
    )
    post.courier.script = () => '250 2.0.0 OK now'
    post.clock.at += minute
    const list = await handed(post, 2)
    assert.deepEqual(list[1]?.to, ['slow@x.test'])
    await traced(post, sent.id, 'hop')
  })

  test('a final refusal comes back to the sender, with cause, fix and header', async (t) => {
    const post = await open(t, options)
    post.courier.script = (_, to) =>
      to.startsWith('bob') ? '550 5.1.1 No such user' : '250 2.0.0 OK'
    const sent = await send(post, ['bob@x.test', 'eve@x.test'], {
      asked: { envelopeId: 'QQ+2B1' },
    })
    const [report] = await inbox(post, 'tito', 1)
    const text = report?.body.toString() ?? ''
    assert.match(report?.prefix ?? '', /^Return-Path: <>\r\n/)
    for (const wanted of [
      'multipart/report; report-type=delivery-status',
      'Auto-Submitted: auto-replied',
      'Original-Envelope-Id: QQ+1\r\n',
      'Final-Recipient: rfc822; bob@x.test\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.x.test',
      'Diagnostic-Code: smtp; 550 5.1.1 No such user',
      'Why: Nobody has this address there.',
      'Content-Type: text/rfc822-headers',
      'Subject: Hello\r\n',
    ])
      assert.ok(text.includes(wanted), wanted)
    assert.ok(!text.includes('eve@x.test\r\nAction'), text)
    assert.ok(!text.includes('\r\n\r\nText\r\n'), 'only the header is returned')
    const trace = await post.house.traces.get(sent.id)
    assert.deepEqual(
      trace?.recipients.map(({ place }) => place),
      ['returned', 'hop'],
    )
    assert.deepEqual(await post.house.engine.run(rows, undefined), [])
  })

  test('backscatter: nobody is told of what has the null sender, or asked for NEVER', async (t) => {
    const post = await open(t, options)
    post.courier.script = () => '550 5.1.1 No'
    const one = await send(post, ['bob@x.test'], { from: null })
    const envelope = await envelopeFor(post.house, ['bob@x.test'])
    const recipients = envelope.recipients.map((recipient) => ({ ...recipient, notify: [] }))
    const other = await send(post, ['bob@x.test'], { recipients })
    await traced(post, one.id, 'returned')
    await traced(post, other.id, 'returned')
    assert.deepEqual(await bytesIn(post.house, await accountId(post.house, 'tito')), [])
    assert.deepEqual(await post.house.engine.run(rows, undefined), [])
  })

  test('success is told where it was asked for: passed on elsewhere, delivered here', async (t) => {
    const post = await open(t, options)
    const envelope = await envelopeFor(post.house, ['bob@x.test', 'iqbal@example.com'])
    const recipients = envelope.recipients.map((recipient) => ({
      ...recipient,
      notify: ['success'] as const,
      originalRecipient: 'rfc822;said+2Bas@x.test',
    }))
    await send(post, ['bob@x.test'], { recipients })
    const list = await inbox(post, 'tito', 2)
    const text = list.map(({ body }) => body.toString()).join('\n')
    assert.match(
      text,
      /Original-Recipient: rfc822; said\+as@x\.test\r\nFinal-Recipient: rfc822; bob@x\.test\r\nAction: relayed\r\nStatus: 2\.0\.0/,
    )
    assert.match(
      text,
      /Final-Recipient: rfc822; iqbal@example\.com\r\nAction: delivered\r\nStatus: 2\.1\.5/,
    )
  })

  test('after four hours the sender is told once, after five days it is given up', async (t) => {
    const post = await open(t, options)
    post.courier.script = () => '451 4.3.0 Not today'
    const sent = await send(post, ['bob@x.test'])
    const waits = [1, 5, 15, 30, 60, 120, ...Array.from({ length: 40 }, () => 240)]
    for (const [n, minutes] of waits.entries()) {
      await handed(post, n + 1)
      const done = await until(async () => {
        const [row] = await post.house.engine.run(rows, undefined)
        return row === undefined || (row.owner === '' && 'waits')
      })
      if (done === true) break
      post.clock.at += minutes * minute
    }
    await traced(post, sent.id, 'returned')
    const list = await inbox(post, 'tito', 2)
    const [delay, failure] = list.map(({ body }) => body.toString())
    assert.match(delay ?? '', /Action: delayed\r\nStatus: 4\.3\.0[\s\S]*Will-Retry-Until: /)
    assert.match(failure ?? '', /Action: failed\r\nStatus: 5\.4\.7/)
    assert.equal(list.length, 2)
    assert.ok(post.courier.handed.length > 30, String(post.courier.handed.length))
  })

  test('a clock that jumps 30 days, forth or back, returns nothing and stops nothing', async (t) => {
    const post = await open(t, options)
    post.courier.script = () => '451 4.3.0 Not today'
    const sent = await send(post, ['bob@x.test'])
    await handed(post, 1)
    for (const [n, days] of [30, -60, 30].entries()) {
      await until(async () => (await post.house.engine.run(rows, undefined))[0]?.owner === '')
      post.clock.at += days * 24 * hour
      await handed(post, n + 2)
    }
    await until(async () => (await post.house.engine.run(rows, undefined))[0]?.owner === '')
    assert.deepEqual(await bytesIn(post.house, await accountId(post.house, 'tito')), [])
    post.courier.script = () => '250 2.0.0 OK'
    post.clock.at += hour
    await traced(post, sent.id, 'hop')
  })

  test('an alias forwards with a sender of ours, and what comes back finds the first one', async (t) => {
    const post = await open(t, options)
    const { house, courier } = post
    const elsewhere = 'someone@else.test'
    await house.accounts.addAlias('sales@example.com', ['iqbal@example.com', elsewhere])
    courier.script = (_, to) => (to === elsewhere ? '550 5.1.1 Gone' : '250 2.0.0 OK')
    const sent = await send(post, ['sales@example.com'], { from: addressIn('ana@client.test') })
    const list = await handed(post, 2)
    const forwarded = list.find(({ to }) => to[0] === elsewhere)
    assert.match(
      forwarded?.from ?? '',
      /^SRS0=[0-9a-v]{10}=[0-9a-v]{2}=client\.test=ana@example\.com$/,
    )
    assert.match(forwarded?.text ?? '', /^Delivered-To: sales@example\.com\r\n/)
    const report = list.find(({ to }) => to[0] === 'ana@client.test')
    assert.equal(report?.from, '')
    assert.match(
      report?.text ?? '',
      /Final-Recipient: rfc822; someone@else\.test\r\nAction: failed/,
    )
    const [copy] = await inbox(post, 'iqbal', 1)
    assert.match(copy?.body.toString() ?? '', /Text/)
    const trace = await house.traces.get(sent.id)
    assert.deepEqual(
      trace?.recipients.map(({ address, place }) => [address, place]),
      [['sales@example.com', 'returned']],
    )
    const again = house.delivery.accept(await envelopeFor(house, ['sales@example.com']))
    await again.write(Buffer.from(forwarded?.text ?? ''))
    await assert.rejects(again.finish(), { code: 'loop' })
    const forged = addressIn('SRS0=0123456789=00=client.test=ana@example.com')
    assert.deepEqual(await house.delivery.judge(stranger, forged), { is: 'unknown-user' })
  })

  test('is listed in pages, held, released, tried at once and cancelled', async (t) => {
    const post = await open(t, options)
    const { engine, nextId, traces, queue } = post.house
    assert.ok(queue)
    const now = () => post.clock.at
    const grew = (id: string) => traces.grew(id)
    const book = new QueueBook({ engine, queue, nextId, now, grew })
    const waiting = (count: number) =>
      until(async () => {
        const { entries } = await book.page({ state: 'waiting' }, { after: '', limit: 10 })
        return entries.length === count && entries
      })
    post.courier.script = () => '450 4.2.0 Later'
    for (const name of ['a', 'b', 'c']) await send(post, [`${name}@${name}.test`])
    const [a, b, c] = await waiting(3)
    assert.ok(a && b && c)
    assert.deepEqual([a.sender, a.destination, a.attempts], ['tito@example.com', 'a.test', 1])
    assert.equal(a.last, '450 4.2.0 Later')
    const first = await book.page({}, { after: '', limit: 2 })
    assert.deepEqual(
      first.entries.map(({ id }) => id),
      [a.id, b.id],
    )
    const rest = await book.page({}, { after: first.after, limit: 2 })
    assert.deepEqual([rest.entries.map(({ id }) => id), rest.after], [[c.id], ''])

    assert.equal(await book.order('hold', { destination: 'a.test' }), 1)
    post.courier.script = () => '250 2.0.0 OK'
    assert.equal(await book.order('retry', { id: a.id }).catch(({ code }) => code), 'busy')
    assert.equal(await book.order('retry', { id: b.message }), 1)
    await traced(post, b.message, 'hop')
    assert.equal(await book.order('cancel', { id: c.id }), 1)
    await traced(post, c.message, 'cancelled')
    assert.equal(post.courier.handed.length, 4)
    assert.deepEqual({ ...(await book.numbers()) }, { rows: 1, held: 1, oldest: a.entered })
    assert.equal(await book.order('release', { state: 'held' }), 1)
    await traced(post, a.message, 'hop')
    assert.equal(await book.order('cancel', { id: c.id }).catch(({ code }) => code), 'not-found')
    const [count] = await engine.run(counted, undefined)
    assert.equal(count?.refs, 1)
  })

  test('what is to be held until then is not tried before', async (t) => {
    const post = await open(t, options)
    const asked = { heldUntil: post.clock.at + 2 * hour }
    const held = await send(post, ['bob@x.test', 'iqbal@example.com'], { asked })
    const other = await send(post, ['ana@x.test'])
    await traced(post, other.id, 'hop')
    assert.equal(post.courier.handed.length, 1)
    assert.deepEqual(await bytesIn(post.house, await accountId(post.house, 'iqbal')), [])
    post.clock.at += 2 * hour
    const trace = await traced(post, held.id, 'hop')
    assert.match(trace.recipients[1]?.text ?? '', /^OK: iqbal@example\.com filed as /)
    const [letter] = await inbox(post, 'iqbal', 1)
    assert.match(letter?.body.toString() ?? '', /^Received: /)
  })
}

describe('the queue on SQLite', () => suite(sqlite))
describe('the queue on PostgreSQL', { skip: postgres.skip }, () => suite(postgres))
