import assert from 'node:assert/strict'
import { Refused } from '../base/refused.ts'
import { everyEngine } from '../store/testing/engines.ts'
import { openDirectory } from './testing/directory.ts'

const code = (wanted: string) => (error: unknown) =>
  error instanceof Refused && error.code === wanted
const kind = 'Note'

everyEngine('records tell what changed since a state, and who came first', async (t, engine) => {
  const { accounts, close } = await openDirectory(t, { engine })
  t.after(() => close())
  const { records } = accounts
  const place = { account: 'a1', kind }
  const first = await records.change(place, [
    { id: 'a', value: { n: 1 } },
    { id: 'b', value: { n: 2 } },
  ])
  await records.change({ account: 'a2', kind }, [{ id: 'a', value: { n: 9 } }])
  await records.change(place, [{ id: 'c', value: {} }], ['a'])
  const [b] = (await records.list('a1', kind)).records
  assert.equal(await records.swap(place, b!, { n: 3 }), true)
  assert.equal(await records.swap(place, b!, { n: 4 }), false, 'it is not as it was read')
  const news = await records.since('a1', kind, first)
  assert.deepEqual([news?.created, news?.updated, news?.destroyed], [['c'], ['b'], ['a']])
  assert.equal(await records.since('a1', kind, '99'), undefined)
  assert.equal(await records.since('a1', kind, 'x'), undefined)
  const { state } = await records.list('a1', kind)
  await assert.rejects(records.change(place, [{ id: 'd', value: {} }], [], 2), code('too-many'))
  assert.equal((await records.list('a1', kind)).state, state, 'what was refused changed nothing')
  assert.deepEqual(
    (await records.every(kind)).map(({ account, id }) => `${account} ${id}`),
    ['a1 b', 'a1 c', 'a2 a'],
  )
})

everyEngine(
  'a browser session ends one by one, all, with its password and account',
  async (t, engine) => {
    const { accounts, close } = await openDirectory(t, { engine })
    t.after(() => close())
    await accounts.addDomain('example.com')
    const { id: account, address, name } = await accounts.addAccount('tito@example.com', 'amplop')
    const { sessions } = accounts
    const from = { client: '192.0.2.1', agent: 'Browser' }
    const open = () => sessions.open({ account, address, name }, from)
    const [one, two, three] = [await open(), await open(), await open()]
    assert.equal((await sessions.find(one.secret))?.login.address, address)
    assert.equal(await sessions.find(`${one.secret.slice(1)}x`), undefined)
    assert.deepEqual((await sessions.list(account)).length, 3)
    await sessions.end(account, one.id)
    assert.equal(await sessions.find(one.secret), undefined)
    await assert.rejects(sessions.end('somebody', two.id), code('not-found'))
    await sessions.endAll(account, two.id)
    assert.equal(await sessions.find(three.secret), undefined)
    assert.equal((await sessions.find(two.secret))?.session, two.id)
    await accounts.setPassword(address, 'another')
    assert.equal(await sessions.find(two.secret), undefined)
    const last = await open()
    await accounts.disable(address)
    assert.equal(await sessions.find(last.secret), undefined)
  },
)
