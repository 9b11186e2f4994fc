import assert from 'node:assert/strict'
import { listOwed } from '../queue/owe.ts'
import { everyEngine } from '../store/testing/engines.ts'
import { dropLost } from './file-jobs.ts'
import { accountId, bytesIn, openHouse, send } from './testing/house.ts'

everyEngine(
  'lost bytes take their messages and traces with them, and the counts are right',
  async (t, engine) => {
    const it = await openHouse(t, { engine })
    t.after(() => it.close())
    const tito = await accountId(it, 'tito')
    const iqbal = await accountId(it, 'iqbal')
    const first = await send(it, ['tito'], 'one\r\n')
    const lost = await send(it, ['tito', 'iqbal', 'x@gmail.com'], 'two\r\n')
    const between = await send(it, ['tito'], 'three\r\n')
    const alsoLost = await send(it, ['tito'], 'four\r\n')
    const refs = [lost.blob, alsoLost.blob].filter((blob) => blob !== null)
    await it.engine.run(dropLost, refs)
    await it.engine.run(dropLost, refs)
    const bodies = (await bytesIn(it, tito)).map(({ body }) => body.toString())
    assert.deepEqual(bodies, ['one\r\n', 'three\r\n'])
    assert.deepEqual(await bytesIn(it, iqbal), [])
    assert.deepEqual(
      (await it.traces.list({ limit: 10 })).map(({ id }) => id),
      [between.id, first.id],
    )
    assert.deepEqual(await it.engine.run(listOwed, 10), [])
    for (const account of [tito, iqbal]) {
      const usage = await it.mailboxes.usage(account)
      const [inbox] = (await it.mailboxes.list(account)).filter(({ id }) => id === 'inbox')
      assert.equal(inbox?.messages, usage.messages)
      assert.equal(inbox?.bytes, usage.bytes)
      assert.equal(inbox?.messages, (await bytesIn(it, account)).length)
    }
  },
)
