import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openJmap } from './testing/server.ts'

const letter = (subject: string, from = 'boss@example.net') =>
  `From: ${from}\r\nTo: tito@example.com\r\nSubject: ${subject}\r\n` +
  `Message-ID: <${subject}@example.net>\r\n\r\nHello\r\n`

test('the vacation response is one object, off until it is set', async (t) => {
  const tito = (await openJmap(t)).client('tito')
  const [off] = (await tito.call('VacationResponse/get')).list
  assert.deepEqual(off, {
    ...{ id: 'singleton', isEnabled: false, fromDate: null, toDate: null },
    ...{ subject: null, textBody: null, htmlBody: null },
  })
  const wish = { isEnabled: true, textBody: 'away', toDate: '2026-12-24T00:00:00Z' }
  const set = await tito.call('VacationResponse/set', { update: { singleton: wish } })
  assert.deepEqual(set.updated, { singleton: null })
  assert.notEqual(set.oldState, set.newState)
  const [on] = (await tito.call('VacationResponse/get', { ids: ['singleton'] })).list
  assert.deepEqual({ ...on, ...wish }, on)
  const wrong = { update: { singleton: { toDate: 'tomorrow' } } }
  const { notUpdated } = await tito.call('VacationResponse/set', wrong)
  assert.deepEqual(notUpdated.singleton.properties, ['toDate'])
  const made = await tito.call('VacationResponse/set', {
    create: { a: {} },
    destroy: ['singleton'],
  })
  assert.equal(made.notCreated.a.type, 'singleton')
  assert.equal(made.notDestroyed.singleton.type, 'singleton')
  assert.equal((await tito.call('VacationResponse/changes')).error.type, 'unknownMethod')
})

test('a forward needs an address', async (t) => {
  const tito = (await openJmap(t)).client('tito')
  const set = (patch: object) => tito.call('Forwarding/set', { update: { singleton: patch } })
  assert.equal((await set({ isEnabled: true })).notUpdated.singleton.type, 'invalidProperties')
  assert.equal(
    (await set({ addresses: ['nobody'] })).notUpdated.singleton.properties[0],
    'addresses',
  )
  const good = { isEnabled: true, addresses: ['ana@example.org'], keepCopy: false }
  assert.deepEqual((await set(good)).updated, { singleton: null })
  assert.deepEqual((await tito.call('Forwarding/get')).list, [{ id: 'singleton', ...good }])
})

test('rules are kept in their order, and run on mail that is there', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const [one, two] = [
    await tito.deliver(letter('urgent')),
    await tito.deliver(letter('news', 'a@b.example')),
  ]
  const { created } = await tito.call('Mailbox/set', { create: { w: { name: 'Work' } } })
  const work = created.w.id
  const rule = {
    name: 'Boss',
    conditions: [{ about: 'from', test: 'contains', value: 'BOSS@' }],
    actions: [{ do: 'move', mailboxId: work }, { do: 'star' }],
  }
  const made = await tito.call('Rule/set', { create: { r: rule } })
  const { id, stop, match, isEnabled } = made.created.r
  assert.deepEqual([stop, match, isEnabled], [true, 'all', true])
  const ran = await tito.call('Rule/run', { mailboxId: 'inbox', ids: [id] })
  assert.deepEqual(ran, { accountId: tito.account, looked: 2, changed: 1, next: null })
  const { list } = await tito.call('Email/get', {
    ids: [one, two],
    properties: ['mailboxIds', 'keywords'],
  })
  const by = new Map(list.map((email: { id: string }) => [email.id, email]))
  assert.deepEqual(by.get(one), {
    id: one,
    mailboxIds: { [work]: true },
    keywords: { $flagged: true },
  })
  assert.deepEqual(by.get(two), { id: two, mailboxIds: { inbox: true }, keywords: {} })
  const again = await tito.call('Rule/run', { mailboxId: 'inbox' })
  assert.equal(again.changed, 0)
})

const wrong: readonly (readonly [property: string, patch: object])[] = [
  ['actions', { actions: [] }],
  ['actions', { actions: [{ do: 'move', mailboxId: 'nowhere' }] }],
  ['actions', { actions: [{ do: 'forward', value: 'nobody' }] }],
  ['actions', { actions: [{ do: 'discard' }, { do: 'star' }] }],
  ['actions', { actions: [{ do: 'explode' }] }],
  ['conditions', { conditions: [{ about: 'from', test: 'over', value: 'a' }] }],
  ['conditions', { conditions: [{ about: 'size', test: 'over', value: 'a' }] }],
  ['conditions', { conditions: [{ about: 'header', test: 'is', value: 'a', header: 'a b' }] }],
  ['conditions', { conditions: [{ about: 'from', test: 'is', value: 'a', more: 1 }] }],
  ['match', { match: 'some' }],
]

test('what is no rule is not kept', async (t) => {
  const tito = (await openJmap(t)).client('tito')
  for (const [property, patch] of wrong) {
    const rule = { name: 'a', actions: [{ do: 'star' }], ...patch }
    const { notCreated } = await tito.call('Rule/set', { create: { r: rule } })
    assert.deepEqual(notCreated?.r.properties, [property], JSON.stringify(patch))
  }
  const strange = await tito.call('Rule/run', { mailboxId: 'inbox', ids: ['nothing'] })
  assert.equal(strange.error.type, 'invalidArguments')
  assert.equal((await tito.call('Rule/run', { mailboxId: 'no' })).error.type, 'invalidArguments')
})
