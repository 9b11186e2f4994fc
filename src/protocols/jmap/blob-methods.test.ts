import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { openJmap } from './testing/server.ts'

test('blobs are made of text, base64 and ranges of others, and told again', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const [made, joined, got] = await tito.calls([
    ['Blob/upload', { create: { a: { data: [{ 'data:asText': 'grüße ' }], type: 'text/plain' } } }],
    [
      'Blob/upload',
      {
        create: {
          b: {
            data: [
              { blobId: '#a', offset: 0, length: 2 },
              { 'data:asBase64': Buffer.from('and').toString('base64') },
              { blobId: '#a', offset: 7 },
            ],
          },
        },
      },
    ],
    ['Blob/get', { ids: ['#a', '#b', 'Unothing00000'], properties: ['data', 'size'] }],
  ])
  assert.deepEqual([made[1].created.a.type, made[1].created.a.size], ['text/plain', 8])
  assert.equal(joined[1].created.b.type, 'application/octet-stream')
  const texts = got[1].list.map((each: Record<string, unknown>) => each['data:asText'])
  assert.deepEqual(texts, ['grüße ', 'grand '])
  assert.deepEqual(got[1].notFound, ['Unothing00000'])
  const { id } = made[1].created.a
  const path = `/jmap/download/${tito.account}/${id}/a.txt`
  assert.equal(await (await tito.fetch(path)).text(), 'grüße ')
  const [theirs] = await jmap.client('iqbal').calls([['Blob/get', { ids: [id] }]])
  assert.deepEqual(theirs[1].notFound, [id])
})

test('a range of a blob has digests, and says where it is cut or is no text', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const { blobId } = await tito.upload('grüße')
  const get = async (more: object) =>
    (await tito.call('Blob/get', { ids: [blobId], ...more })).list[0]
  const properties = ['data:asText', 'size', 'digest:sha', 'digest:sha-256', 'digest:sha-512']
  const hash = (name: string) => createHash(name).update('gr').digest('base64')
  assert.deepEqual(await get({ offset: 0, length: 2, properties }), {
    id: blobId,
    'data:asText': 'gr',
    size: 7,
    'digest:sha': hash('sha1'),
    'digest:sha-256': hash('sha256'),
    'digest:sha-512': hash('sha512'),
  })
  const half = Buffer.from('grüße').subarray(0, 3).toString('base64')
  const cut = { id: blobId, isEncodingProblem: true, size: 7 }
  assert.deepEqual(await get({ length: 3 }), { ...cut, 'data:asBase64': half })
  assert.deepEqual(await get({ length: 3, properties: ['data:asText', 'size'] }), {
    ...cut,
    'data:asText': null,
  })
  const past = { id: blobId, 'data:asText': '', isTruncated: true, size: 7 }
  assert.deepEqual(await get({ offset: 9 }), past)
  const end = { id: blobId, 'data:asText': 'e', isTruncated: true, size: 7 }
  assert.deepEqual(await get({ offset: 6, length: 9 }), end)
  assert.deepEqual(await get({ properties: ['size'] }), { id: blobId, size: 7 })
  const bad = await tito.call('Blob/get', { ids: [blobId], properties: ['digest:md5'] })
  assert.equal(bad.error.type, 'invalidArguments')
})

test('a blob that cannot be had exactly as it is said is not made', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const { blobId } = await tito.upload('12345')
  const text = { 'data:asText': 'x' }
  const create = {
    empty: { data: [] },
    none: { data: [{}] },
    two: { data: [{ ...text, 'data:asBase64': 'eA==' }] },
    base64: { data: [{ 'data:asBase64': 'e?==' }] },
    half: { data: [{ 'data:asText': '\ud800' }] },
    past: { data: [{ blobId, offset: 3, length: 3 }] },
    negative: { data: [{ blobId, offset: -1 }] },
    missing: { data: [{ blobId: 'Unothing00000' }] },
    unmade: { data: [{ blobId: '#nobody' }] },
    many: { data: Array(65).fill(text) },
    type: { data: [text], type: 'text/plain\r\nx: y' },
    full: { data: Array(64).fill(text) },
  }
  const { created, notCreated } = await tito.call('Blob/upload', { create })
  assert.deepEqual(Object.keys(created), ['empty', 'full'])
  assert.deepEqual([created.empty.size, created.full.size], [0, 64])
  for (const [key, { type }] of Object.entries<{ type: string }>(notCreated))
    assert.equal(type, 'invalidProperties', key)
  const large = await tito.upload(Buffer.alloc(2_000_000))
  const data = Array(30).fill({ blobId: large.blobId })
  const whole = await tito.call('Blob/upload', { create: { a: { data } } })
  assert.equal(whole.notCreated.a.type, 'tooLarge')
})

test("a blob is looked up among an account's own mail", async (t) => {
  const jmap = await openJmap(t)
  const [tito, iqbal] = [jmap.client('tito'), jmap.client('iqbal')]
  const id = await tito.deliver('From: ana@example.net\r\nSubject: Here\r\n\r\nx\r\n', {
    mailboxIds: { inbox: true, archive: true },
  })
  const upload = await tito.upload('x')
  const { list: emails } = await tito.call('Email/get', { ids: [id] })
  const [{ threadId, blobId, textBody }] = emails
  const typeNames = ['Email', 'Thread', 'Mailbox']
  const ids = [blobId, textBody[0].blobId, upload.blobId, 'E0000000000']
  const { list, notFound } = await tito.call('Blob/lookup', { typeNames, ids })
  assert.deepEqual(notFound, ['E0000000000'])
  for (const { matchedIds } of list.slice(0, 2)) {
    assert.deepEqual([matchedIds.Email, matchedIds.Thread], [[id], [threadId]])
    assert.deepEqual(matchedIds.Mailbox.sort(), ['archive', 'inbox'])
  }
  assert.deepEqual(list[2].matchedIds, { Email: [], Thread: [], Mailbox: [] })
  assert.deepEqual((await iqbal.call('Blob/lookup', { typeNames, ids })).notFound.length, 4)
  const strange = await tito.call('Blob/lookup', { typeNames: ['Calendar'], ids })
  assert.equal(strange.error.type, 'unknownDataType')
})
