// Runs a search over one mailbox: what rows tell first, and only of what is left the texts.
import type { FlagNames } from '../../../mailbox/flags.ts'
import type { MailboxColumns } from '../../../mailbox/mailbox-columns.ts'
import type { Messages, Place } from '../../../mailbox/messages.ts'
import type { Search } from '../../../mailbox/search/search.ts'
import type { UidRange } from '../../../mailbox/uid-set.ts'
import type { SequenceSet } from '../cursor.ts'
import type { SearchKey } from './search-keys.ts'
import { type Test, testOf } from './search-tests.ts'

export interface SearchPorts {
  readonly messages: Messages
  readonly search: Search
  readonly names: FlagNames
  /** UIDs of a set as the session says it. @throws Syntax */
  resolve(set: SequenceSet, byUid: boolean): readonly UidRange[]
  /** Whether the session knows the message. */
  knows(uid: number): boolean
  isRecent(uid: number): boolean
  now(): number
}

/** What was found, by index. */
export interface Result {
  readonly columns: MailboxColumns
  /** In the order of UIDs. */
  readonly indexes: readonly number[]
}

/** Which messages are found: a byte each, 1 for those that are. */
type Mask = Uint8Array

/** @throws Syntax for a sequence number that there is not */
export async function searchMailbox(
  place: Place,
  key: SearchKey,
  ports: SearchPorts,
): Promise<Result> {
  const columns = await ports.messages.columns.of(place)
  const all = new Uint8Array(columns.count)
  for (let at = 0; at < columns.count; at++) all[at] = ports.knows(columns.uid[at]!) ? 1 : 0
  const mask = await new Evaluation(place, columns, ports).run(key, all)
  const indexes: number[] = []
  for (let at = mask.indexOf(1); at >= 0; at = mask.indexOf(1, at + 1)) indexes.push(at)
  return { columns, indexes }
}

/** Whether a key asks for modseqs, so that the answer tells them: RFC 7162 §3.1.5. */
export function asksModseq(key: SearchKey): boolean {
  if (key.is === 'not') return asksModseq(key.key)
  if (key.is === 'and' || key.is === 'or') return key.keys.some(asksModseq)
  return key.is === 'modseq'
}

class Evaluation {
  readonly #place: Place
  readonly #columns: MailboxColumns
  readonly #ports: SearchPorts

  constructor(place: Place, columns: MailboxColumns, ports: SearchPorts) {
    this.#place = place
    this.#columns = columns
    this.#ports = ports
  }

  /** Those of the candidates that meet the key. */
  async run(key: SearchKey, candidates: Mask): Promise<Mask> {
    const test = testOf(key, this.#columns, this.#ports)
    if (test) return filtered(candidates, test)
    switch (key.is) {
      case 'not':
        return without(candidates, await this.run(key.key, candidates))
      case 'and':
        return this.#all(key.keys, candidates)
      case 'or':
        return this.#any(key.keys, candidates)
      case 'text':
      case 'header':
        return this.#texts(key, candidates)
      case 'days':
        return this.#sentDays(key, candidates)
      default:
        return new Uint8Array(candidates.length)
    }
  }

  async #all(keys: readonly SearchKey[], candidates: Mask): Promise<Mask> {
    const costs = new Map(keys.map((key) => [key, testOf(key, this.#columns, this.#ports) ? 0 : 1]))
    let left = candidates
    for (const key of keys.toSorted((a, b) => costs.get(a)! - costs.get(b)!)) {
      if (!left.includes(1)) break
      left = await this.run(key, left)
    }
    return left
  }

  async #any(keys: readonly SearchKey[], candidates: Mask): Promise<Mask> {
    const found = new Uint8Array(candidates.length)
    let left = candidates
    for (const key of keys) {
      const more = await this.run(key, left)
      more.forEach((one, at) => {
        if (one) found[at] = 1
      })
      left = without(left, more)
    }
    return found
  }

  async #texts(key: TextKey, candidates: Mask): Promise<Mask> {
    const found = new Uint8Array(candidates.length)
    for (const at of await this.#holding(key, candidates)) if (candidates[at]) found[at] = 1
    return found
  }

  /** Indexes of messages that hold a text. */
  async #holding(key: TextKey, candidates: Mask): Promise<readonly number[]> {
    const { search } = this.#ports
    const columns = this.#columns
    if (key.is === 'text' && (key.in === 'text' || key.in === 'body')) {
      const among = (email: string) =>
        columns.indexesOfEmail(email).some((at) => candidates[at] === 1)
      const query = { in: key.in, text: key.text }
      const emails = await search.emails(this.#place.account, query, among)
      return [...emails].flatMap((email) => columns.indexesOfEmail(email))
    }
    const among = (uid: number) => candidates[columns.indexOf(uid)] === 1
    const name = key.is === 'text' ? key.in : key.name
    const query = { name, text: key.text }
    const uids = await search.withHeader(this.#place, query, among)
    return uids.map((uid) => columns.indexOf(uid)).filter((at) => at >= 0)
  }

  /** RFC 9051 §6.4.4: the day that the Date field says, wherever on earth that was. */
  async #sentDays(key: Extract<SearchKey, { is: 'days' }>, candidates: Mask): Promise<Mask> {
    const { sentAt, uid } = this.#columns
    const near = (at: number) =>
      Math.abs(sentAt[at]! - key.from) < zoneMaxMs || Math.abs(sentAt[at]! - key.before) < zoneMaxMs
    const doubtful = filtered(candidates, near)
    const found = filtered(
      without(candidates, doubtful),
      (at) => sentAt[at]! >= key.from && sentAt[at]! < key.before,
    )
    const uids: UidRange[] = []
    for (let at = doubtful.indexOf(1); at >= 0; at = doubtful.indexOf(1, at + 1))
      uids.push([uid[at]!, uid[at]!])
    for await (const messages of this.#ports.messages.read(this.#place, uids))
      for (const { uid: each, digest, sentAt: sent } of messages) {
        const local = sent + zoneOf(digest.envelope.dateText)
        const at = this.#columns.indexOf(each)
        if (at >= 0 && local >= key.from && local < key.before) found[at] = 1
      }
    return found
  }
}

type TextKey = Extract<SearchKey, { is: 'text' | 'header' }>

/** No clock on earth is further from Greenwich. */
const zoneMaxMs = 15 * 3_600_000

/** How far ahead of Greenwich a date was written, in milliseconds. */
function zoneOf(date: string): number {
  const found = /([+-])(\d\d):?(\d\d)\b/.exec(date)
  if (!found) return 0
  const ms = (Number(found[2]) * 60 + Number(found[3])) * 60_000
  return found[1] === '-' ? -ms : ms
}

function filtered(candidates: Mask, test: Test): Mask {
  const found = new Uint8Array(candidates.length)
  for (let at = candidates.indexOf(1); at >= 0; at = candidates.indexOf(1, at + 1))
    if (test(at)) found[at] = 1
  return found
}

function without(candidates: Mask, others: Mask): Mask {
  return candidates.map((one, at) => (one && !others[at] ? 1 : 0))
}
