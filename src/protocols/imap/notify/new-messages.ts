// Tells of new messages what the client wants to know of each: RFC 5465 §5.2.
import type { Messages } from '../../../mailbox/messages.ts'
import { rangesOf } from '../../../mailbox/uid-set.ts'
import type { Connection } from '../../../wire/connection.ts'
import { fetchAnswers } from '../fetch/fetch.ts'
import type { FetchItem } from '../fetch/fetch-items.ts'
import { UnknownEncoding } from '../fetch/message-answers.ts'
import type { User } from '../user.ts'
import type { View } from '../view.ts'

export interface NewMessages {
  readonly view: View
  readonly user: User
  readonly uids: readonly number[]
  readonly items: readonly FetchItem[]
}

const togetherMax = 100

/** A response at a time goes out whole: between two others may say something. */
export async function sayNew(
  { view, user, uids, items }: NewMessages,
  messages: Messages,
  connection: Connection,
): Promise<void> {
  if (uids.length === 0 || items.length === 0) return
  user.names = await messages.flagNames(user.account)
  const flagNames = (flags: number, more: number) => user.names.of(flags, more)
  const told = { modseqs: user.has('CONDSTORE'), uidOnly: user.has('UIDONLY') }
  for (let from = 0; from < uids.length; from += togetherMax) {
    const some = rangesOf(uids.slice(from, from + togetherMax))
    const fetching = { place: view, uids: some, items, ...told }
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
