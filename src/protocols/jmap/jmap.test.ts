import assert from 'node:assert/strict'
import { test } from 'node:test'
import { methods } from './method-list.ts'
import { type Answer, JmapClient, openJmap } from './testing/server.ts'

const letter = (subject: string, more = '') =>
  `From: Ana <ana@example.net>\r\nTo: tito@example.com\r\nSubject: ${subject}\r\n` +
  `Message-ID: <${subject.replace(/\W/g, '')}@example.net>\r\n` +
  `Date: Fri, 2 Jan 2026 10:00:00 +0100\r\n${more}\r\nHello ${subject}\r\n`

test('the session names what is there, and nobody else gets it', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const session = (await (await tito.fetch('/.well-known/jmap')).json()) as Answer
  assert.equal(session.username, 'tito@example.com')
  assert.deepEqual(Object.keys(session.accounts), [tito.account])
  assert.equal(session.apiUrl, `${jmap.url}/jmap/api`)
  const wrong = { headers: { authorization: 'Basic dGl0bzpubw==' } }
  assert.equal((await fetch(`${jmap.url}/jmap/session`, wrong)).status, 401)
  const plain = await fetch(`${jmap.url}/jmap/session`)
  assert.match(plain.headers.get('www-authenticate') ?? '', /^Basic/)
})

test('every route but the login is closed to nobody and to pages of others', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const open = new Set(['POST /login', 'POST /logout', 'POST /login/passkey'])
  const names = jmap.routes.map(({ method, path }) => `${method} ${path}`)
  assert.deepEqual(names, [
    ...['POST /login', 'POST /logout', 'POST /login/passkey', 'POST /passkeys'],
    ...['GET /.well-known/jmap', 'GET /jmap/session'],
    ...['POST /jmap/api', 'POST /jmap/upload/*', 'GET /jmap/download/*', 'GET /jmap/events'],
    'GET /jmap/ws',
  ])
  for (const { method, path } of jmap.routes) {
    const url = path.replace('*', tito.account)
    const headers = { 'content-type': 'application/json' }
    const foreign = { ...headers, origin: 'https://evil.example' }
    const body = method === 'POST' ? { body: '{}' } : {}
    if (!open.has(`${method} ${path}`)) {
      const nobody = await fetch(jmap.url + url, { method, headers, ...body })
      assert.equal(nobody.status, 401, path)
    }
    const page = await tito.fetch(url, { method, headers: foreign, ...body })
    assert.ok([401, 403].includes(page.status), `${path} ${page.status}`)
  }
})

test("another account's ids are as if they were not there", async (t) => {
  const jmap = await openJmap(t)
  const [tito, iqbal] = [jmap.client('tito'), jmap.client('iqbal')]
  const id = await tito.deliver(letter('Secret'))
  const names = ['Email/get', 'Mailbox/get', 'Thread/get', 'Identity/get', 'Quota/get']
  for (const name of names) {
    const [response] = await iqbal.calls([[name, { accountId: tito.account, ids: [id] }]])
    assert.deepEqual(response.slice(0, 2), ['error', { type: 'accountNotFound' }], name)
  }
  assert.deepEqual((await iqbal.call('Email/get', { ids: [id] })).notFound, [id])
  const mine = await tito.fetch(`/jmap/download/${tito.account}/E${id}/a.eml`)
  assert.equal(mine.status, 200)
  for (const account of [tito.account, iqbal.account]) {
    const theirs = await iqbal.fetch(`/jmap/download/${account}/E${id}/a.eml`)
    const missing = await iqbal.fetch(`/jmap/download/${account}/E0000000000/a.eml`)
    assert.equal(theirs.status, 404)
    assert.equal(await theirs.text(), await missing.text())
  }
  const destroyed = await iqbal.call('Email/set', { destroy: [id] })
  assert.equal(destroyed.notDestroyed[id].type, 'notFound')
  assert.equal((await tito.call('Email/get', { ids: [id] })).list.length, 1)
})

