import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InOrder } from './in-order.ts'

test('values come out in the order of their places, past those given up', () => {
  const out: string[] = []
  const order = new InOrder<string>((value) => out.push(value))
  const [first, second, third, fourth] = Array.from({ length: 4 }, () => order.takePlace())
  third?.ready('third')
  second?.giveUp()
  assert.deepEqual(out, [])
  first?.ready('first')
  assert.deepEqual(out, ['first', 'third'])
  fourth?.ready('fourth')
  order.takePlace().ready('fifth')
  assert.deepEqual(out, ['first', 'third', 'fourth', 'fifth'])
})
