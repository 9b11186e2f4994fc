// The short forms of `npm run test:faults`.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noDisk } from '../support/loop-disk.ts'
import { Scope } from '../support/scope.ts'
import { faultShim } from '../support/shim.ts'
import { diskErrors } from './errors.ts'
import { fillDisk } from './full-disk.ts'
import { kill } from './kills.ts'

const seed = Number(process.env.AMPLOP_SEED ?? Date.now() % 2 ** 31)
const noRoot = await noDisk()

test('syncs and writes fail now and then: every failure is a 4xx, nothing is lost', async (t) => {
  const scope = new Scope()
  t.after(() => scope.end())
  const shim = faultShim(scope)
  if (!shim) return t.skip('needs Linux and a C compiler')
  const { acknowledged, refused, problems } = await diskErrors(scope, shim, { count: 400, seed })
  assert.deepEqual(problems, [], `AMPLOP_SEED=${seed}`)
  assert.ok(acknowledged > 0 && refused > 0, `${acknowledged} and ${refused}`)
})

test('killed three times while it works in mailboxes, it has all it said', async () => {
  const { acknowledged, verbs, problems } = await kill(3, seed)
  assert.deepEqual(problems, [], `AMPLOP_SEED=${seed}`)
  assert.ok(acknowledged > 0 && verbs > 0)
})

test('a disk that is full twice: 452, deletions, and mail again', {
  skip: noRoot ?? false,
}, async (t) => {
  const scope = new Scope()
  t.after(() => scope.end())
  const { problems, refusals } = await fillDisk(scope, { cycles: 2, seed })
  assert.deepEqual(problems, [], `AMPLOP_SEED=${seed}`)
  assert.ok(refusals > 0)
})
