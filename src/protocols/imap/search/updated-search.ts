// A search whose result a client is kept informed about: RFC 5267 §4.3. Values only.
import { type UidRange, uidText } from '../../../mailbox/uid-set.ts'
import type { SequenceSet } from '../cursor.ts'
import type { FetchItem } from '../fetch/fetch-items.ts'
import type { SortCriterion } from './search-command.ts'
import type { SearchKey } from './search-keys.ts'

export interface UpdatedSearch {
  /** Of the command that asked. */
  readonly tag: string
  /** RFC 7377 §2.1: which mailbox it is said to be of; or "". */
  readonly where: string
  readonly byUid: boolean
  /** Without sequence numbers. */
  readonly key: SearchKey
  /** undefined: in the order of the mailbox. */
  readonly criteria: readonly SortCriterion[] | undefined
  /** RFC 5465 §7: what is told of new messages that are found. */
  readonly items: readonly FetchItem[]
  /** What the client knows to be found, in the order of the answer. */
  uids: readonly number[]
}

const searchesMax = 10
const uidsMax = 200_000

/** Whether there is room for another one; for the first one, always (RFC 5267 §4.3.1). */
export function hasRoom(searches: readonly UpdatedSearch[], count: number): boolean {
  const all = searches.reduce((sum, { uids }) => sum + uids.length, count)
  return searches.length === 0 || (searches.length < searchesMax && all <= uidsMax)
}

/** RFC 5267 §4.3: a key with sequence numbers as they are now. */
export function frozen(
  key: SearchKey,
  resolve: (set: SequenceSet, byUid: boolean) => readonly UidRange[],
): SearchKey {
  if (key.is === 'not') return { is: 'not', key: frozen(key.key, resolve) }
  if (key.is === 'and' || key.is === 'or')
    return { is: key.is, keys: key.keys.map((each) => frozen(each, resolve)) }
  if (key.is !== 'set' || (key.byUid && key.set !== '$')) return key
  const set = resolve(key.set, key.byUid)
  return set.length === 0 ? { is: 'none' } : { is: 'set', set, byUid: true }
}

/** Numbers of UIDs as they are said. */
type Said = (uid: number) => number

/** Pairs of a position and what is taken out there: RFC 5267 §4.3.4. */
export function removedText(search: UpdatedSearch, gone: ReadonlySet<number>, said: Said): string {
  if (!search.criteria)
    return `0 ${setText(
      search.uids.filter((uid) => gone.has(uid)),
      said,
    )}`
  let before = 0
  return runs(search.uids, gone)
    .map(({ at, uids }) => {
      const pair = `${at - before + 1} ${setText(uids, said)}`
      before += uids.length
      return pair
    })
    .join(' ')
}

/** Pairs of a position and what is put in there, of `search` as it is then: RFC 5267 §4.3.3. */
export function addedText(search: UpdatedSearch, added: ReadonlySet<number>, said: Said): string {
  if (!search.criteria)
    return `0 ${setText(
      [...added].sort((a, b) => a - b),
      said,
    )}`
  return runs(search.uids, added)
    .map(({ at, uids }) => `${at + 1} ${setText(uids, said)}`)
    .join(' ')
}

function runs(uids: readonly number[], wanted: ReadonlySet<number>) {
  const found: { at: number; uids: number[] }[] = []
  for (const [at, uid] of uids.entries()) {
    if (!wanted.has(uid)) continue
    const last = found.at(-1)
    if (last && last.at + last.uids.length === at) last.uids.push(uid)
    else found.push({ at, uids: [uid] })
  }
  return found
}

function setText(uids: readonly number[], said: Said): string {
  const ranges: [number, number][] = []
  for (const number of uids.map(said)) {
    const last = ranges.at(-1)
    if (last && last[1] + 1 === number) last[1] = number
    else ranges.push([number, number])
  }
  return uidText(ranges)
}
