import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openJmap } from './testing/server.ts'

test('a script is kept, renamed, activated and destroyed by its id', async (t) => {
  const jmap = await openJmap(t)
  const tito = jmap.client('tito')
  const session = (await (await tito.fetch('/jmap/session')).json()) as { accounts: object }
  const own = JSON.parse(JSON.stringify(session.accounts))[tito.account].accountCapabilities
  assert.ok(own['urn:ietf:params:jmap:sieve'].sieveExtensions.includes('vacation'))
  const { blobId } = await tito.upload('keep;', 'application/sieve')
  const create = { a: { name: 'main', blobId }, b: { name: null, blobId } }
  const made = await tito.call('SieveScript/set', { create, onSuccessActivateScript: '#a' })
  const [a, b] = [made.created.a.id, made.created.b.id]
  assert.deepEqual(made.updated, { [a]: { isActive: true } })
  assert.match(made.created.b.name, /^script-/)
  assert.deepEqual((await tito.call('SieveScript/query', { filter: { isActive: true } })).ids, [a])
  const twice = await tito.call('SieveScript/set', { create: { c: { name: 'main', blobId } } })
  assert.deepEqual(twice.notCreated.c, { type: 'alreadyExists', existingId: a })
  const more = await tito.upload('require "fileinto"; fileinto "A";', 'application/sieve')
  const update = { [a]: { name: 'other', blobId: more.blobId } }
  assert.deepEqual((await tito.call('SieveScript/set', { update })).updated, { [a]: null })
  const { list, state } = await tito.call('SieveScript/get', { ids: [a] })
  assert.deepEqual([list[0].name, list[0].isActive], ['other', true])
  const path = `/jmap/download/${tito.account}/${list[0].blobId}/a.sieve`
  assert.equal(await (await tito.fetch(path)).text(), 'require "fileinto"; fileinto "A";')
  const iqbal = jmap.client('iqbal')
  assert.equal((await iqbal.fetch(path.replace(tito.account, iqbal.account))).status, 404)
  const stale = await tito.call('SieveScript/set', { destroy: [b], ifInState: made.oldState })
  assert.equal(stale.error.type, 'stateMismatch')
  const gone = await tito.call('SieveScript/set', { destroy: [a, b], ifInState: state })
  assert.deepEqual([gone.destroyed, gone.notDestroyed], [[b], { [a]: { type: 'sieveIsActive' } }])
  const off = await tito.call('SieveScript/set', { onSuccessDeactivateScript: true })
  assert.deepEqual(off.updated, { [a]: { isActive: false } })
  assert.deepEqual((await tito.call('SieveScript/set', { destroy: [a] })).destroyed, [a])
})

test('what is no script is told, and not kept', async (t) => {
  const tito = (await openJmap(t)).client('tito')
  const { blobId } = await tito.upload('frop;', 'application/sieve')
  const { error } = await tito.call('SieveScript/validate', { blobId })
  assert.deepEqual(error, { type: 'invalidSieve', description: "1:1: unknown command 'frop'" })
  const made = await tito.call('SieveScript/set', { create: { a: { name: 'main', blobId } } })
  assert.equal(made.notCreated.a.type, 'invalidSieve')
  const good = await tito.upload('keep;', 'application/sieve')
  assert.equal((await tito.call('SieveScript/validate', { blobId: good.blobId })).error, null)
  const missing = await tito.call('SieveScript/validate', { blobId: 'U0000000000' })
  assert.equal(missing.error.type, 'blobNotFound')
  const strange = { create: { a: { name: 'x', blobId: good.blobId, isActive: true } } }
  assert.deepEqual((await tito.call('SieveScript/set', strange)).notCreated.a.properties, [
    'isActive',
  ])
  const bad = { create: { a: { name: 'a\nb', blobId: good.blobId } } }
  assert.equal((await tito.call('SieveScript/set', bad)).notCreated.a.type, 'invalidProperties')
  assert.deepEqual((await tito.call('SieveScript/get')).list, [])
})
