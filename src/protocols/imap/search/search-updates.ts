// Tells how the results of searches change: RFC 5267 §4.3. Only what changed is looked at again.
import type { UidRange } from '../../../mailbox/uid-set.ts'
import { has } from '../../../mailbox/uid-set.ts'
import { Syntax } from '../../../wire/protocol.ts'
import type { View } from '../view.ts'
import { foundBy, type Searched, type SearchSources } from './found-by.ts'
import { quotedTag } from './found-text.ts'
import type { Returns } from './search-command.ts'
import type { Result } from './search-mailbox.ts'
import { sortFound } from './sort.ts'
import { addedText, frozen, hasRoom, removedText, type UpdatedSearch } from './updated-search.ts'

export interface SearchUpdates {
  /** ESEARCH responses. */
  readonly lines: string
  /** Which searches find a message now that did not before. */
  readonly newlyFound: ReadonlyMap<number, readonly UpdatedSearch[]>
}

const none: SearchUpdates = { lines: '', newlyFound: new Map() }

/** RFC 5267 §4.3: a tag names one search. @throws Syntax */
export function checkTag({ searches }: View, { update }: Returns, tag: string): void {
  if (update && searches.some((search) => search.tag === tag)) throw new Syntax('Tag reuse')
}

/** From now on tells of changes; what is to be said where there is no room for that. */
export function keepUpdated(view: View, search: UpdatedSearch): string {
  if (!hasRoom(view.searches, search.uids.length))
    return `* NO [NOUPDATE ${quotedTag(search.tag)}] Too many searches are told of\r\n`
  if (view.searches.length === 0) view.searchedModseq = view.modseq
  const key = frozen(search.key, (set, byUid) => view.present(set, byUid))
  view.searches = [...view.searches, { ...search, key }]
  return ''
}

/** REMOVEFROM for what is gone, which still has its number: RFC 5267 §4.3.4. */
export function goneFrom({ view }: Searched, gone: readonly UidRange[]): string {
  if (gone.length === 0) return ''
  let lines = ''
  for (const search of view.searches) {
    const lost = new Set(search.uids.filter((uid) => has(gone, uid)))
    lines += without(search, lost, view)
  }
  return lines
}

/** What changed since this was asked last. */
export async function searchUpdates(
  searched: Searched,
  sources: SearchSources,
): Promise<SearchUpdates> {
  const { view } = searched
  if (view.searches.length === 0) return none
  const since = await sources.messages.since(view, view.searchedModseq)
  view.searchedModseq = view.modseq
  const uids = (since?.changed ?? []).map(([uid]) => uid).filter((uid) => view.uids.numberOf(uid))
  const changed = new Set(uids.filter((uid) => !has(view.gone, uid)))
  if (changed.size === 0) return none
  const newlyFound = new Map<number, UpdatedSearch[]>()
  let lines = ''
  for (const search of view.searches) {
    const result = await foundBy(searched, search.key, sources, changed)
    const found = new Set(result.indexes.map((at) => result.columns.uid[at]!))
    const lost = search.uids.filter((uid) => changed.has(uid) && !found.has(uid))
    lines += without(search, new Set(lost), view)
    const known = new Set(search.uids)
    const added = new Set([...found].filter((uid) => !known.has(uid)))
    if (added.size === 0) continue
    for (const uid of added) newlyFound.set(uid, [...(newlyFound.get(uid) ?? []), search])
    search.uids = await ordered(searched, { search, added, result }, sources)
    lines += line(search, `ADDTO (${addedText(search, added, saidBy(search, view))})`)
  }
  return { lines, newlyFound }
}

interface Adding {
  readonly search: UpdatedSearch
  readonly added: ReadonlySet<number>
  readonly result: Result
}

/** All that is found now, in order. What went away meanwhile stays at the end until it is told. */
async function ordered(
  { view }: Searched,
  { search, added, result: { columns } }: Adding,
  { messages }: SearchSources,
): Promise<readonly number[]> {
  const uids = [...search.uids, ...added].sort((a, b) => a - b)
  if (!search.criteria) return uids
  const indexes = uids.map((uid) => columns.indexOf(uid)).filter((at) => at >= 0)
  const sorted = await sortFound({ columns, indexes }, search.criteria, { place: view, messages })
  const gone = search.uids.filter((uid) => columns.indexOf(uid) < 0)
  return [...sorted.map((at) => columns.uid[at]!), ...gone]
}

function without(search: UpdatedSearch, lost: ReadonlySet<number>, view: View): string {
  if (lost.size === 0) return ''
  const text = removedText(search, lost, saidBy(search, view))
  search.uids = search.uids.filter((uid) => !lost.has(uid))
  return line(search, `REMOVEFROM (${text})`)
}

function saidBy({ byUid }: UpdatedSearch, { uids }: View) {
  return (uid: number) => (byUid ? uid : uids.numberOf(uid))
}

function line({ tag, where, byUid }: UpdatedSearch, data: string): string {
  return `* ESEARCH (TAG ${quotedTag(tag)}${where})${byUid ? ' UID' : ''} ${data}\r\n`
}
