// Tells of new messages what the client wants to know of each: RFC 5465 §5.2, §7.
import type { Messages } from '../../../mailbox/messages.ts'
import { rangesOf } from '../../../mailbox/uid-set.ts'
import type { Connection } from '../../../wire/connection.ts'
import { fetchAnswers } from '../fetch/fetch.ts'
import { type FetchItem, merged } from '../fetch/fetch-items.ts'
import { UnknownEncoding } from '../fetch/message-answers.ts'
import type { SearchUpdates } from '../search/search-updates.ts'
import type { User } from '../user.ts'
import type { View } from '../view.ts'

export interface NewMessages {
  readonly view: View
  readonly user: User
  readonly uids: readonly number[]
  /** Of each. */
  readonly items: readonly FetchItem[]
  /** Of those that a search finds, what it asks for as well. */
  readonly newlyFound: SearchUpdates['newlyFound']
}

const togetherMax = 100

/** What is told of a message is told in one response. */
export async function sayNew(
  { view, user, uids, items, newlyFound }: NewMessages,
  messages: Messages,
  connection: Connection,
): Promise<void> {
  const asked = groups(uids, (uid) => [
    ...items,
    ...(newlyFound.get(uid) ?? []).flatMap((search) => search.items),
  ])
  if (asked.length === 0) return
  view.names = await messages.flagNames(view.account)
  const flagNames = (flags: number, more: number) => view.names.of(flags, more)
  const told = { modseqs: user.has('CONDSTORE'), uidOnly: user.has('UIDONLY') }
  for (const group of asked) {
    const fetching = { place: view, uids: rangesOf(group.uids), items: group.items, ...told }
    // It goes out whole: between two parts something else may be said.
    const parts: Buffer[] = []
    try {
      const ports = { messages, numbers: view.uids, flagNames }
      for await (const chunk of fetchAnswers(fetching, ports)) parts.push(chunk)
    } catch (error) {
      if (!(error instanceof UnknownEncoding)) throw error
    }
    connection.say(Buffer.concat(parts))
    if (connection.full) await connection.flush()
  }
}

interface Group {
  readonly uids: number[]
  readonly items: readonly FetchItem[]
}

/** Neighbours of which the same is wanted, together; without those of which nothing is. */
function groups(uids: readonly number[], itemsOf: (uid: number) => readonly FetchItem[]): Group[] {
  const found: Group[] = []
  for (const uid of uids) {
    const items = merged(itemsOf(uid))
    if (items.length === 0) continue
    const last = found.at(-1)
    if (last && last.uids.length < togetherMax && isSame(last.items, items)) last.uids.push(uid)
    else found.push({ uids: [uid], items })
  }
  return found
}

function isSame(a: readonly FetchItem[], b: readonly FetchItem[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at])
}
