import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Refused } from '../base/refused.ts'
import { engines } from '../store/testing/engines.ts'
import type { TestEngine } from '../store/testing/places.ts'
import { boxOf, openMail } from './testing/mail.ts'

for (const engine of engines)
  test(`annotations on ${engine.name}`, { skip: engine.skip }, async (t) => {
    for (const [name, run] of Object.entries(cases)) await t.test(name, (t) => run(t, engine))
  })

const who = 'tito@example.com'
const code = (wanted: string) => (error: unknown) =>
  error instanceof Refused && error.code === wanted
const set = (entry: string, value: string | null) => ({
  entry,
  value: value === null ? null : Buffer.from(value),
})

async function open(t: TestContext, kind: TestEngine) {
  const mail = await openMail(t, { engine: kind })
  const { annotations } = mail.mailboxes
  const told = async (mailbox: string, reader = who) =>
    (await annotations.list({ account: 'a1', mailbox, who: reader })).map(
      ({ entry, value }) => `${entry} ${Buffer.from(value)}`,
    )
  const place = (mailbox = 'inbox') => ({ account: 'a1', mailbox, who })
  return { ...mail, annotations, told, place }
}

const cases: Record<string, (t: TestContext, kind: TestEngine) => Promise<void>> = {
  'private ones are one reader’s, shared ones everybody’s': async (t, kind) => {
    const { annotations, told, place } = await open(t, kind)
    const entries = [set('/private/comment', 'mine'), set('/shared/comment', 'ours')]
    await annotations.set({ ...place(), entries })
    await annotations.set({ ...place(), who: 'b', entries: [set('/private/comment', 'b’s')] })
    assert.deepEqual(await told('inbox'), ['/private/comment mine', '/shared/comment ours'])
    assert.deepEqual(await told('inbox', 'b'), ['/private/comment b’s', '/shared/comment ours'])
    assert.deepEqual(await told('inbox', 'c'), ['/shared/comment ours'])
    await annotations.set({ ...place(), entries: [set('/shared/comment', null)] })
    assert.deepEqual(await told('inbox', 'c'), [])
    assert.deepEqual(await told(''), [], 'none of it is of the account as a whole')
  },

  'all are set or none, what the mailbox is for with them': async (t, kind) => {
    const mail = await open(t, kind)
    const { annotations, told, place } = mail
    const entries = [set('/private/comment', 'x')]
    await assert.rejects(
      annotations.set({ ...place('sent'), entries, role: 'drafts' }),
      code('exists'),
    )
    assert.deepEqual(await told('sent'), [])
    await annotations.set({ ...place('sent'), entries, role: 'flagged' })
    assert.equal((await boxOf(mail, 'sent')).role, 'flagged')
    await assert.rejects(annotations.set({ ...place('gone'), entries }), code('not-found'))
  },

  'a mailbox has a hundred of one reader, an account eight MiB': async (t, kind) => {
    const { annotations, told, place } = await open(t, kind)
    const many = Array.from({ length: 100 }, (_, n) => set(`/private/e${n}`, 'x'))
    await annotations.set({ ...place(), entries: many })
    const more = [set('/private/e0', 'changed'), set('/private/more', 'x')]
    await assert.rejects(annotations.set({ ...place(), entries: more }), code('too-many'))
    assert.ok((await told('inbox')).includes('/private/e0 x'))
    await annotations.set({ ...place(), entries: [set('/private/e0', 'changed')] })
    const large = many.map(({ entry }) => set(entry, 'x'.repeat(65_536)))
    await annotations.set({ ...place('sent'), entries: large })
    await assert.rejects(annotations.set({ ...place('trash'), entries: large }), code('too-many'))
  },

  'they stay with INBOX when its mail goes elsewhere, and go there, too': async (t, kind) => {
    const { annotations, mailboxes, told, place } = await open(t, kind)
    await annotations.set({ ...place(), entries: [set('/shared/comment', 'kept')] })
    await mailboxes.rename('a1', 'inbox', 'Old')
    const old = (await mailboxes.named('a1', 'Old'))?.id ?? ''
    assert.deepEqual(await told(old), ['/shared/comment kept'])
    assert.deepEqual(await told('inbox'), ['/shared/comment kept'])
    await mailboxes.delete('a1', old)
    assert.deepEqual(await told(old), [])
  },
}
