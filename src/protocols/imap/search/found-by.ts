// Looks for messages as a session has them: with its numbers, its names of flags, its "$".
import type { Messages } from '../../../mailbox/messages.ts'
import type { Search } from '../../../mailbox/search/search.ts'
import type { User } from '../user.ts'
import type { View } from '../view.ts'
import type { SearchKey } from './search-keys.ts'
import { type Result, searchMailbox } from './search-mailbox.ts'

export interface Searched {
  readonly user: User
  readonly view: View
}

export interface SearchSources {
  readonly messages: Messages
  readonly search: Search
}

/** Messages of the view, or only those of `among`, that meet a key. @throws Syntax */
export async function foundBy(
  { view }: Searched,
  key: SearchKey,
  { messages, search }: SearchSources,
  among?: ReadonlySet<number>,
): Promise<Result> {
  if (asksKeyword(key)) view.names = await messages.flagNames(view.account)
  return searchMailbox(view, key, {
    messages,
    search,
    names: view.names,
    resolve: (set, byUid) => view.present(set, byUid),
    isRecent: (uid) => view.recent.numberOf(uid) > 0,
    knows: (uid) => (among?.has(uid) ?? true) && view.uids.numberOf(uid) !== 0,
    now: Date.now,
  })
}

function asksKeyword(key: SearchKey): boolean {
  if (key.is === 'not') return asksKeyword(key.key)
  if (key.is === 'and' || key.is === 'or') return key.keys.some(asksKeyword)
  return key.is === 'flag' && !key.name.startsWith('\\')
}

/** Whether a key has sequence numbers in it. */
export function asksNumbers(key: SearchKey): boolean {
  if (key.is === 'not') return asksNumbers(key.key)
  if (key.is === 'and' || key.is === 'or') return key.keys.some(asksNumbers)
  return key.is === 'set' && !key.byUid && key.set !== '$'
}
