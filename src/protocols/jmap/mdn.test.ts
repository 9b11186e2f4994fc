import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openJmap } from './testing/server.ts'

const letter = (more = '') =>
  'From: iqbal@example.com\r\nTo: tito@example.com\r\nSubject: Lunch\r\n' +
  `Message-ID: <lunch@example.com>\r\n${more}\r\nToday?\r\n`
const asks = 'Disposition-Notification-To: Iqbal <iqbal@example.com>\r\n'
const disposition = {
  actionMode: 'manual-action',
  sendingMode: 'mdn-sent-manually',
  type: 'displayed',
}

test('a read receipt is sent once, and the one who asked can read it', async (t) => {
  const jmap = await openJmap(t)
  const [tito, iqbal] = [jmap.client('tito'), jmap.client('iqbal')]
  const id = await tito.deliver(letter(asks))
  const receipt = { forEmailId: id, disposition, textBody: 'Gelesen ü', reportingUA: 'here; x 1' }
  const order = (more: object = {}) => ({
    identityId: 'own',
    send: { r: { ...receipt, ...more } },
    onSuccessUpdateEmail: { [id]: { 'keywords/$mdnsent': true } },
  })
  const unmarked = await tito.call('MDN/send', { ...order(), onSuccessUpdateEmail: null })
  assert.equal(unmarked.notSent.r.type, 'invalidProperties')
  const foreign = await tito.call('MDN/send', order({ finalRecipient: 'ana@example.net' }))
  assert.equal(foreign.notSent.r.type, 'forbiddenFrom')
  const [sent, marked] = await tito.calls([['MDN/send', order()]])
  assert.equal(sent[1].sent.r.finalRecipient, 'rfc822; tito@example.com')
  assert.equal(sent[1].sent.r.originalMessageId, '<lunch@example.com>')
  assert.deepEqual([marked[0], marked[1].updated], ['Email/set', { [id]: null }])
  const again = await tito.call('MDN/send', order())
  assert.equal(again.notSent.r.type, 'mdnAlreadySent')
  const { ids } = await iqbal.call('Email/query', {})
  const got = await iqbal.call('Email/get', { ids, properties: ['blobId', 'inReplyTo'] })
  const [{ blobId, inReplyTo }] = got.list
  assert.deepEqual(inReplyTo, ['lunch@example.com'])
  const { parsed } = await iqbal.call('MDN/parse', { blobIds: [blobId] })
  const read = parsed[blobId]
  assert.deepEqual(read.disposition, disposition)
  assert.deepEqual([read.textBody.trim(), read.subject], ['Gelesen ü', 'Read: Lunch'])
  assert.equal(read.reportingUA, 'here; x 1')
  assert.equal(read.originalMessageId, '<lunch@example.com>')
})

test('no receipt goes where none is asked for, and what is none is not read as one', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const id = await tito.deliver(letter())
  const order = {
    identityId: 'own',
    send: { r: { forEmailId: id, disposition } },
    onSuccessUpdateEmail: { [id]: { 'keywords/$mdnsent': true } },
  }
  assert.equal((await tito.call('MDN/send', order)).notSent.r.type, 'notFound')
  const bad = { ...disposition, type: 'eaten' }
  const wrong = {
    ...order,
    send: { r: { forEmailId: id, disposition: bad, subject: 'a\r\nb: c' } },
  }
  const refused = (await tito.call('MDN/send', wrong)).notSent.r
  assert.deepEqual(refused.properties, ['subject', 'disposition'])
  const nobody = await tito.call('MDN/send', { ...order, identityId: 'x' })
  assert.equal(nobody.error.type, 'invalidArguments')
  const read = await tito.call('MDN/parse', { blobIds: [`E${id}`, 'Enothing00000'] })
  assert.deepEqual([read.notParsable, read.notFound], [[`E${id}`], ['Enothing00000']])
})
