// A change as the log keeps it and as it is told after the commit. Knows how rows are written, and
// what keeps verbs apart; who asks what changed finds it in change-log.ts.
import { Refused } from '../base/refused.ts'
import { one, run, sql, type Work } from '../store/sql.ts'
import { type UidRange, uidText } from './uid-set.ts'

/**
 * - 'added', 'removed': messages came into a mailbox, or left it
 * - 'flags': their flags changed; 'deleted': and \Deleted was among these
 * - 'purged': emails that cannot be put back any more; of no mailbox
 * - 'mailbox', 'mailbox-removed': the mailbox itself was made or changed, or is gone
 */
export type ChangeKind =
  | 'added'
  | 'removed'
  | 'flags'
  | 'deleted'
  | 'purged'
  | 'mailbox'
  | 'mailbox-removed'

/** Word of a change: what it was is to be asked of the change log, by the modseq seen before. */
export interface Change {
  readonly account: string
  readonly modseq: number
  readonly mailbox: string
  readonly kind: ChangeKind
}

/** How many messages one change tells of, at most. */
export const changeMax = 100

/** A message as the log remembers it when it is gone. */
export interface Gone {
  readonly email: string
  readonly thread: number
  /** The modseq since which it was seen. */
  readonly created: number
}

interface Told extends Change {
  readonly uids: readonly UidRange[]
  readonly gone?: readonly Gone[]
  /** Milliseconds since 1970. */
  readonly at: number
}

export function* addChange(change: Told): Work<void> {
  const { account, modseq, mailbox, kind, uids, gone = [], at } = change
  yield* run(sql`
    insert into changes (account, modseq, mailbox, kind, uids, gone, at)
    values (${account}, ${modseq}, ${mailbox}, ${kind}, ${uidText(uids)}, ${goneText(gone)}, ${at})`)
}

/** Rows of one statement. */
const rowsAtOnce = [50, 10, 1]

/** Changes that follow one another, without what is gone. */
export function* addChanges(changes: readonly Omit<Told, 'gone'>[]): Work<void> {
  for (let from = 0; from < changes.length; ) {
    const width = rowsAtOnce.find((each) => each <= changes.length - from) ?? 1
    const part = changes.slice(from, from + width)
    from += width
    const rows = part.map(() => "(?, ?, ?, ?, ?, '', ?)").join(', ')
    const values = part.flatMap(({ account, modseq, mailbox, kind, uids, at }) => [
      ...[account, modseq, mailbox, kind, uidText(uids), at],
    ])
    const text = `insert into changes (account, modseq, mailbox, kind, uids, gone, at) values ${rows}`
    yield* run({ text, values })
  }
}

/** Notes a change of mailboxes, each step with a modseq of its own. */
export function* changed(
  order: { readonly account: string; readonly at: number },
  mailbox: string,
  kind: ChangeKind,
): Work<Change> {
  const { account, at } = order
  const row = yield* one<{ modseq: number }>(sql`
    update mail_accounts set modseq = modseq + 1 where account = ${account} returning modseq`)
  const change = { account, modseq: row?.modseq ?? 0, mailbox, kind }
  yield* run(sql`
    update mailboxes set changed = ${change.modseq}
    where account = ${account} and id = ${mailbox}`)
  yield* addChange({ ...change, uids: [], at })
  return change
}

function goneText(gone: readonly Gone[]): string {
  return gone.map((g) => `${g.email} ${g.thread} ${g.created}`).join('\n')
}

export function goneOf(text: string): Gone[] {
  if (text === '') return []
  return text.split('\n').map((line) => {
    const [email = '', thread = '', created = ''] = line.split(' ')
    return { email, thread: Number(thread), created: Number(created) }
  })
}

/**
 * Locks the account's row, so that no other verb works on the account before this one is
 * committed; its modseq. @throws Refused 'not-found'
 */
export function* lockAccount(account: string): Work<number> {
  const row = yield* one<{ modseq: number }>(sql`
    update mail_accounts set modseq = modseq where account = ${account} returning modseq`)
  if (!row) throw new Refused('not-found', `account ${account}`)
  return row.modseq
}

/** What a verb adds to the counts of a mailbox. */
export interface Counts {
  messages: number
  unseen: number
  unread: number
  deleted: number
  bytes: number
}

export function noCounts(): Counts {
  return { messages: 0, unseen: 0, unread: 0, deleted: 0, bytes: 0 }
}

export function* countMailbox(
  account: string,
  mailbox: string,
  modseq: number,
  counts: Counts,
): Work<void> {
  yield* run(sql`
    update mailboxes set modseq = ${modseq}, messages = messages + ${counts.messages},
      unseen = unseen + ${counts.unseen}, unread = unread + ${counts.unread},
      deleted = deleted + ${counts.deleted}, bytes = bytes + ${counts.bytes}
    where account = ${account} and id = ${mailbox}`)
}

export function* countAccount(
  account: string,
  modseq: number,
  counts: Pick<Counts, 'messages' | 'bytes'>,
): Work<void> {
  yield* run(sql`
    update mail_accounts set modseq = ${modseq}, messages = messages + ${counts.messages},
      bytes = bytes + ${counts.bytes}
    where account = ${account}`)
}
