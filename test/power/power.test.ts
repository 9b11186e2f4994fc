// The short form of `npm run test:power`.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noDisk } from '../support/loop-disk.ts'
import { cutPower } from './power-cuts.ts'

const reason = await noDisk()
const options = { skip: reason ?? false, timeout: 200_000 }
const seed = Number(process.env.AMPLOP_SEED ?? Date.now() % 2 ** 31)

test('the power is cut three times: what was acknowledged is there, once', options, async () => {
  const cuts = await cutPower({ fileSystem: 'ext4', cycles: 3, control: 'none', seed })
  assert.deepEqual(cuts.problems, [], `AMPLOP_SEED=${seed}`)
  assert.ok(cuts.acknowledged >= 90 && cuts.verbs > 0)
})
