import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Refused } from '../base/refused.ts'
import { engines } from '../store/testing/engines.ts'
import type { TestEngine } from '../store/testing/places.ts'
import { mailboxName } from './mailbox-name.ts'
import { boxOf, type Mail, openMail, put } from './testing/mail.ts'

const code = (wanted: string) => (error: unknown) =>
  error instanceof Refused && error.code === wanted

async function namesOf({ mailboxes }: Mail): Promise<string[]> {
  const fixed = ['Archive', 'Drafts', 'INBOX', 'Junk', 'Sent', 'Trash']
  return (await mailboxes.list('a1'))
    .map(({ name }) => name)
    .filter((name) => !fixed.includes(name))
}

const cases: Record<string, (t: TestContext, engine: TestEngine) => Promise<void>> = {
  'a mailbox is made with those above it, subscribed, and a UIDVALIDITY of its own': async (
    t,
    engine,
  ) => {
    const mail = await openMail(t, { engine })
    const { mailboxes } = mail
    const id = await mailboxes.create('a1', 'work/2026/caf\u0065\u0301')
    assert.deepEqual(await namesOf(mail), ['work', 'work/2026', 'work/2026/caf\u00e9'])
    const box = await boxOf(mail, id)
    assert.equal(box.name, 'work/2026/caf\u00e9')
    assert.equal(box.subscribed, true)
    await assert.rejects(mailboxes.create('a1', 'work'), code('exists'))
    await assert.rejects(mailboxes.create('a1', 'inbox'), code('exists'))
    await assert.rejects(mailboxes.create('a1', 'x', { role: 'trash' }), code('exists'))
    await assert.rejects(mailboxes.create('a1', 'x', { role: 'nonsense' }), code('bad-value'))
    await assert.rejects(mailboxes.create('nobody', 'x'), code('not-found'))
    await mailboxes.delete('a1', id)
    const again = await boxOf(mail, await mailboxes.create('a1', 'work/2026/caf\u00e9'))
    assert.ok(again.uidValidity > box.uidValidity, 'even within a second')
    const all = (await mailboxes.list('a1')).map(({ uidValidity }) => uidValidity)
    assert.equal(new Set(all).size, all.length)
  },

  'those below move with a renamed mailbox, ids and subscriptions stay': async (t, engine) => {
    const mail = await openMail(t, { engine })
    const { mailboxes, messages } = mail
    const leaf = await mailboxes.create('a1', 'a/b/c')
    await mailboxes.create('a1', 'a-b')
    await mailboxes.create('a1', 'a0')
    await mailboxes.setSubscribed('a1', 'a/b', false)
    await put(mail, 'x', { mailbox: leaf })
    const a = (await mailboxes.list('a1')).find(({ name }) => name === 'a')?.id ?? ''
    const { modseq } = await boxOf(mail, leaf)
    await mailboxes.rename('a1', a, 'new/place')
    assert.deepEqual(await namesOf(mail), [
      ...['a-b', 'a0', 'new', 'new/place', 'new/place/b', 'new/place/b/c'],
    ])
    assert.equal((await boxOf(mail, leaf)).name, 'new/place/b/c')
    assert.equal((await boxOf(mail, leaf)).messages, 1)
    assert.ok(!(await mailboxes.subscriptions('a1')).includes('new/place/b'))
    assert.ok((await mailboxes.subscriptions('a1')).includes('new/place/b/c'))
    await assert.rejects(mailboxes.rename('a1', a, 'new/place/b/d'), code('bad-value'))
    await assert.rejects(mailboxes.rename('a1', a, 'a0'), code('exists'))
    await assert.rejects(mailboxes.rename('a1', 'nothing', 'y'), code('not-found'))
    const changed = await messages.mailboxesSince('a1', modseq, 100)
    assert.equal(changed?.created.length, 1)
    assert.equal(changed?.updated.length, 3)
    assert.equal(changed?.onlyCounts, false)
  },

  'RFC 9051 §6.3.6 renaming INBOX gives its messages away, and it stays': async (t, engine) => {
    const mail = await openMail(t, { engine })
    await put(mail, 'x', { flags: ['\\Seen'] })
    const below = await mail.mailboxes.create('a1', 'INBOX/below')
    await mail.mailboxes.rename('a1', 'inbox', 'old mail')
    const made = (await mail.mailboxes.list('a1')).find(({ name }) => name === 'old mail')
    assert.equal(made?.messages, 1)
    assert.equal(made?.unseen, 0)
    assert.equal((await boxOf(mail)).messages, 0)
    assert.equal((await boxOf(mail, below)).name, 'INBOX/below')
  },

  'a mailbox goes with its messages, which can be restored into INBOX': async (t, engine) => {
    const mail = await openMail(t, { engine })
    const { mailboxes, undelete } = mail
    const id = await mailboxes.create('a1', 'x/y')
    const { email } = await put(mail, 'kept', { mailbox: id })
    const x = (await mailboxes.list('a1')).find(({ name }) => name === 'x')?.id ?? ''
    await assert.rejects(mailboxes.delete('a1', x), code('not-empty'))
    await assert.rejects(mailboxes.delete('a1', 'inbox'), code('bad-value'))
    const { modseq } = await boxOf(mail, id)
    await mailboxes.delete('a1', id)
    await assert.rejects(mailboxes.delete('a1', id), code('not-found'))
    assert.equal((await mailboxes.usage('a1')).messages, 0)
    assert.deepEqual((await mail.messages.mailboxesSince('a1', modseq, 9))?.destroyed, [id])
    assert.deepEqual((await mail.messages.emailsSince('a1', modseq, 100))?.destroyed, [email])
    assert.deepEqual(await undelete.restore('a1', [email]), [{ email, mailbox: 'inbox', uid: 1 }])
    assert.ok((await mailboxes.subscriptions('a1')).includes('x/y'), 'RFC 9051 §6.3.8')
  },

  'what a mailbox is for can be said of one only': async (t, engine) => {
    const mail = await openMail(t, { engine })
    const { mailboxes } = mail
    const id = await mailboxes.create('a1', 'Bin')
    await assert.rejects(mailboxes.setRole('a1', id, 'trash'), code('exists'))
    await mailboxes.setRole('a1', 'trash', '')
    await mailboxes.setRole('a1', id, 'trash')
    assert.equal((await boxOf(mail, id)).role, 'trash')
    await assert.rejects(mailboxes.setRole('a1', 'inbox', ''), code('bad-value'))
    await assert.rejects(mailboxes.setRole('a1', id, 'inbox'), code('bad-value'))
  },
}

for (const engine of engines)
  test(`mailboxes come and go on ${engine.name}`, { skip: engine.skip }, async (t) => {
    for (const [name, run] of Object.entries(cases)) await t.test(name, (t) => run(t, engine))
  })

test('names are kept composed, INBOX is one in any case, and the rest is refused', () => {
  const good = [
    ['InBoX', 'INBOX'],
    ['inbox/Below', 'INBOX/Below'],
    ['inboxes', 'inboxes'],
    ['a/inbox', 'a/inbox'],
    ['e\u0301', '\u00e9'],
    ['50% * off', '50% * off'],
    ['\u4e2d\u6587/\ud83d\udce7', '\u4e2d\u6587/\ud83d\udce7'],
  ] as const
  for (const [given, kept] of good) assert.equal(mailboxName(given), kept)
  const bad = ['', '/', 'a/', '/a', 'a//b', 'a\nb', 'a\u0000', '\ud800', ' ', 'a\u202eb', '\u0085']
  for (const name of [...bad, 'x'.repeat(256), Array(33).fill('a').join('/')])
    assert.throws(() => mailboxName(name), code('bad-value'), JSON.stringify(name))
})
