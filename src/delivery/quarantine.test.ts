import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { silentLog } from '../base/log.ts'
import { Refused } from '../base/refused.ts'
import { listOwed } from '../queue/owe.ts'
import { everyEngine } from '../store/testing/engines.ts'
import type { TestEngine } from '../store/testing/places.ts'
import type { Check } from './checks/check.ts'
import { Quarantine } from './quarantine.ts'
import { Rejected } from './rejected.ts'
import { accountId, bytesIn, envelopeFor, openHouse, send, stranger } from './testing/house.ts'
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

const refusing: Check = {
  name: 'trust',
  look: async ({ letter: { size } }) => {
    const reply = { code: 550, status: '5.7.26', text: 'Not from its sender' }
    return size > 1000 ? { is: 'deferred', said: 'later' } : { is: 'refused', said: 'no', reply }
  },
}
const marking: Check = {
  name: 'marks',
  look: async () => ({ is: 'taken', said: 'seen', fields: 'X-Seen: yes\r\n' }),
}

const week = 7 * 86_400_000

everyEngine('what a check refused is kept a while, and its recipient may have it', async (t, e) => {
  const kept = { keepMs: week, keptMax: 3 }
  const checks = [marking, refusing]
  // It is there before the house that it keeps something in.
  const rejected = new Rejected({
    ...{ settings: () => kept, now: Date.now, log: silentLog },
    engine: { run: (job, args) => it.engine.run(job, args), close: async () => {} },
    get mailboxes() {
      return it.mailboxes
    },
    get messages() {
      return it.messages
    },
    get traces() {
      return it.traces
    },
  })
  const it = await openHouse(t, { engine: e, checks, rejected })
  t.after(() => rejected.close().then(() => it.close()))
  const apart = new Quarantine(it)
  const refused = async (to: readonly string[], text = letter, client = stranger) => {
    const envelope = { ...(await envelopeFor(it, to)), client }
    const intake = it.delivery.accept(envelope)
    await intake.write(Buffer.from(text))
    const error = await intake.finish().catch((thrown: unknown) => thrown)
    assert.ok(error instanceof Refused)
    return { id: envelope.id, error }
  }
  const { id, error } = await refused(['iqbal', 'tito'])
  assert.equal(error.code, 'filter-refused')
  assert.deepEqual([error.filter?.kept, error.filter?.reply?.status], [id, '5.7.26'])
  const [trace] = await apart.list(10)
  assert.deepEqual([trace?.id, trace?.accepted, trace?.code], [id, false, 550])
  assert.deepEqual(
    trace?.recipients.map(({ code, place }) => `${code} ${place}`),
    ['550 quarantine', '550 quarantine'],
  )
  assert.match(trace!.steps.find(({ step }) => step === 'filtered')!.said, /^trust: no/)
  // Each has their own to decide.
  assert.equal((await apart.listOf('tito@example.com', 10)).length, 1)
  assert.equal((await apart.listOf('ana@example.com', 10)).length, 0)
  await apart.rescue(id, 'tito@example.com')
  const inbox = async (name: string) =>
    (await bytesIn(it, await accountId(it, `${name}@example.com`))).map(({ body }) => `${body}`)
  assert.deepEqual([await inbox('tito'), await inbox('iqbal')], [[letter], []])
  await assert.rejects(apart.rescue(id, 'ana@example.com'), notFound)
  await apart.release(id)
  assert.equal((await inbox('iqbal')).length, 1)
  await assert.rejects(apart.show(id), notFound)
  // What is put off, or was sent by ours, is not kept.
  assert.equal((await refused(['tito'], letter + 'x'.repeat(1000))).error.filter?.kept, undefined)
  const own = { ...stranger, login: 'iqbal@example.com', protocol: 'submission' } as const
  const from = await refused(['tito'], `From: <iqbal@example.com>\r\n${letter}`, own)
  assert.equal(from.error.filter?.kept, undefined)
  // The oldest go beyond the number, and all after their time.
  for (let n = 0; n < 5; n++) await refused(['tito'])
  await rejected.forget()
  const left = await apart.list(10)
  assert.equal(left.length, 3)
  kept.keepMs = -1
  await rejected.forget()
  assert.deepEqual(await apart.list(10), [])
  assert.equal((await it.traces.get(left[0]!.id))?.blob, null)
})
