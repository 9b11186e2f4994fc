// Which UID each sequence number stands for: as ranges, for most mailboxes have few gaps.
import { mergedRanges, type UidRange } from '../../mailbox/uid-set.ts'

export class Uids {
  #firsts: number[] = []
  #lasts: number[] = []
  /** The sequence number of each range's first UID. */
  #numbers: number[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  /** 0 where there is none. */
  get last(): number {
    return this.#lasts.at(-1) ?? 0
  }

  /** Only what is greater than the last one is new. */
  add(uid: number): void {
    const end = this.#lasts.length - 1
    if (end >= 0 && uid <= this.#lasts[end]!) return
    this.#count++
    if (end >= 0 && uid === this.#lasts[end]! + 1) {
      this.#lasts[end] = uid
      return
    }
    this.#firsts.push(uid)
    this.#lasts.push(uid)
    this.#numbers.push(this.#count)
  }

  /** The UID of a sequence number from 1 to `count`. */
  uidOf(number: number): number {
    const at = below(this.#numbers, number)
    return this.#firsts[at]! + number - this.#numbers[at]!
  }

  /** 0 for a UID that is not there. */
  numberOf(uid: number): number {
    const at = below(this.#firsts, uid)
    if (at < 0 || uid > this.#lasts[at]!) return 0
    return this.#numbers[at]! + uid - this.#firsts[at]!
  }

  /** All of them. */
  ranges(): UidRange[] {
    return this.#firsts.map((first, at) => [first, this.#lasts[at]!])
  }

  /** Those of sequence numbers within 1 to `count`. */
  atNumbers(numbers: readonly UidRange[]): UidRange[] {
    const found: UidRange[] = []
    for (const [from, to] of mergedRanges(numbers)) {
      let number = from
      while (number <= to) {
        const at = below(this.#numbers, number)
        const first = this.#firsts[at]! + number - this.#numbers[at]!
        const last = Math.min(this.#lasts[at]!, first + to - number)
        found.push([first, last])
        number += last - first + 1
      }
    }
    return mergedRanges(found)
  }

  /** Those of the set that are there. */
  among(set: readonly UidRange[]): UidRange[] {
    const found: UidRange[] = []
    for (const [from, to] of mergedRanges(set)) {
      let at = Math.max(0, below(this.#firsts, from))
      for (; at < this.#firsts.length && this.#firsts[at]! <= to; at++) {
        const first = Math.max(from, this.#firsts[at]!)
        const last = Math.min(to, this.#lasts[at]!)
        if (first <= last) found.push([first, last])
      }
    }
    return found
  }

  /** Takes out UIDs of `set`, which are there. */
  remove(set: readonly UidRange[]): void {
    const left = new Uids()
    let cut = 0
    for (const [first, last] of this.ranges()) {
      let from = first
      while (cut < set.length && set[cut]![1] < from) cut++
      for (let at = cut; at < set.length && set[at]![0] <= last; at++) {
        left.addRange(from, set[at]![0] - 1)
        from = set[at]![1] + 1
      }
      left.addRange(from, last)
    }
    this.#firsts = left.#firsts
    this.#lasts = left.#lasts
    this.#numbers = left.#numbers
    this.#count = left.#count
  }

  /** Those that are not in `set`, which is ascending. */
  outside(set: readonly UidRange[]): UidRange[] {
    const left = new Uids()
    for (const [first, last] of this.ranges()) left.addRange(first, last)
    left.remove(set)
    return left.ranges()
  }

  /** Only what is greater than the last one. */
  addRange(first: number, last: number): void {
    if (first > last) return
    this.#firsts.push(first)
    this.#lasts.push(last)
    this.#numbers.push(this.#count + 1)
    this.#count += last - first + 1
  }
}

/** Where the greatest of ascending values is that is not above `value`; -1 for none. */
function below(values: readonly number[], value: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}