test('no method tells or changes anything of an account that is not shared', async (t) => {
  const jmap = await openJmap(t)
  const [tito, iqbal] = [jmap.client('tito'), jmap.client('iqbal')]
  const id = await tito.deliver(letter('Hidden'))
  const before = await tito.call('Email/get', { ids: [id] })
  const ofNoAccount = ['Core/echo', 'PushSubscription/get', 'PushSubscription/set']
  const destroyAll = { destroy: [id], ids: [id], blobIds: [`E${id}`], emailIds: [id] }
  for (const { name } of methods) {
    if (ofNoAccount.includes(name)) continue
    const ask = async (accountId: string) => {
      const args = { accountId, fromAccountId: iqbal.account, sinceState: '1', ...destroyAll }
      return (await iqbal.calls([[name, args]]))[0].slice(0, 2)
    }
    const theirs = await ask(tito.account)
    assert.deepEqual(theirs, await ask('01nobodysaccount0000'), name)
    assert.equal(theirs[0], 'error', name)
  }
  assert.deepEqual(await tito.call('Email/get', { ids: [id] }), before)
})

test('a browser logs in with a cookie that ends with its session', async (t) => {
  const jmap = await openJmap(t)
  const post = (path: string, body: object, cookie = '', origin = jmap.url) =>
    fetch(jmap.url + path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', cookie, origin },
    })
  const mine = { name: 'tito@example.com', password: 'amplop' }
  assert.equal((await post('/login', { ...mine, password: 'no' })).status, 401)
  assert.equal((await post('/login', mine, '', 'https://evil.example')).status, 403)
  const opened = await Promise.all([post('/login', mine), post('/login', mine)])
  const cookies = opened.map((answer) => answer.headers.get('set-cookie') ?? '')
  for (const cookie of cookies)
    assert.match(cookie, /^amplop=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/)
  const [one = '', two = ''] = cookies.map((cookie) => cookie.split(';')[0])
  const seen = async (cookie: string) =>
    (await fetch(`${jmap.url}/jmap/session`, { headers: { cookie } })).status
  assert.deepEqual([await seen(one), await seen(two)], [200, 200])
  assert.equal((await post('/logout', {}, one)).status, 204)
  assert.deepEqual([await seen(one), await seen(two)], [401, 200])
  assert.equal((await post('/logout', { everywhere: true }, two)).status, 204)
  assert.equal(await seen(two), 401)
})

test('contacts, preferences and templates are kept, and told of by their states', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const card = { name: { full: 'Ana' }, emails: { e: { address: 'ana@example.net' } } }
  const made = await tito.call('ContactCard/set', { create: { a: card } })
  const { id } = made.created.a
  assert.deepEqual((await tito.call('ContactCard/query', { filter: { text: 'ANA@' } })).ids, [id])
  assert.deepEqual((await tito.call('ContactCard/query', { filter: { email: 'bob' } })).ids, [])
  const update = { [id]: { 'emails/f': { address: 'ana@example.org' } } }
  await tito.call('ContactCard/set', { update })
  const news = await tito.call('ContactCard/changes', { sinceState: made.newState })
  assert.deepEqual([news.created, news.updated], [[], [id]])
  const [kept] = (await tito.call('ContactCard/get', { ids: [id] })).list
  assert.deepEqual(Object.keys(kept.emails), ['e', 'f'])
  const book = await tito.call('AddressBook/set', { destroy: ['default'] })
  assert.equal(book.notDestroyed.default.type, 'forbidden')
  const wish = { update: { singleton: { 'values/theme': 'dark' } } }
  assert.deepEqual((await tito.call('Preferences/set', wish)).updated, { singleton: null })
  const [preferences] = (await tito.call('Preferences/get')).list
  assert.deepEqual(preferences, { id: 'singleton', values: { theme: 'dark' } })
  const bad = await tito.call('Template/set', { create: { t: { subject: 'x' } } })
  assert.deepEqual(bad.notCreated.t.properties, ['name'])
})

