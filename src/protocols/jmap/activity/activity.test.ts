import assert from 'node:assert/strict'
import { test } from 'node:test'
import { everyEngine } from '../../../delivery/testing/engines.ts'
import { type Answer, type JmapClient, openJmap } from '../testing/server.ts'

const letter = (subject: string) =>
  `From: Ana <ana@example.net>\r\nTo: tito@example.com\r\nSubject: ${subject}\r\n` +
  `Message-ID: <${subject.replace(/\W/g, '')}@example.net>\r\n\r\nHello\r\n`

/** Asks until an answer fits: what a server does by itself takes its time. */
async function until(ask: () => Promise<Answer>, fits: (answer: Answer) => boolean) {
  for (;;) {
    const answer = await ask()
    if (fits(answer)) return answer
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function bulkOf(tito: JmapClient, id: string, state: string): Promise<Answer> {
  const ask = async () => (await tito.call('EmailBulk/get', { ids: [id] })).list[0]
  return until(ask, (bulk) => bulk.state === state)
}

const idsIn = async (tito: JmapClient, inMailbox: string) =>
  (await tito.call('Email/query', { filter: { inMailbox } })).ids.sort()

everyEngine('everything that matches is changed by the server, and back', async (t, engine) => {
  const jmap = await openJmap(t, { engine })
  const tito = jmap.client('tito')
  const ids: string[] = []
  for (let n = 0; n < 12; n++) {
    const keywords = n % 3 === 0 ? { $flagged: true } : {}
    ids.push(await tito.deliver(letter(`news ${n}`), { keywords }))
  }
  const other = await tito.deliver(letter('work'))
  const filter = { subject: 'news' }
  const patch = { 'mailboxIds/archive': true, 'mailboxIds/inbox': null, 'keywords/$flagged': true }
  const made = await tito.call('EmailBulk/set', { create: { b: { filter, patch } } })
  const { id, total } = made.created.b
  assert.equal(total, 12)
  const done = await bulkOf(tito, id, 'done')
  assert.deepEqual([done.processed, done.failed, done.mayUndo], [12, 0, true])
  assert.deepEqual(await idsIn(tito, 'archive'), ids)
  assert.deepEqual(await idsIn(tito, 'inbox'), [other])
  // What a person did since to one of them stays as it is.
  await tito.call('Email/set', { update: { [ids[1]!]: { 'keywords/$seen': true } } })
  await tito.call('EmailBulk/set', { update: { [id]: { state: 'undone' } } })
  assert.equal((await bulkOf(tito, id, 'undone')).processed, 0)
  assert.deepEqual(await idsIn(tito, 'inbox'), [...ids, other].sort())
  const { list } = await tito.call('Email/get', { ids, properties: ['keywords'] })
  for (const email of list) {
    const n = ids.indexOf(email.id)
    const seen = n === 1 ? { $seen: true } : {}
    assert.deepEqual(email.keywords, { ...(n % 3 === 0 ? { $flagged: true } : {}), ...seen })
  }
})

test('destroyed in bulk, mail goes to the trash, and what is there is gone, and comes back', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const one = await tito.deliver(letter('one'))
  const two = await tito.deliver(letter('two'), { mailboxIds: { trash: true } })
  const filter = { after: '2000-01-01T00:00:00Z' }
  const made = await tito.call('EmailBulk/set', { create: { b: { filter, destroy: true } } })
  const { id } = made.created.b
  await bulkOf(tito, id, 'done')
  assert.deepEqual([await idsIn(tito, 'inbox'), await idsIn(tito, 'trash')], [[], [one]])
  const [entry] = (await tito.call('ActivityEntry/get')).list
  assert.deepEqual([entry.what, entry.bulkId, entry.isUndone], ['bulk', id, false])
  await tito.call('ActivityEntry/set', { update: { [entry.id]: { isUndone: true } } })
  await bulkOf(tito, id, 'undone')
  assert.deepEqual([await idsIn(tito, 'inbox'), await idsIn(tito, 'trash')], [[one], [two]])
  const gone = await tito.call('EmailBulk/set', { destroy: [id] })
  assert.deepEqual(gone.destroyed, [id])
  const { accounts } = jmap.ports
  const parts = await accounts.records.list(tito.account, 'EmailBulk.part')
  assert.deepEqual(parts.records, [])
})

test('a bulk change that is no change, or of nothing known, is refused', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const cases = [
    {},
    { filter: {} },
    { filter: {}, patch: {} },
    { filter: {}, patch: { subject: 'x' } },
    { filter: {}, patch: { mailboxIds: {} } },
    { filter: {}, destroy: true, patch: { 'keywords/$seen': true } },
    { filter: {}, destroy: true, state: 'done' },
  ]
  for (const value of cases) {
    const { notCreated } = await tito.call('EmailBulk/set', { create: { b: value } })
    assert.equal(notCreated?.b.type, 'invalidProperties', JSON.stringify(value))
  }
  const patch = { 'mailboxIds/missing': true }
  await tito.deliver(letter('one'))
  const made = await tito.call('EmailBulk/set', { create: { b: { filter: {}, patch } } })
  const failed = await bulkOf(tito, made.created.b.id, 'failed')
  assert.deepEqual([failed.failure, failed.processed, failed.mayUndo], ['not-found', 0, false])
  const iqbal = jmap.client('iqbal')
  const { id } = made.created.b
  assert.deepEqual((await iqbal.call('EmailBulk/get', { ids: [id] })).notFound, [id])
  const theirs = await iqbal.call('EmailBulk/set', { update: { [id]: { state: 'undone' } } })
  assert.equal(theirs.notUpdated[id].type, 'notFound')
})

