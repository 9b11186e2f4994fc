import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../base/testing/property.ts'
import { packed, type ThreadNode, threadsText, unpacked } from './thread-tree.ts'

const { trees } = fc.letrec<{ trees: ThreadNode[] }>((tie) => ({
  trees: fc.array(
    fc.record(
      {
        uid: fc.nat(),
        children: fc.oneof({ depthSize: 'small' }, fc.constant([]), tie('trees')),
      },
      { noNullPrototype: true },
    ),
    { maxLength: 4 },
  ),
}))

test('trees come back from their numbers as they were', () => {
  fc.assert(fc.property(trees, (threads) => assert.deepEqual(unpacked(packed(threads)), threads)))
})

test('a thread may be as long as a mailbox', () => {
  let node: ThreadNode = { uid: 1, children: [] }
  for (let uid = 2; uid <= 50_000; uid++) node = { uid, children: [node] }
  assert.equal(
    threadsText(unpacked(packed([node])), (uid) => uid),
    threadsText([node], (uid) => uid),
  )
})