test('an app password cannot make another, and a browser session can', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const create = { create: { p: { label: 'phone' } } }
  assert.equal((await tito.call('AppPassword/set', create)).error.type, 'forbidden')
  const answer = await fetch(`${jmap.url}/login`, {
    method: 'POST',
    body: JSON.stringify({ name: 'tito@example.com', password: 'amplop' }),
    headers: { 'content-type': 'application/json' },
  })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  const browser = new JmapClient(jmap.url, tito.account, '', cookie)
  const { created } = await browser.call('AppPassword/set', create)
  assert.match(created.p.password, /^[a-z2-9-]{23}$/)
  const { list } = await browser.call('LoginSession/get')
  assert.deepEqual([list.length, list[0].isCurrent], [1, true])
  await browser.call('LoginSession/set', { destroy: [list[0].id] })
  await assert.rejects(browser.call('LoginSession/get'), /401/)
})

test('a letter is imported, listed, read in parts, marked, moved and destroyed', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const id = await tito.deliver(letter('Hello world'), { keywords: { $seen: true } })
  const [query, get] = await tito.calls([
    ['Email/query', { filter: { inMailbox: 'inbox' }, calculateTotal: true }],
    [
      'Email/get',
      {
        '#ids': { resultOf: 'c0', name: 'Email/query', path: '/ids' },
        properties: ['from', 'subject', 'keywords', 'sentAt', 'textBody', 'bodyValues', 'size'],
        fetchTextBodyValues: true,
      },
    ],
  ])
  assert.deepEqual([query[1].ids, query[1].total], [[id], 1])
  const [email] = get[1].list
  assert.deepEqual(email.from, [{ name: 'Ana', email: 'ana@example.net' }])
  assert.equal(email.sentAt, '2026-01-02T10:00:00+01:00')
  assert.deepEqual(email.keywords, { $seen: true })
  assert.equal(email.bodyValues[email.textBody[0].partId].value, 'Hello Hello world\n')
  const { newState: before } = await tito.call('Email/set', {
    update: { [id]: { 'keywords/$flagged': true, mailboxIds: { archive: true, drafts: true } } },
  })
  const changed = await tito.call('Email/get', {
    ids: [id],
    properties: ['mailboxIds', 'keywords'],
  })
  assert.deepEqual(changed.list[0].mailboxIds, { archive: true, drafts: true })
  assert.deepEqual(changed.list[0].keywords, { $seen: true, $flagged: true })
  const none = await tito.call('Email/set', {
    update: { [id]: { 'mailboxIds/archive': null, 'mailboxIds/drafts': null } },
  })
  assert.equal(none.notUpdated[id].type, 'invalidProperties')
  const gone = await tito.call('Email/set', { destroy: [id] })
  assert.deepEqual(gone.destroyed, [id])
  const news = await tito.call('Email/changes', { sinceState: before })
  assert.deepEqual([news.created, news.updated, news.destroyed], [[], [], [id]])
})

