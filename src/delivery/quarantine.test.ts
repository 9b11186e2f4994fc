import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { Refused } from '../base/refused.ts'
import { listOwed } from '../queue/owe.ts'
import { everyEngine } from '../store/testing/engines.ts'
import type { TestEngine } from '../store/testing/places.ts'
import type { Check } from './checks/check.ts'
import { Quarantine } from './quarantine.ts'
import { accountId, bytesIn, envelopeFor, openHouse, send } from './testing/house.ts'
import type { Recipient } from './types.ts'

const apart: Check = {
  name: 'apart',
  look: async () => ({ is: 'taken', said: 'bad', quarantine: true, fields: 'X-A: b\r\n' }),
}
const letter = 'Subject: a\r\n\r\ntext\r\n'

async function house(t: TestContext, engine: TestEngine) {
  const opened = await openHouse(t, { engine, checks: [apart] })
  t.after(() => opened.close())
  const inbox = async (name: string) =>
    (await bytesIn(opened, await accountId(opened, `${name}@example.com`))).map(
      ({ body }) => `${body}`,
    )
  return { ...opened, inbox, quarantine: new Quarantine(opened) }
}

const notFound = (error: unknown) => error instanceof Refused && error.code === 'not-found'

everyEngine('what is released reaches all whom it was for, once', async (t, engine) => {
  const it = await house(t, engine)
  assert.deepEqual(await it.quarantine.list(10), [])
  const { id } = await send(it, ['iqbal', 'tito', 'ana@elsewhere.example'], letter)
  const other = await send(it, ['iqbal'], 'Subject: other\r\n\r\n')
  assert.deepEqual(
    (await it.quarantine.list(10)).map((trace) => trace.id),
    [other.id, id],
  )
  assert.equal((await it.quarantine.show(id)).text, 'text')
  const released = await it.quarantine.release(id)
  assert.deepEqual([await it.inbox('iqbal'), await it.inbox('tito')], [[letter], [letter]])
  const owed = await it.engine.run(listOwed, 10)
  assert.deepEqual(
    owed.map(({ recipient }) => recipient),
    ['ana@elsewhere.example'],
  )
  assert.equal(released.from, 'ana@example.net')
  assert.deepEqual(released.client, (await it.traces.get(id))?.client)
  assert.equal((await it.traces.get(id))?.steps.at(-1)?.said, `released as ${released.id}`)
  await assert.rejects(it.quarantine.release(id), notFound)
  assert.equal((await it.quarantine.list(10)).length, 1)
})

everyEngine('what was asked for it, and by whom, is kept', async (t, engine) => {
  const it = await house(t, engine)
  const began = await envelopeFor(it, ['iqbal', 'ana@elsewhere.example'])
  const [iqbal, ana] = began.recipients as [Recipient, Recipient]
  const wish = {
    notify: ['failure', 'delay'],
    originalRecipient: `rfc822;${'x'.repeat(200)}`,
  } as const
  const asked = { requireTls: true, envelopeId: 'é+2B', priority: 3 } as const
  const envelope = { ...began, asked, recipients: [iqbal, { ...ana, ...wish }] }
  const intake = it.delivery.accept(envelope)
  await intake.write(Buffer.from(letter))
  await it.quarantine.release((await intake.finish()).id)
  assert.deepEqual(await it.inbox('iqbal'), [letter])
  const [owed] = await it.engine.run(listOwed, 10)
  assert.deepEqual(JSON.parse(owed?.asked ?? ''), { ...asked, ...wish })
})

everyEngine(
  'while one of its recipients has no room it stays, and nobody gets it',
  async (t, engine) => {
    const it = await house(t, engine)
    const { id } = await send(it, ['iqbal', 'tito'], letter)
    const first = await send(it, ['tito'], letter)
    await it.quarantine.release(first.id)
    const tito = await accountId(it, 'tito@example.com')
    await it.mailboxes.setQuota(tito, { quotaMessages: 1, quotaBytes: 0 })
    await assert.rejects(
      it.quarantine.release(id),
      (error: unknown) => error instanceof Refused && error.code === 'over-quota',
    )
    assert.deepEqual(await it.inbox('iqbal'), [])
  },
)

everyEngine('what is dropped reaches nobody', async (t, engine) => {
  const it = await house(t, engine)
  const { id } = await send(it, ['iqbal'], letter)
  await it.quarantine.drop(id)
  assert.deepEqual(await it.quarantine.list(10), [])
  await assert.rejects(it.quarantine.drop(id), notFound)
  await assert.rejects(it.quarantine.show('nothing'), notFound)
  assert.deepEqual(await it.inbox('iqbal'), [])
})

everyEngine('without a recipient that is still there it stays', async (t, engine) => {
  const it = await house(t, engine)
  const { id } = await send(it, ['iqbal'], letter)
  await it.accounts.remove('iqbal@example.com')
  await assert.rejects(
    it.quarantine.release(id),
    (error: unknown) => error instanceof Refused && error.code === 'unknown-user',
  )
  assert.equal((await it.quarantine.list(10)).length, 1)
})
