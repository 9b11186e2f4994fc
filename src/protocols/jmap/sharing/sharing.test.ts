import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Answer, type JmapClient, openJmap } from '../testing/server.ts'

const letter = (subject: string) =>
  `From: a@example.net\r\nSubject: ${subject}\r\n\r\n${subject}\r\n`

async function opened(t: TestContext) {
  const jmap = await openJmap(t)
  const [tito, iqbal] = [jmap.client('tito'), jmap.client('iqbal')]
  /** Tito's mailbox for iqbal, with these rights. */
  const share = async (mailbox: string, rights: readonly string[]) => {
    const granted = Object.fromEntries(rights.map((name) => [name, true]))
    const patch = { [`shareWith/${iqbal.account}`]: rights.length > 0 ? granted : null }
    const done = await tito.call('Mailbox/set', { update: { [mailbox]: patch } })
    assert.equal(done.notUpdated, null)
  }
  const session = async () => (await (await iqbal.fetch('/jmap/session')).json()) as Answer
  /** Iqbal asks in tito's account. */
  const asks = (name: string, args: object = {}) =>
    iqbal.call(name, { accountId: tito.account, ...args })
  return { jmap, tito, iqbal, share, asks, session }
}

test('what is shared is there for others, and nothing beside it', async (t) => {
  const { tito, iqbal, share, asks, session } = await opened(t)
  const open = await tito.deliver(letter('open'), { mailboxIds: { archive: true } })
  const shut = await tito.deliver(letter('shut'))
  assert.equal((await asks('Mailbox/get')).error.type, 'accountNotFound')
  const since = (await iqbal.call('ShareNotification/get')).state
  await share('archive', ['mayReadItems'])
  await noticed(iqbal)
  const account = (await session()).accounts[tito.account]
  assert.deepEqual(
    [account.name, account.isPersonal, account.isReadOnly],
    ['tito@example.com', false, true],
  )
  const { list } = await asks('Mailbox/get')
  assert.deepEqual(
    list.map((box: Record<string, unknown>) => [box.id, box.totalEmails]),
    [['archive', 1]],
  )
  assert.equal(list[0].myRights.mayReadItems, true)
  assert.equal(list[0].myRights.mayAddItems, false)
  assert.deepEqual((await asks('Email/query')).ids, [open])
  assert.deepEqual((await asks('Email/query', { filter: { inMailbox: 'inbox' } })).ids, [])
  const got = await asks('Email/get', { ids: [open, shut] })
  assert.deepEqual([got.list[0].id, got.notFound], [open, [shut]])
  assert.deepEqual(got.list[0].mailboxIds, { archive: true })
  const path = (id: string) => `/jmap/download/${tito.account}/E${id}/x`
  assert.equal((await iqbal.fetch(path(open))).status, 200)
  assert.equal((await iqbal.fetch(path(shut))).status, 404)
  for (const update of [{ 'keywords/$seen': true }, { 'mailboxIds/inbox': true }])
    assert.equal(
      (await asks('Email/set', { update: { [open]: update } })).notUpdated[open].type,
      'forbidden',
    )
  const destroyed = await asks('Email/set', { destroy: [open, shut] })
  assert.deepEqual(
    [destroyed.notDestroyed[open].type, destroyed.notDestroyed[shut].type],
    ['forbidden', 'notFound'],
  )
  assert.equal((await asks('Mailbox/set', { destroy: ['archive'] })).error.type, 'forbidden')
  const news = await iqbal.call('ShareNotification/changes', { sinceState: since })
  assert.equal(news.created.length, 1)
  const [notice] = (await iqbal.call('ShareNotification/get')).list
  assert.deepEqual(
    [notice.objectId, notice.objectAccountId, notice.oldRights, notice.newRights.mayReadItems],
    ['archive', tito.account, null, true],
  )
  await share('archive', [])
  assert.equal((await asks('Mailbox/get')).error.type, 'accountNotFound')
})

/** Resolves when a notification is kept. */
async function noticed(client: JmapClient): Promise<void> {
  while ((await client.call('ShareNotification/get')).list.length === 0)
    await new Promise((resolve) => setImmediate(resolve))
}