everyEngine('a bulk change goes on with the server that starts next', async (t, engine) => {
  let now = Date.now()
  const jmap = await openJmap(t, { engine, jmapNow: () => now })
  const tito = jmap.client('tito')
  const id = await tito.deliver(letter('one'))
  const { records } = jmap.ports.accounts
  // As a server leaves it that was killed before its second slice.
  const wish = { mailboxes: { mode: 'patch', add: ['archive'], remove: ['inbox'] } }
  const left = {
    ...{ state: 'running', via: 'browser', wish, total: 101, next: 1, processed: 100, failed: 0 },
    ...{ failure: '', at: now, finishedAt: 0, claimedUntil: now + 60_000 },
  }
  const { account } = tito
  await records.change({ account, kind: 'EmailBulk.part' }, [
    { id: 'b1-000000', value: { ids: Array(100).fill('gone') } },
    { id: 'b1-000001', value: { ids: [id] } },
  ])
  await records.change({ account, kind: 'EmailBulk' }, [{ id: 'b1', value: left }])
  await records.change({ account, kind: 'EmailBulk.due' }, [
    { id: `${'0'.repeat(15)}-b1`, value: {} },
  ])
  const add = { keywords: { $flagged: true } }
  const more = await tito.deliver(letter('two'), add)
  const patch = { 'keywords/$flagged': null }
  const filter = { hasKeyword: '$flagged' }
  const wake = () => tito.call('EmailBulk/set', { create: { b: { filter, patch } } })
  await bulkOf(tito, (await wake()).created.b.id, 'done')
  assert.deepEqual(await idsIn(tito, 'inbox'), [id, more].sort(), 'its process may still be at it')
  now += 61_000
  await wake()
  await bulkOf(tito, 'b1', 'done')
  assert.deepEqual(await idsIn(tito, 'archive'), [id])
})