test('what a client composes is read back as it was said', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const { blobId } = await tito.upload('GIF89a', 'image/gif')
  const said = {
    mailboxIds: { drafts: true },
    keywords: { $draft: true },
    from: [{ name: 'Tito Añez', email: 'tito@example.com' }],
    to: [{ name: null, email: 'ana@example.net' }],
    subject: 'Grüße — und ein sehr langer Betreff, der über eine Zeile hinaus geht, weil er muss',
    sentAt: '2026-02-03T04:05:06+07:00',
    textBody: [{ partId: 't', type: 'text/plain' }],
    htmlBody: [{ partId: 'h', type: 'text/html' }],
    attachments: [{ blobId, type: 'image/gif', name: 'Bild ñ.gif' }],
    bodyValues: { t: { value: 'one\ntwo ü' }, h: { value: '<p>one</p>' } },
  }
  const { created } = await tito.call('Email/set', { create: { d: said } })
  const { list } = await tito.call('Email/get', {
    ids: [created.d.id],
    properties: [
      ...['from', 'to', 'subject', 'sentAt', 'attachments', 'bodyValues', 'textBody', 'htmlBody'],
      ...['hasAttachment', 'keywords', 'header:Subject:asText'],
    ],
    fetchAllBodyValues: true,
  })
  const [email] = list
  for (const name of ['from', 'to', 'subject', 'sentAt', 'keywords'] as const)
    assert.deepEqual(email[name], said[name], name)
  assert.equal(email['header:Subject:asText'], said.subject)
  assert.equal(email.bodyValues[email.textBody[0].partId].value, 'one\ntwo ü')
  assert.equal(email.bodyValues[email.htmlBody[0].partId].value, '<p>one</p>')
  const [file] = email.attachments
  assert.deepEqual([file.name, file.type, file.size], ['Bild ñ.gif', 'image/gif', 6])
  const path = `/jmap/download/${tito.account}/${file.blobId}/x.svg?type=image/svg%2Bxml`
  const answer = await tito.fetch(path)
  assert.equal(answer.headers.get('content-type'), 'application/octet-stream')
  assert.match(answer.headers.get('content-disposition') ?? '', /^attachment/)
  assert.match(answer.headers.get('content-security-policy') ?? '', /sandbox/)
  assert.equal(await answer.text(), 'GIF89a')
})

test('mailboxes are made below each other, counted by threads, and removed with their mail', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const { created } = await tito.call('Mailbox/set', {
    create: { child: { name: 'Child', parentId: '#top' }, top: { name: 'Top', sortOrder: 3 } },
  })
  const [top, child] = [created.top.id, created.child.id]
  const one = await tito.deliver(letter('Talk'), { mailboxIds: { [child]: true } })
  const reply = letter('Talk', 'In-Reply-To: <Talk@example.net>\r\n').replace('<Talk@', '<T2@')
  await tito.deliver(reply, { mailboxIds: { [child]: true } })
  const { list } = await tito.call('Mailbox/get', { ids: [child, top] })
  const [{ totalEmails, totalThreads, unreadThreads, parentId }, { sortOrder }] = list
  assert.deepEqual([totalEmails, totalThreads, unreadThreads, parentId], [2, 1, 1, top])
  assert.equal(sortOrder, 3)
  const filter = { inMailbox: child }
  const collapsed = await tito.call('Email/query', { filter, collapseThreads: true })
  assert.equal(collapsed.ids.length, 1)
  const thread = await tito.call('Email/get', { ids: [one], properties: ['threadId'] })
  const { list: threads } = await tito.call('Thread/get', { ids: [thread.list[0].threadId] })
  assert.equal(threads[0].emailIds.length, 2)
  const kept = await tito.call('Mailbox/set', { destroy: [top, child] })
  assert.equal(kept.notDestroyed[child].type, 'mailboxHasEmail')
  const gone = { destroy: [child], onDestroyRemoveEmails: true }
  assert.deepEqual((await tito.call('Mailbox/set', gone)).destroyed, [child])
})

test('events tell what changed, and what was missed', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const leave = new AbortController()
  t.after(() => leave.abort())
  const path = '/jmap/events?types=Email&closeafter=state&ping=0'
  const listening = tito.fetch(path, { signal: leave.signal })
  const answer = await listening
  await tito.deliver(letter('News'))
  const text = await answer.text()
  const { changed } = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '{}')
  assert.deepEqual(Object.keys(changed[tito.account]), ['Email'])
  const id = /^id: (.*)$/m.exec(text)?.[1] ?? ''
  await tito.deliver(letter('More news'))
  const again = await tito.fetch(path, { headers: { 'last-event-id': id } })
  const missed = JSON.parse(/^data: (.*)$/m.exec(await again.text())?.[1] ?? '{}')
  const { newState } = await tito.call('Email/changes', {
    sinceState: changed[tito.account].Email,
  })
  assert.equal(missed.changed[tito.account].Email, newState)
})

