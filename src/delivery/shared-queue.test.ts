// Two processes share one queue on PostgreSQL: each row is tried by one of them, and what one has
// when it dies the other has within a lease.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { ScriptedCourier } from '../queue/testing/scripted-courier.ts'
import { all, reading, sql } from '../store/sql.ts'
import { postgres } from '../store/testing/engines.ts'
import { newFolder } from '../store/testing/places.ts'
import { addressIn, envelopeFor, type House, openHouse } from './testing/house.ts'

const { skip } = postgres
const rows = reading('test.shared-queue', function* () {
  return yield* all<{ id: string; due: number; owner: string }>(
    sql`select id, due, owner from queued`,
  )
})

/** Each with a clock of its own, which stands still until it is moved. */
async function pair(t: TestContext) {
  const database = newFolder(t)
  const at = Date.now()
  const open = async () => {
    const courier = new ScriptedCourier()
    const clock = { at }
    const shared = { engine: postgres, database, courier, now: () => clock.at }
    const house = await openHouse(t, shared)
    t.after(() => house.close())
    return { house, courier, clock }
  }
  return { first: await open(), second: await open() }
}

async function send(house: House, to: string): Promise<void> {
  const envelope = { ...(await envelopeFor(house, [to])), from: addressIn('tito@example.com') }
  const intake = house.delivery.accept(envelope)
  await intake.write(Buffer.from('Subject: Hello\r\n\r\nText\r\n'))
  await intake.finish()
}

async function until(look: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await look())) await turn()
}

const named = ({ handed }: ScriptedCourier) => handed.flatMap(({ to }) => to)

test('what is due is tried by one of two processes, never by both', { skip }, async (t) => {
  const { first, second } = await pair(t)
  const count = 60
  const seen = new Set<string>()
  // The first time each is put off, whoever has it; then both look for what is due.
  const once = (_: unknown, to: string) => {
    if (seen.has(to)) return '250 2.0.0 Taken'
    seen.add(to)
    return '451 4.7.1 Later'
  }
  first.courier.script = once
  second.courier.script = once
  const houses = [first.house, second.house]
  for (let n = 0; n < count; n++) await send(houses[n % 2]!, `u${n}@d${n % 3}.test`)
  const list = async () => first.house.engine.run(rows, undefined)
  await until(async () => (await list()).every(({ owner }) => owner === ''))
  assert.equal(named(first.courier).length + named(second.courier).length, count)
  for (const { clock } of [first, second]) clock.at += 70_000
  await until(async () => (await list()).length === 0)
  const taken = [...named(first.courier), ...named(second.courier)]
  assert.equal(taken.length, 2 * count)
  const times = Map.groupBy(taken, (to) => to)
  assert.deepEqual(
    [...times.values()].map((each) => each.length).filter((n) => n !== 2),
    [],
  )
})

test('what a process has when it is gone, another has within a minute', { skip }, async (t) => {
  const { first, second } = await pair(t)
  const gate = Promise.withResolvers<void>()
  // It hangs, and its clock with it: no answer, no renewal, no look at the queue.
  first.courier.gate = gate.promise
  await send(first.house, 'friend@slow.test')
  await until(() => first.courier.handed.length === 1)
  const [held] = await first.house.engine.run(rows, undefined)
  assert.notEqual(held?.owner, '')
  assert.ok((held?.due ?? 0) - second.clock.at < 60_000, 'a lease ends within a minute')
  second.clock.at = held?.due ?? 0
  await until(() => second.courier.handed.length === 1)
  await until(async () => (await first.house.engine.run(rows, undefined)).length === 0)
  // It was only slow: its hop has the message too, and its row is not there to be ended twice.
  gate.resolve()
  await first.house.queue?.close(1_000)
  assert.deepEqual(named(second.courier), ['friend@slow.test'])
})