test('with rights to write, mail is marked, put in, copied and taken out', async (t) => {
  const { tito, iqbal, share, asks } = await opened(t)
  const id = await tito.deliver(letter('theirs'), { mailboxIds: { archive: true } })
  await share('archive', ['mayReadItems', 'maySetSeen', 'mayAddItems', 'mayRemoveItems'])
  const update = { [id]: { 'keywords/$seen': true } }
  assert.deepEqual((await asks('Email/set', { update })).updated, { [id]: null })
  const flag = { [id]: { 'keywords/$flagged': true } }
  assert.equal((await asks('Email/set', { update: flag })).notUpdated[id].type, 'forbidden')
  const own = await iqbal.deliver(letter('mine'), { keywords: { $seen: true } })
  const place = { mailboxIds: { archive: true } }
  const copied = await asks('Email/copy', {
    fromAccountId: iqbal.account,
    create: { a: { id: own, ...place } },
    onSuccessDestroyOriginal: true,
  })
  assert.ok(copied.created.a.id)
  assert.deepEqual((await iqbal.call('Email/query')).ids, [])
  const { list } = await tito.call('Email/get', { ids: [copied.created.a.id] })
  assert.deepEqual([list[0].subject, list[0].keywords], ['mine', { $seen: true }])
  const back = await iqbal.call('Email/copy', {
    fromAccountId: tito.account,
    create: { b: { id, mailboxIds: { inbox: true } } },
  })
  assert.ok(back.created.b.id)
  const { blobId } = await iqbal.upload('bytes', 'text/plain')
  const blobs = await asks('Blob/copy', { fromAccountId: iqbal.account, blobIds: [blobId, 'x'] })
  assert.equal(blobs.notCopied.x.type, 'blobNotFound')
  const bytes = await iqbal.fetch(`/jmap/download/${tito.account}/${blobs.copied[blobId]}/x`)
  assert.equal(await bytes.text(), 'bytes')
  assert.deepEqual((await asks('Email/set', { destroy: [id] })).destroyed, [id])
  const wrong = await iqbal.call('Email/copy', { fromAccountId: 'nobody', create: {} })
  assert.equal(wrong.error.type, 'fromAccountNotFound')
})

test('in a shared account changes tell what came into sight, and what went', async (t) => {
  const { tito, share, asks } = await opened(t)
  const id = await tito.deliver(letter('moves'))
  await share('archive', ['mayReadItems'])
  const { state } = await asks('Email/get', { ids: [] })
  const move = (mailbox: string) =>
    tito.call('Email/set', { update: { [id]: { mailboxIds: { [mailbox]: true } } } })
  await move('archive')
  const came = await asks('Email/changes', { sinceState: state })
  assert.deepEqual([came.created, came.updated, came.destroyed], [[id], [], []])
  await move('inbox')
  const went = await asks('Email/changes', { sinceState: came.newState })
  assert.deepEqual([went.created, went.updated, went.destroyed], [[], [], [id]])
})

test('events tell of mail in what is shared', async (t) => {
  const { tito, iqbal, share } = await opened(t)
  await share('archive', ['mayReadItems'])
  const path = '/jmap/events?types=Email&closeafter=state&ping=0'
  const leave = new AbortController()
  t.after(() => leave.abort())
  const answer = await iqbal.fetch(path, { signal: leave.signal })
  await tito.deliver(letter('news'), { mailboxIds: { archive: true } })
  const { changed } = JSON.parse(/^data: (.*)$/m.exec(await answer.text())?.[1] ?? '{}')
  assert.deepEqual(Object.keys(changed), [tito.account])
})

test('people are found by their whole address, and by nothing less', async (t) => {
  const { tito, iqbal, share } = await opened(t)
  const query = async (filter: object) =>
    (await iqbal.call('Principal/query', { filter })).ids as string[]
  assert.deepEqual(await query({}), [iqbal.account])
  assert.deepEqual(await query({ text: 'tito' }), [])
  assert.deepEqual(await query({ email: 'tito@example.com' }), [tito.account])
  assert.deepEqual(await query({ email: 'nobody@example.com' }), [])
  const [person] = (await iqbal.call('Principal/get', { ids: [tito.account] })).list
  assert.deepEqual([person.email, person.accounts], ['tito@example.com', null])
  await share('archive', ['mayReadItems'])
  assert.deepEqual(await query({ text: 'tito' }), [tito.account])
  const [shares] = (await iqbal.call('Principal/get', { ids: [tito.account] })).list
  assert.deepEqual(Object.keys(shares.accounts), [tito.account])
  const [box] = (await tito.call('Mailbox/get', { ids: ['archive'], properties: ['shareWith'] }))
    .list
  assert.equal(box.shareWith[iqbal.account].mayReadItems, true)
  const refused = await iqbal.call('Principal/set', { destroy: [tito.account] })
  assert.equal(refused.notDestroyed[tito.account].type, 'forbidden')
  const bad = await tito.call('Mailbox/set', {
    update: { archive: { 'shareWith/nobody1234': { mayReadItems: true } } },
  })
  assert.equal(bad.notUpdated.archive.type, 'invalidProperties')
})