test('a draft is sent, filed among the sent, and its delivery told', async (t) => {
  const jmap = await openJmap(t)
  const [tito, iqbal] = [jmap.client('tito'), jmap.client('iqbal')]
  const draft = {
    mailboxIds: { drafts: true },
    keywords: { $draft: true },
    from: [{ email: 'tito@example.com' }],
    to: [{ email: 'iqbal@example.com' }],
    bcc: [{ email: 'tito@example.com' }],
    subject: 'Now',
    textBody: [{ partId: '1' }],
    bodyValues: { 1: { value: 'x' } },
  }
  const [made, sent, moved] = await tito.calls([
    ['Email/set', { create: { d: draft } }],
    [
      'EmailSubmission/set',
      {
        create: { s: { identityId: 'own', emailId: '#d' } },
        onSuccessUpdateEmail: {
          '#s': { mailboxIds: { sent: true }, 'keywords/$draft': null },
        },
      },
    ],
  ])
  assert.equal(moved[0], 'Email/set')
  const { id } = sent[1].created.s
  const [submitted] = (await tito.call('EmailSubmission/get', { ids: [id] })).list
  assert.equal(submitted.undoStatus, 'final')
  assert.equal(submitted.deliveryStatus['iqbal@example.com'].delivered, 'yes')
  const { list } = await tito.call('Email/get', {
    ids: [made[1].created.d.id],
    properties: ['mailboxIds', 'keywords'],
  })
  assert.deepEqual(list[0].mailboxIds, { sent: true })
  assert.deepEqual(list[0].keywords, {})
  const got = await iqbal.call('Email/query', {})
  const [mail] = (await iqbal.call('Email/get', { ids: got.ids, properties: ['subject', 'bcc'] }))
    .list
  assert.deepEqual([mail.subject, mail.bcc], ['Now', null])
  const other = { s: { identityId: 'own', emailId: made[1].created.d.id } }
  const envelope = {
    mailFrom: { email: 'ana@example.net' },
    rcptTo: [{ email: 'iqbal@example.com' }],
  }
  const forged = await tito.call('EmailSubmission/set', { create: { s: { ...other.s, envelope } } })
  assert.equal(forged.notCreated.s.type, 'forbiddenMailFrom')
})

test('what is held can be undone, and goes when its time comes though its email is gone', async (t) => {
  const jmap = await openJmap(t)
  const [tito, iqbal] = [jmap.client('tito'), jmap.client('iqbal')]
  const emailId = await tito.deliver(letter('Later').replace('ana@example.net', 'tito@example.com'))
  const submit = async (seconds: string) => {
    const envelope = {
      mailFrom: { email: 'tito@example.com', parameters: { HOLDFOR: seconds } },
      rcptTo: [{ email: 'iqbal@example.com' }],
    }
    const create = { s: { identityId: 'own', emailId, envelope } }
    return (await tito.call('EmailSubmission/set', { create })).created.s
  }
  const undone = await submit('3600')
  assert.equal(undone.undoStatus, 'pending')
  const undo = { update: { [undone.id]: { undoStatus: 'canceled' } } }
  assert.deepEqual((await tito.call('EmailSubmission/set', undo)).updated, { [undone.id]: null })
  const leave = new AbortController()
  t.after(() => leave.abort())
  const path = '/jmap/events?types=Email&closeafter=state&ping=0'
  const arrived = await iqbal.fetch(path, { signal: leave.signal })
  const gone = await submit('1')
  await tito.call('Email/set', { destroy: [emailId] })
  await arrived.text()
  const { ids } = await iqbal.call('Email/query', {})
  assert.equal(ids.length, 1)
  const late = await tito.call('EmailSubmission/set', {
    update: { [gone.id]: { undoStatus: 'canceled' } },
  })
  assert.equal(late.notUpdated[gone.id].type, 'cannotUnsend')
})
