// A data folder is copied under load, restored elsewhere and checked, by the commands of a person.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { audit, Ledger, mailMaker, randomOf, sendBySmtp } from '../support/accounts-of-mail.ts'
import { type House, openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'
import { amplop } from '../support/running.ts'

const users = ['tito', 'iqbal']
const addresses = users.map((user) => `${user}@example.com`)

const rooms = ({ started }: House) => started.rooms ?? assert.fail('a house with rooms')

test('the drill: what was acknowledged before the backup is in the restored folder', async (t) => {
  const cli = async (...args: string[]) => {
    const running = amplop(t, args)
    return { status: await running.ended, output: running.output() }
  }
  const [root, seed] = [newFolder(t), Number(process.env.AMPLOP_SEED ?? 7)]
  const [folder, copy, restored] = ['data', 'copy', 'restored'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ]
  const house = await openHouse(t, { folder, users })
  const make = mailMaker(randomOf(seed), addresses)
  const ledger = new Ledger()
  let [loading, sent] = [true, 0]
  const next = () => (loading ? make(`drill-${sent++}`) : undefined)
  const load = Array.from({ length: 4 }, () => sendBySmtp(house.port('smtp'), ledger, next))
  await ledger.reaches(150)
  assert.deepEqual((await cli('backup', copy, '-d', folder)).status, 0)
  await ledger.reaches(ledger.acknowledged + 100)
  const before = new Set(
    [...ledger.entries].filter(([, { state }]) => state === 'acknowledged').map(([id]) => id),
  )
  const second = await cli('backup', copy, '-d', folder)
  assert.equal(second.status, 0, second.output)
  const live = await cli('verify', '-d', folder, '--json')
  assert.equal(live.status, 0, live.output)
  loading = false
  await Promise.all(load)
  await house.close()

  assert.equal((await cli('verify', '--backup', copy)).status, 0)
  const made = await cli('restore', copy, '-d', restored)
  assert.equal(made.status, 0, made.output)
  const again = await cli('restore', copy, '-d', restored)
  assert.deepEqual([again.status, /is not empty/.test(again.output)], [1, true])
  const verified = await cli('verify', '-d', restored)
  assert.deepEqual([verified.status, /^ok: \d+ blobs/.test(verified.output)], [0, true])

  const there = await openHouse(t, { folder: restored, users })
  for (const [id, entry] of ledger.entries) if (!before.has(id)) entry.state = 'begun'
  assert.deepEqual(await audit(rooms(there), ledger, addresses), [])
  await there.close()

  const blobs = join(restored, 'blobs')
  const [largest = ''] = readdirSync(blobs).filter(
    (name) => readFileSync(join(blobs, name)).length > 0,
  )
  const bytes = readFileSync(join(blobs, largest))
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(join(blobs, largest), bytes)
  const damaged = await cli('verify', '-d', restored)
  assert.equal(damaged.status, 1)
  assert.match(
    damaged.output,
    /^damaged: blob at segment \d+, .*: (tito|iqbal)@example\.com INBOX message \d+/,
  )
})
