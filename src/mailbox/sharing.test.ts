import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Refused } from '../base/refused.ts'
import { engines } from '../store/testing/engines.ts'
import type { TestEngine } from '../store/testing/places.ts'
import type { Sharing } from './sharing.ts'
import { close, listOwners } from './testing/jobs.ts'
import { boxOf, flagsIn, openMail, put } from './testing/mail.ts'

for (const engine of engines)
  test(`shared mailboxes on ${engine.name}`, { skip: engine.skip }, async (t) => {
    for (const [name, run] of Object.entries(cases)) await t.test(name, (t) => run(t, engine))
  })

const tito = 'tito@example.com'
const iqbal = 'iqbal@example.com'
const inbox = { account: 'a1', mailbox: 'inbox', owner: tito }

const code = (wanted: string) => (error: unknown) =>
  error instanceof Refused && error.code === wanted

const seen = async (sharing: Sharing, who: string) =>
  (await sharing.list(who)).map(({ owner, box, rights }) => `${owner} ${box.name} ${rights}`)

const cases: Record<string, (t: TestContext, kind: TestEngine) => Promise<void>> = {
  'rights add up, and those taken away count more': async (t, kind) => {
    const { sharing } = (await openMail(t, { engine: kind })).mailboxes
    const change = (who: string, mode: 'replace' | 'add' | 'remove', rights: string) =>
      sharing.change({ ...inbox, who, mode, rights })
    await change('anyone', 'replace', 'rl')
    assert.equal(await sharing.rightsOf(inbox, iqbal), 'lr')
    await change(iqbal, 'replace', 'ws')
    await change(iqbal, 'add', 'te')
    await change(iqbal, 'remove', 'w')
    assert.equal(await sharing.rightsOf(inbox, iqbal), 'lrste')
    assert.equal(await sharing.rightsOf(inbox, 'else@example.com'), 'lr')
    await change(`-${iqbal}`, 'replace', 're')
    assert.equal(await sharing.rightsOf(inbox, iqbal), 'lst')
    assert.deepEqual(await seen(sharing, iqbal), [`${tito} INBOX lst`])
    assert.deepEqual(await seen(sharing, tito), [], "what is one's own is nobody else's")
    await change('anyone', 'replace', '')
    await change(iqbal, 'replace', '')
    assert.deepEqual((await sharing.entries(inbox)).map(Object.values), [[`-${iqbal}`, 're']])
    assert.equal(await sharing.find(tito, 'INBOX', iqbal), undefined)
  },

  'a new mailbox inherits, a renamed one keeps, a deleted one loses its list': async (t, kind) => {
    const { mailboxes } = await openMail(t, { engine: kind })
    const { sharing } = mailboxes
    const top = await mailboxes.create('a1', 'Top')
    await sharing.change({ ...inbox, mailbox: top, who: iqbal, mode: 'add', rights: 'lr' })
    const low = await mailboxes.create('a1', 'Top/middle/low')
    assert.deepEqual(await seen(sharing, iqbal), [
      `${tito} Top lr`,
      `${tito} Top/middle lr`,
      `${tito} Top/middle/low lr`,
    ])
    await mailboxes.rename('a1', low, 'Low')
    assert.equal((await sharing.find(tito, 'Low', iqbal))?.box.id, low)
    await mailboxes.delete('a1', low)
    await mailboxes.create('a1', 'Low')
    assert.equal(await sharing.find(tito, 'Low', iqbal), undefined)
  },

  'messages go into another account with their bytes, dates and allowed flags': async (t, kind) => {
    const mail = await openMail(t, { engine: kind })
    await mail.openAccount('a2')
    const { messages, store } = mail
    await put(mail, 'Subject: one\r\n\r\n1', { flags: ['$First', '\\Deleted', '\\Seen'] })
    await put(mail, 'Subject: two\r\n\r\n22', { flags: ['$Second'], receivedAt: 86_400_000 })
    await put(mail, 'Subject: x\r\n\r\n', { account: 'a2', flags: ['$Other'] })
    const order = {
      from: { account: 'a1', mailbox: 'inbox' },
      uids: [[1, 2]] as const,
      to: { account: 'a2', mailbox: 'archive' },
      rights: 'sw',
    }
    const copied = await messages.carryAcross({ ...order, move: false })
    assert.deepEqual([[...copied.from], copied.first], [[1, 2], 1])
    assert.deepEqual(await flagsIn(mail, 'archive', 'a2'), [
      [1, '\\Seen $First'],
      [2, '$Second'],
    ])
    const there = await mail.mailboxes.open('a2', 'archive', 2)
    assert.equal(there?.message.receivedAt, 86_400_000)
    const moved = await messages.carryAcross({ ...order, move: true })
    assert.deepEqual([[...moved.from], moved.first], [[1, 2], 3])
    assert.equal((await boxOf(mail)).messages, 0)
    const box = await boxOf(mail, 'archive', 'a2')
    assert.deepEqual([box.messages, box.unseen, box.bytes], [4, 2, 2 * (17 + 18)])
    await assert.rejects(
      messages.carryAcross({ ...order, uids: [[1, 99_999]], move: false }),
      code('too-many'),
    )
    const owners = await store.engine.run(listOwners, undefined)
    assert.deepEqual(owners.map(({ refs }) => refs).sort(), [1, 3, 3], 'no bytes are copied')
  },

  'a copy that does not fit copies nothing, and a move leaves all where it was': async (
    t,
    kind,
  ) => {
    const mail = await openMail(t, { engine: kind })
    await mail.openAccount('a2', { quotaMessages: 1, quotaBytes: 0 })
    await put(mail, 'Subject: one\r\n\r\n1')
    await put(mail, 'Subject: two\r\n\r\n2')
    const order = {
      from: { account: 'a1', mailbox: 'inbox' },
      uids: [[1, 2]] as const,
      to: { account: 'a2', mailbox: 'inbox' },
      rights: 'swt',
    }
    for (const move of [false, true])
      await assert.rejects(mail.messages.carryAcross({ ...order, move }), code('over-quota'))
    assert.equal((await boxOf(mail)).messages, 2)
    assert.equal((await boxOf(mail, 'inbox', 'a2')).messages, 0)
  },

  'an account that goes takes its lists along': async (t, kind) => {
    const mail = await openMail(t, { engine: kind })
    const { sharing } = mail.mailboxes
    await sharing.change({ ...inbox, who: iqbal, mode: 'add', rights: 'lr' })
    while (!(await mail.engine.run(close, 'a1')));
    assert.deepEqual(await seen(sharing, iqbal), [])
  },
}
