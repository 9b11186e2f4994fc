// SORT: messages in the order that their dates, sizes, subjects or people give, RFC 5256 §3 and
// RFC 5957 §2.

import { cutMark, fold, headOf } from '../../../mailbox/facts.ts'
import type { FetchColumn } from '../../../mailbox/fetch-job.ts'
import type { MailboxColumns } from '../../../mailbox/mailbox-columns.ts'
import type { Messages, Place } from '../../../mailbox/messages.ts'
import type { UidRange } from '../../../mailbox/uid-set.ts'
import { rangesOf } from '../../../mailbox/uid-set.ts'
import type { Digest } from '../../../message/digest.ts'
import type { SortCriterion, SortKey } from './search-command.ts'
import type { Result } from './search-mailbox.ts'

type Value = number | string
/** Of the message of an index. */
type ValueOf = (at: number) => Value

/** The found messages' indexes in that order; RFC 5256 §3: where all is equal, in their own. */
export async function sortFound(
  { columns, indexes }: Result,
  criteria: readonly SortCriterion[],
  { place, messages }: { readonly place: Place; readonly messages: Messages },
): Promise<readonly number[]> {
  const source = new SortSource(messages, place, { columns, indexes })
  const orders: { readonly value: ValueOf; readonly sign: number }[] = []
  for (const { by, reverse } of criteria)
    orders.push({ value: await source.values(by), sign: reverse ? -1 : 1 })
  const [only] = orders
  const ranked = only && orders.length === 1 ? byRank(indexes, only.value, only.sign) : undefined
  if (ranked) return ranked
  return indexes.toSorted((a, b) => {
    for (const { value, sign } of orders) {
      const [one, other] = [value(a), value(b)]
      if (one < other) return -sign
      if (one > other) return sign
    }
    return a - b
  })
}

/**
 * By small numbers alone, as orders are that were kept: each with its index in one number, sorted
 * without a word of ours. undefined where they are no such numbers.
 */
function byRank(indexes: readonly number[], value: ValueOf, sign: number): number[] | undefined {
  const factor = (indexes.at(-1) ?? 0) + 1
  const rankMax = Math.floor(Number.MAX_SAFE_INTEGER / factor) - 1
  const numbers = new Float64Array(indexes.length)
  for (const [n, at] of indexes.entries()) {
    const rank = value(at)
    if (typeof rank !== 'number' || rank < 0 || rank > rankMax) return undefined
    numbers[n] = (sign > 0 ? rank : rankMax - rank) * factor + at
  }
  return Array.from(numbers.sort(), (number) => number % factor)
}

type TextKey = 'SUBJECT' | 'FROM' | 'DISPLAYFROM' | 'TO' | 'DISPLAYTO' | 'CC'

/** A part of a mailbox smaller than this is not worth making an order of the whole. */
const wholeFrom = 1 / 4

class SortSource {
  readonly #messages: Messages
  readonly #place: Place
  readonly #columns: MailboxColumns
  /** Of the messages whose texts are read. */
  readonly #uids: readonly UidRange[]
  readonly #whole: boolean
  #heads: Promise<ReadonlyMap<number, readonly string[]>> | undefined

  constructor(messages: Messages, place: Place, { columns, indexes }: Result) {
    this.#messages = messages
    this.#place = place
    this.#columns = columns
    this.#whole = indexes.length >= columns.count * wholeFrom
    this.#uids = rangesOf(this.#whole ? columns.uid : indexes.map((at) => columns.uid[at]!))
  }

  async values(by: SortKey): Promise<ValueOf> {
    const columns = this.#columns
    switch (by) {
      case 'ARRIVAL':
        return (at) => columns.receivedAt[at]!
      case 'DATE':
        return (at) => columns.sentAt[at]!
      case 'SIZE':
        return (at) => columns.size[at]!
      default:
        return this.#ordered(by)
    }
  }

  /** By an order of the whole mailbox, kept for the next time, or by the texts of a part of it. */
  async #ordered(by: TextKey): Promise<ValueOf> {
    const columns = this.#columns
    const known = columns.order(by)
    if (known) return (at) => known[at]!
    const uids = columns.uid.slice()
    const texts = await this.#texts(by)
    if (!this.#whole) return (at) => texts.get(columns.uid[at]!) ?? ''
    const numbers = orderOf(uids.map((uid) => texts.get(uid) ?? ''))
    const same = columns.count === uids.length && uids.every((uid, at) => columns.uid[at] === uid)
    if (same) columns.keepOrder(by, numbers)
    return (at) => numbers[at]!
  }

  async #texts(by: TextKey): Promise<ReadonlyMap<number, string>> {
    switch (by) {
      case 'SUBJECT':
        return this.#subjects()
      case 'FROM':
      case 'DISPLAYFROM':
        return this.#people(0, by === 'FROM')
      case 'TO':
      case 'DISPLAYTO':
        return this.#people(1, by === 'TO')
      case 'CC':
        return this.#people(2, true)
    }
  }

  async #subjects(): Promise<ReadonlyMap<number, string>> {
    const subjects = new Map<number, string>()
    for await (const [uid, subject] of this.#rows('subject'))
      subjects.set(uid, subject.toUpperCase())
    return subjects
  }

  /** Of the first address of a header field. */
  async #people(field: number, mailboxes: boolean): Promise<ReadonlyMap<number, string>> {
    this.#heads ??= this.#allHeads()
    const keyOf = mailboxes ? mailboxKey : displayKey
    const keys = new Map<number, string>()
    for (const [uid, lines] of await this.#heads)
      keys.set(uid, keyOf(lines[field] ?? '').toUpperCase())
    return keys
  }

  async #allHeads(): Promise<ReadonlyMap<number, readonly string[]>> {
    const heads = new Map<number, readonly string[]>()
    const cut: number[] = []
    for await (const [uid, text] of this.#rows('heads')) {
      heads.set(uid, text.split('\n', 3))
      if (text.endsWith(cutMark)) cut.push(uid)
    }
    for await (const messages of this.#messages.read(this.#place, rangesOf(cut)))
      for (const { uid, digest } of messages) heads.set(uid, headLines(digest))
    return heads
  }

  async *#rows(column: FetchColumn): AsyncGenerator<readonly [uid: number, text: string]> {
    for await (const rows of this.#messages.fetch(this.#place, this.#uids, ['uid', column]))
      yield* rows as unknown as readonly (readonly [number, string])[]
  }
}

/** The place of each text among all that are different. */
function orderOf(texts: readonly string[]): Uint32Array {
  const sorted = [...new Set(texts)].sort()
  const places = new Map(sorted.map((text, place) => [text, place]))
  return Uint32Array.from(texts, (text) => places.get(text)!)
}

function headLines({ envelope }: Digest): readonly string[] {
  return (['from', 'to', 'cc'] as const).map((field) => fold(headOf(envelope, field)))
}

const firstAddress = /^([^<]*)<([^>]*)>/
/** RFC 9051 §7.5.2: the name of a group is where the mailbox of an address is. */
const firstGroup = /^([^<>]*):;/

/** RFC 5256 §3: the part before the "@" of the first address. */
function mailboxKey(line: string): string {
  const address = firstGroup.exec(line)?.[1] ?? firstAddress.exec(line)?.[2] ?? ''
  const at = address.lastIndexOf('@')
  return at < 0 ? address : address.slice(0, at)
}

/** RFC 5957 §2: the first display name, or the address where there is none. */
function displayKey(line: string): string {
  const [, group] = firstGroup.exec(line) ?? []
  const [, name = '', address = ''] = firstAddress.exec(line) ?? []
  return group ?? (name.trim() || address)
}
