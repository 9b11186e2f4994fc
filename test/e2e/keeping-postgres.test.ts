// The drill on PostgreSQL: a database is copied while its server takes mail, restored into another
// one and checked, by the commands of a person.
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { postgres } from '../../src/store/testing/engines.ts'
import { openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'
import { amplop } from '../support/running.ts'

const { skip } = postgres

test('what was acknowledged before the backup is in the restored database', {
  skip,
}, async (t) => {
  const [root, domain] = [newFolder(t), 'example.com']
  const urls = { old: await postgres.url(`${root}/old`), new: await postgres.url(`${root}/new`) }
  const copy = join(root, 'copy')
  const house = (which: 'old' | 'new', users: readonly string[]) =>
    openHouse(t, {
      folder: join(root, which),
      users,
      domain,
      change: (settings) => ({ ...settings, store: { ...settings.store, url: urls[which] } }),
    })
  const cli = async (which: 'old' | 'new', ...args: string[]) => {
    const file = join(root, `${which}.toml`)
    writeFileSync(join(root, `${which}.address`), `${urls[which]}\n`)
    const store = `[store]\nurl_file = "${which}.address"\n`
    writeFileSync(file, `[server]\ndomains = ["${domain}"]\ndata = "${which}"\n${store}`)
    const running = amplop(t, [...args, '-c', file])
    return { status: await running.ended, output: running.output() }
  }
  const text = (n: number) => `Subject: ${n}\r\n\r\n${`Line of message ${n}.\r\n`.repeat(n * 40)}`
  const there = await house('old', ['tito', 'iqbal'])
  for (let n = 0; n < 12; n++)
    assert.match(await there.send([`tito@${domain}`, `iqbal@${domain}`], text(n)), /^250 /)
  const backup = await cli('old', 'backup', copy)
  assert.equal(backup.status, 0, backup.output)
  assert.match(await there.send([`tito@${domain}`], text(12)), /^250 /)
  const before = (await there.inbox('tito')).slice(0, 12)
  const live = await cli('old', 'verify')
  assert.deepEqual([live.status, /^ok: 13 blobs/m.test(live.output)], [0, true], live.output)
  await there.close()

  const intact = await cli('old', 'verify', '--backup', copy)
  assert.equal(intact.status, 0, intact.output)
  const wrong = amplop(t, ['restore', copy, '-d', join(root, 'folder')])
  assert.equal(await wrong.ended, 1)
  assert.match(wrong.output(), /is the backup of a PostgreSQL database: name its settings with -c/)
  assert.equal(existsSync(join(root, 'folder')), false)
  const made = await cli('new', 'restore', copy)
  assert.equal(made.status, 0, made.output)
  const verified = await cli('new', 'verify')
  assert.deepEqual([verified.status, /^ok: 12 blobs/m.test(verified.output)], [0, true])
  const again = await cli('new', 'restore', copy)
  assert.deepEqual([again.status, /is not empty/.test(again.output)], [1, true], again.output)
  const restored = await house('new', [])
  assert.deepEqual(await restored.inbox('tito'), before)
  assert.match(await restored.send([`iqbal@${domain}`], text(13)), /^250 /)
  assert.equal((await restored.inbox('iqbal')).length, 13)
})
