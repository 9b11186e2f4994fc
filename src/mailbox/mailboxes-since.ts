// Mailboxes that changed in an account since a modseq, as JMAP asks it (RFC 8620 §5.2): themselves,
// their messages, or only how many of their threads have something unread elsewhere (RFC 8621 §2).
import { all, reading, sql, type Work } from '../store/sql.ts'
import { accountState } from './change-log.ts'
import { logSince, messagesOf, type Objects, type SinceOrder } from './objects-since.ts'

export interface MailboxObjects extends Objects {
  /** Of the updated ones only counts changed. */
  readonly onlyCounts: boolean
}

interface MailboxStates {
  readonly id: string
  readonly created: number
  readonly changed: number
  readonly modseq: number
}

/** Mailboxes of the account that changed; undefined when that cannot be calculated. */
export const mailboxesSince = reading(
  'mailbox.mailboxes-since',
  function* ({ account, modseq: since, max }: SinceOrder): Work<MailboxObjects | undefined> {
    const state = yield* accountState(account)
    if (since < state.horizon || since > state.modseq) return undefined
    const boxes = yield* all<MailboxStates>(sql`
      select id, created, changed, modseq from mailboxes where account = ${account}`)
    const removed = yield* all<{ id: string; modseq: number }>(sql`
      select mailbox as id, modseq from changes
      where account = ${account} and modseq > ${since} and kind = 'mailbox-removed'`)
    const touched = yield* touchedByThreads(account, since)
    const atOf = ({ id, changed, modseq }: MailboxStates) =>
      Math.max(changed, modseq, touched === 'all' ? state.modseq : (touched.get(id) ?? 0))
    const steps = [
      ...boxes
        .map((box) => ({ ...box, at: atOf(box), gone: false }))
        .filter(({ at }) => at > since),
      ...removed.map(({ id, modseq }) => ({ id, created: 0, changed: 0, at: modseq, gone: true })),
    ].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
    const told = steps.slice(0, cutOf(steps, max))
    if (told.length === 0 && steps.length > 0) return undefined
    const more = told.length < steps.length
    const updated = told.filter(({ gone, created }) => !gone && created <= since)
    return {
      created: told.filter(({ gone, created }) => !gone && created > since).map(({ id }) => id),
      updated: updated.map(({ id }) => id),
      destroyed: told.filter(({ gone }) => gone).map(({ id }) => id),
      modseq: more ? (told.at(-1)?.at ?? since) : state.modseq,
      more,
      onlyCounts: updated.every(({ changed }) => changed <= since),
    }
  },
)

/** How many may be told, none of those that changed at once without the others. */
function cutOf(steps: readonly { readonly at: number }[], max: number): number {
  let cut = Math.min(max, steps.length)
  while (cut > 0 && steps[cut - 1]?.at === steps[cut]?.at) cut--
  return cut
}

const threadsMax = 500
const slice = 50

/** Mailboxes in which threads are that changed anywhere, and when; many threads are all of them. */
function* touchedByThreads(account: string, since: number): Work<Map<string, number> | 'all'> {
  const log = yield* logSince(account, since)
  if (log.more) return 'all'
  const threads = new Map<number, number>()
  for (const row of log.rows) {
    if (row.kind === 'purged' || row.kind === 'mailbox' || row.kind === 'mailbox-removed') continue
    for (const { thread } of yield* messagesOf(account, row)) threads.set(thread, row.modseq)
    if (threads.size > threadsMax) return 'all'
  }
  const touched = new Map<string, number>()
  const numbers = [...threads.keys()]
  for (let from = 0; from < numbers.length; from += slice) {
    const part = numbers.slice(from, from + slice)
    const wanted = part.concat(Array(slice - part.length).fill(part.at(-1)))
    const text = `select distinct thread, mailbox from messages
      where account = ? and thread in (${wanted.map(() => '?').join(', ')})`
    const rows = yield* all<{ thread: number; mailbox: string }>({
      text,
      values: [account, ...wanted],
    })
    for (const { thread, mailbox } of rows) {
      const at = threads.get(thread) ?? 0
      touched.set(mailbox, Math.max(at, touched.get(mailbox) ?? 0))
    }
  }
  return touched
}
