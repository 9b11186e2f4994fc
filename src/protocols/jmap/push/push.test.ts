import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'
import type { PushPost } from '../ports.ts'
import { type Answer, openJmap } from '../testing/server.ts'
import { Vapid } from './vapid.ts'

/** A push service that says yes until it is told otherwise. */
class Service implements PushPost {
  status = 201
  readonly #heard: Answer[] = []
  #wake: (() => void) | undefined
  may(url: string): boolean {
    return url.startsWith('https://')
  }
  async send({ url, headers, body }: Parameters<PushPost['send']>[0]) {
    const plain = headers['content-encoding'] === undefined
    this.#heard.push({ url, headers, body: plain ? JSON.parse(body.toString()) : body })
    this.#wake?.()
    return { status: this.status, retryAfterMs: 0 }
  }
  async next(): Promise<Answer> {
    while (this.#heard.length === 0)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    return this.#heard.shift()
  }
}

const device = { deviceClientId: 'd', url: 'https://push.example/1' }

test('a device that proved itself is told of changes, until it is gone', async (t) => {
  const post = new Service()
  const jmap = await openJmap(t, { post })
  const [tito, iqbal] = [jmap.client('tito'), jmap.client('iqbal')]
  const { created } = await tito.call('PushSubscription/set', {
    create: { s: { ...device, types: ['Email'] } },
  })
  const { id, expires, keys } = created.s
  assert.equal(keys, null)
  assert.ok(Date.parse(expires) > Date.now() + 7 * 86_400_000)
  const asked = await post.next()
  assert.equal(asked.body['@type'], 'PushVerification')
  assert.equal(asked.body.pushSubscriptionId, id)
  assert.match(asked.headers.authorization, /^vapid t=[\w.-]+, k=[\w-]+$/)
  const prove = (verificationCode: string) =>
    tito.call('PushSubscription/set', { update: { [id]: { verificationCode } } })
  assert.equal((await prove('wrong')).notUpdated[id].type, 'invalidProperties')
  assert.deepEqual((await prove(asked.body.verificationCode)).updated, { [id]: null })
  const [shown] = (await tito.call('PushSubscription/get')).list
  assert.deepEqual([shown.id, shown.url, shown.types], [id, undefined, ['Email']])
  const secret = await tito.call('PushSubscription/get', { properties: ['url'] })
  assert.equal(secret.error.type, 'forbidden')
  assert.deepEqual((await iqbal.call('PushSubscription/get')).list, [])
  const theirs = await iqbal.call('PushSubscription/set', { destroy: [id] })
  assert.equal(theirs.notDestroyed[id].type, 'notFound')
  await tito.deliver('Subject: x\r\n\r\nx\r\n')
  const told = await post.next()
  assert.equal(told.body['@type'], 'StateChange')
  assert.deepEqual(Object.keys(told.body.changed[tito.account]), ['Email'])
  assert.match(told.headers.ttl, /^\d+$/)
  post.status = 410
  await tito.deliver('Subject: y\r\n\r\ny\r\n')
  await post.next()
  const words = jmap.ports.accounts.records.changes.listen()
  for (;;) {
    if ((await tito.call('PushSubscription/get')).list.length === 0) break
    await words.next()
  }
})

test('what is no subscription is refused, word by word', async (t) => {
  const jmap = await openJmap(t, { post: new Service() })
  const tito = jmap.client('tito')
  for (const [property, value] of [
    ...[['url', 'http://push.example/'] as const, ['url', 7] as const, ['types', ['a b']] as const],
    ...[
      ['keys', { p256dh: 'x', auth: 'y' }] as const,
      ['expires', '2001-01-01T00:00:00Z'] as const,
    ],
    ...[['verificationCode', 'x'] as const, ['deviceClientId', ''] as const, ['more', 1] as const],
  ]) {
    const create = { s: { ...device, [property]: value } }
    const { notCreated } = await tito.call('PushSubscription/set', { create })
    assert.deepEqual(notCreated.s.properties, [property])
  }
})

test('a subscription goes with the password that made it', async (t) => {
  const post = new Service()
  const jmap = await openJmap(t, { post })
  const tito = jmap.client('tito')
  await tito.call('PushSubscription/set', { create: { s: device } })
  assert.equal((await tito.call('PushSubscription/get')).list.length, 1)
  await jmap.house.accounts.setPassword('tito@example.com', 'another')
  assert.equal((await tito.call('PushSubscription/get')).list.length, 0)
})

test('who we are is signed for one service, for a day at most', () => {
  const now = 1_800_000_000_000
  const vapid = new Vapid(new Uint8Array(32).fill(7), 'mailto:a@example.com')
  const said = vapid.authorization('https://push.example:8443/long/path', now)
  const [, head = '', claims = '', mark = '', key] =
    /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), k=([\w-]+)$/.exec(said) ?? []
  assert.equal(key, vapid.publicKey)
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString())
  assert.deepEqual([aud, sub], ['https://push.example:8443', 'mailto:a@example.com'])
  assert.ok(exp > now / 1000 && exp <= now / 1000 + 86_400)
  const point = Buffer.from(vapid.publicKey, 'base64url')
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) =>
    part.toString('base64url'),
  )
  const jwk = { kty: 'EC', crv: 'P-256', x: x!, y: y! }
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
  const how = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
  const fits = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    how,
    Buffer.from(mark, 'base64url'),
  )
  assert.equal(fits, true)
})
