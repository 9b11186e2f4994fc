// Who is asked again when the DNS gave no answer, how often, and how many at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outage } from './outage.ts'

function open(count: number) {
  const asked: string[] = []
  const woken: string[] = []
  const state = { answers: (_: string) => false }
  const outage = new Outage({
    knows: async (destination) => {
      asked.push(destination)
      return state.answers(destination)
    },
    wake: async (destination) => void woken.push(destination),
  })
  for (let n = 0; n < count; n++) outage.note(`d${n}`, true)
  return { asked, woken, state, outage }
}

test('a few are asked from time to time, and all once one of them answers', async () => {
  const { asked, woken, state, outage } = open(10)
  await outage.look(100_000)
  assert.equal(asked.length, 4)
  assert.equal(outage.look(110_000), undefined)
  await outage.look(131_000)
  assert.deepEqual(asked.slice(4), ['d4', 'd5', 'd6', 'd7'])
  state.answers = () => true
  await outage.look(162_000)
  assert.equal(woken.length, 10)
  assert.equal(outage.look(200_000), undefined)
})

test('one that never answers keeps nobody back, and one that was tried is not asked', async () => {
  const { asked, woken, state, outage } = open(3)
  outage.note('d1', false)
  state.answers = (destination) => destination === 'd2'
  await outage.look(100_000)
  await outage.look(200_000)
  assert.deepEqual([asked, woken], [['d0', 'd2', 'd0'], ['d2']])
})