test('what is done to mail is noted and can be undone; reading and drafts are not noted', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const a = await tito.deliver(letter('a'))
  const b = await tito.deliver(letter('b'))
  await tito.call('Email/set', { update: { [a]: { 'keywords/$seen': true } } })
  assert.deepEqual((await tito.call('ActivityEntry/query')).ids, [])
  const move = { 'mailboxIds/archive': true, 'mailboxIds/inbox': null }
  await tito.call('Email/set', { update: { [a]: move, [b]: move } })
  await tito.call('Email/set', { destroy: [b] })
  const list = (await tito.call('ActivityEntry/get')).list
  assert.deepEqual(
    list.map(({ what, count, via, subject }: Answer) => [what, count, via, subject]),
    [
      ['destroyed', 1, 'client', ''],
      ['changed', 2, 'client', 'a'],
    ],
  )
  assert.deepEqual(list[1].change, move)
  const [destroyed, moved] = (await tito.call('ActivityEntry/query')).ids
  const undo = (id: string) =>
    tito.call('ActivityEntry/set', { update: { [id]: { isUndone: true } } })
  await undo(destroyed)
  assert.deepEqual(await idsIn(tito, 'archive'), [a, b].sort())
  await undo(moved)
  assert.deepEqual(await idsIn(tito, 'inbox'), [a, b].sort())
  const again = await tito.call('ActivityEntry/get', { ids: [moved] })
  assert.equal(again.list[0].isUndone, true)
  assert.deepEqual((await undo(moved)).updated, { [moved]: null }, 'once is enough')
  const iqbal = await jmap.client('iqbal').call('ActivityEntry/set', {
    update: { [moved]: { isUndone: true } },
  })
  assert.equal(iqbal.notUpdated[moved].type, 'notFound')
})

everyEngine(
  'an email is put off and comes back unread when its time has come',
  async (t, engine) => {
    let now = Date.now()
    const jmap = await openJmap(t, { engine, jmapNow: () => now })
    const tito = jmap.client('tito')
    const seen = { keywords: { $seen: true } }
    const a = await tito.deliver(letter('a'), seen)
    const b = await tito.deliver(letter('b'), seen)
    const time = (ms: number) => new Date(now + ms).toISOString()
    const create = {
      a: { emailId: a, until: time(3_600_000) },
      b: { emailId: b, until: time(3_600_000) },
      late: { emailId: b, until: time(-1) },
      none: { emailId: 'nothing', until: time(3_600_000) },
    }
    const made = await tito.call('Snooze/set', { create })
    assert.deepEqual(Object.keys(made.created), ['a', 'b'])
    assert.deepEqual(
      [made.notCreated.late.type, made.notCreated.none.type],
      ['invalidProperties', 'notFound'],
    )
    const boxes = (await tito.call('Mailbox/get')).list
    const snoozed = boxes.find(({ role }: Answer) => role === 'snoozed').id
    assert.deepEqual(await idsIn(tito, snoozed), [a, b].sort())
    assert.deepEqual(await idsIn(tito, 'inbox'), [])
    assert.equal((await tito.call('Snooze/get', { ids: [a] })).list[0].emailId, a)
    // As an IMAP client moves it: then it is where it was put.
    await tito.call('Email/set', { update: { [b]: { mailboxIds: { archive: true } } } })
    assert.deepEqual(
      (await tito.call('Snooze/get')).list.map(({ id }: Answer) => id),
      [a],
    )
    await tito.call('Snooze/set', { update: { [a]: { until: time(7_200_000) } } })
    now += 3_700_000
    const c = await tito.deliver(letter('c'))
    const poke = { c: { emailId: c, until: time(86_400_000) } }
    await tito.call('Snooze/set', { create: poke })
    const kinds = jmap.ports.accounts.records
    const due = async () => (await kinds.list(tito.account, 'Snooze.due')).records.length
    await until(due, (left) => left === 2)
    assert.deepEqual(await idsIn(tito, snoozed), [a, c].sort(), 'it was put off anew')
    now += 3_600_000
    await tito.call('Snooze/set', { update: { [c]: { until: time(80_000_000) } } })
    await until(
      () => idsIn(tito, 'inbox'),
      (ids) => ids.length === 1,
    )
    const [back] = (await tito.call('Email/get', { ids: [a] })).list
    assert.deepEqual([back.mailboxIds, back.keywords], [{ inbox: true }, {}])
    assert.deepEqual(await idsIn(tito, 'archive'), [b])
    await tito.call('Snooze/set', { destroy: [c] })
    assert.deepEqual(await idsIn(tito, 'inbox'), [a, c].sort())
  },
)
