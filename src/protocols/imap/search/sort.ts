// SORT: messages in the order that their dates, sizes, subjects or people give, RFC 5256 §3 and
// RFC 5957 §2.

import { cutMark, fold, headOf } from '../../../mailbox/facts.ts'
import type { FetchColumn } from '../../../mailbox/fetch-job.ts'
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
  return indexes.toSorted((a, b) => {
    for (const { value, sign } of orders) {
      const [one, other] = [value(a), value(b)]
      if (one < other) return -sign
      if (one > other) return sign
    }
    return a - b
  })
}

class SortSource {
  readonly #messages: Messages
  readonly #place: Place
  readonly #result: Result
  #heads: Promise<ReadonlyMap<number, readonly string[]>> | undefined

  constructor(messages: Messages, place: Place, result: Result) {
    this.#messages = messages
    this.#place = place
    this.#result = result
  }

  async values(by: SortKey): Promise<ValueOf> {
    const { columns } = this.#result
    switch (by) {
      case 'ARRIVAL':
        return (at) => columns.receivedAt[at]!
      case 'DATE':
        return (at) => columns.sentAt[at]!
      case 'SIZE':
        return (at) => columns.size[at]!
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

  async #subjects(): Promise<ValueOf> {
    const subjects = new Map<number, string>()
    for await (const [uid, subject] of this.#rows('subject')) subjects.set(uid, subject)
    const { uid } = this.#result.columns
    return (at) => subjects.get(uid[at]!) ?? ''
  }

  /** Of the first address of a header field. */
  async #people(field: number, mailboxes: boolean): Promise<ValueOf> {
    this.#heads ??= this.#allHeads()
    const heads = await this.#heads
    const { uid } = this.#result.columns
    const keyOf = mailboxes ? mailboxKey : displayKey
    const keys = new Map<number, string>()
    for (const [each, lines] of heads) keys.set(each, keyOf(lines[field] ?? ''))
    return (at) => keys.get(uid[at]!) ?? ''
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
    const { columns, indexes } = this.#result
    const uids: UidRange[] = rangesOf(indexes.map((at) => columns.uid[at]!))
    for await (const rows of this.#messages.fetch(this.#place, uids, ['uid', column]))
      yield* rows as unknown as readonly (readonly [number, string])[]
  }
}

function headLines({ envelope }: Digest): readonly string[] {
  return (['from', 'to', 'cc'] as const).map((field) => fold(headOf(envelope, field)))
}

const firstAddress = /^([^<]*)<([^>]*)>/

/** RFC 5256 §3: the part before the "@" of the first address. */
function mailboxKey(line: string): string {
  const address = firstAddress.exec(line)?.[2] ?? ''
  const at = address.lastIndexOf('@')
  return at < 0 ? address : address.slice(0, at)
}

/** RFC 5957 §2: the first display name, or the address where there is none. */
function displayKey(line: string): string {
  const [, name = '', address = ''] = firstAddress.exec(line) ?? []
  return name.trim() || address
}
