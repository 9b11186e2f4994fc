// A part of a result by positions, as PARTIAL has it: RFC 9394 §3.1, §4.
import { Syntax } from '../../../wire/protocol.ts'
import type { Cursor } from '../cursor.ts'

/** Positions in the result: both from its beginning, or both from its end and then negative. */
export interface PartialRange {
  readonly first: number
  readonly last: number
}

const partialText = /(?:([1-9]\d{0,9}):([1-9]\d{0,9})|-([1-9]\d{0,9}):-([1-9]\d{0,9}))/y

/** What follows PARTIAL. @throws Syntax */
export function readPartialRange(cursor: Cursor): PartialRange {
  cursor.space()
  const found = cursor.match(partialText)
  if (!found) throw new Syntax('Expected a range like 1:100 or -1:-100')
  const [, a, b, c, d] = found
  const [first, last] = [Number(a ?? c), Number(b ?? d)].sort((x, y) => x - y) as [number, number]
  return c === undefined ? { first, last } : { first: -first, last: -last }
}

/** First and last position of the range, from 1 on; the first is greater where there is none. */
export function positionsOf({ first, last }: PartialRange, count: number): [number, number] {
  if (first > 0) return [first, Math.min(last, count)]
  return [Math.max(1, count + last + 1), count + first + 1]
}
