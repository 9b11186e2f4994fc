// Sets of UIDs: as ranges, as text ("1:3,5", RFC 9051 §9 sequence-set), and in slices that a
// statement can name. Pure, but for the statements it puts together.
import type { Statement, Value } from '../store/sql.ts'

/** First and last, both in it. */
export type UidRange = readonly [first: number, last: number]

export const allUids: readonly UidRange[] = [[1, 2 ** 32 - 1]]

/** In ascending order, without overlaps. */
export function mergedRanges(ranges: readonly UidRange[]): UidRange[] {
  const sorted = ranges
    .map(([a, b]): UidRange => (a <= b ? [a, b] : [b, a]))
    .sort(([a], [b]) => a - b)
  const merged: [number, number][] = []
  for (const [first, last] of sorted) {
    const before = merged.at(-1)
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else merged.push([first, last])
  }
  return merged
}

/** The ranges of UIDs in ascending order. */
export function rangesOf(uids: Iterable<number>): UidRange[] {
  const ranges: [number, number][] = []
  let last: [number, number] | undefined
  for (const uid of uids) {
    if (last && uid === last[1] + 1) last[1] = uid
    else {
      last = [uid, uid]
      ranges.push(last)
    }
  }
  return ranges
}

/** What of a set is beyond a UID. */
export function rangesAfter(ranges: readonly UidRange[], uid: number): UidRange[] {
  return ranges
    .filter(([, last]) => last > uid)
    .map(([first, last]) => [Math.max(first, uid + 1), last])
}

export function uidText(ranges: readonly UidRange[]): string {
  return ranges.map(([first, last]) => (first === last ? first : `${first}:${last}`)).join(',')
}

/** Of a text that `uidText` made. */
export function uidRanges(text: string): UidRange[] {
  if (text === '') return []
  return text.split(',').map((range): UidRange => {
    const [first = '', last = first] = range.split(':')
    return [Number(first), Number(last)]
  })
}

export function countOf(ranges: readonly UidRange[]): number {
  let count = 0
  for (const [first, last] of ranges) count += last - first + 1
  return count
}

export function has(set: readonly UidRange[], uid: number): boolean {
  return set.some(([first, last]) => first <= uid && uid <= last)
}

/** A part of a set that one statement can name: a range, or at most 100 single UIDs. */
export type Slice = { readonly range: UidRange } | { readonly uids: readonly number[] }

/** A single UID. */
export function isOne(slice: Slice): boolean {
  return 'uids' in slice && slice.uids.length === 1
}

const sliceMax = 100
/** A range this short is as well named one by one, together with others. */
const shortRange = 4

/** The set in slices, in ascending order. */
export function slicesOf(ranges: readonly UidRange[]): Slice[] {
  const slices: Slice[] = []
  let uids: number[] = []
  const flush = () => {
    if (uids.length > 0) slices.push({ uids })
    uids = []
  }
  for (const range of ranges) {
    const [first, last] = range
    if (last - first >= shortRange) {
      flush()
      slices.push({ range })
      continue
    }
    for (let uid = first; uid <= last; uid++) uids.push(uid)
    if (uids.length > sliceMax - shortRange) flush()
  }
  flush()
  return slices
}

const widths = [1, 10, sliceMax]
const marks = new Map(widths.map((width) => [width, Array(width).fill('?').join(', ')]))

/**
 * A list of values for `in`, repeated up to one of few widths, so that few statements are prepared.
 * At most 100 values, at least one.
 */
export function listed(values: readonly Value[]): Statement {
  const width = widths.find((each) => each >= values.length) ?? sliceMax
  const last = values.at(-1) ?? null
  const padded = values.concat(Array(width - values.length).fill(last))
  return { text: `(${marks.get(width)})`, values: padded }
}

/** `HEAD uid … TAIL`: a statement over a slice; `head` ends where the condition goes. */
export function overSlice(
  head: Statement,
  slice: Slice,
  tail: Statement = nothing,
  uid = 'uid',
): Statement {
  const condition =
    'range' in slice ? { text: 'between ? and ?', values: slice.range } : inList(slice.uids)
  return {
    text: `${head.text} ${uid} ${condition.text} ${tail.text}`,
    values: [...head.values, ...condition.values, ...tail.values],
  }
}

const nothing: Statement = { text: '', values: [] }

function inList(uids: readonly number[]): Statement {
  if (uids.length === 1) return { text: '= ?', values: uids }
  const list = listed(uids)
  return { text: `in ${list.text}`, values: list.values }
}
