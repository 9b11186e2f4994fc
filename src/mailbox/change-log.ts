// What changed in one mailbox since a modseq, as IMAP asks it (RFC 7162); and how the log forgets.
// States before the log's horizon cannot be told.
import { all, columns, one, reading, run, sql, type Work, writingByRow } from '../store/sql.ts'
import type { ChangeKind } from './change.ts'
import { countOf, mergedRanges, overSlice, slicesOf, type UidRange, uidRanges } from './uid-set.ts'

export interface LogRow {
  readonly modseq: number
  readonly mailbox: string
  readonly kind: ChangeKind
  readonly uids: string
  readonly gone: string
}

/** uid, flags, more, modseq */
export type FlagRow = readonly [uid: number, flags: number, more: number, modseq: number]

export interface MailboxSince {
  /** HIGHESTMODSEQ: what was asked for next time is what changed since this. */
  readonly modseq: number
  readonly uidNext: number
  /** Messages that are new or whose flags changed, by UID. */
  readonly changed: readonly FlagRow[]
  /** UIDs that left the mailbox; null when the log does not reach back that far. */
  readonly vanished: readonly UidRange[] | null
}

/** More messages than this are sooner found by looking at all. */
const lookedUpMax = 2_000

/** What changed in one mailbox; undefined when it is gone. */
export const sinceInMailbox = reading(
  'mailbox.since',
  function* (args: { account: string; mailbox: string; modseq: number }) {
    const { account, mailbox, modseq } = args
    const box = yield* one<{ modseq: number; uid_next: number }>(sql`
      select modseq, uid_next from mailboxes where account = ${account} and id = ${mailbox}`)
    if (!box) return undefined
    const now = { modseq: box.modseq, uidNext: box.uid_next }
    if (box.modseq <= modseq) return { ...now, changed: [], vanished: [] }
    const { horizon } = yield* accountState(account)
    if (modseq < horizon)
      return { ...now, changed: yield* changedRows(args, undefined), vanished: null }
    const log = yield* all<LogRow>(sql`
      select modseq, mailbox, kind, uids, gone from changes
      where account = ${account} and modseq > ${modseq} and mailbox = ${mailbox}
      order by modseq`)
    const of = (removed: boolean) =>
      mergedRanges(
        log
          .filter(({ kind }) => (kind === 'removed') === removed)
          .flatMap(({ uids }) => uidRanges(uids)),
      )
    return { ...now, changed: yield* changedRows(args, of(false)), vanished: of(true) }
  },
)

function* changedRows(
  args: { account: string; mailbox: string; modseq: number },
  among: readonly UidRange[] | undefined,
): Work<readonly FlagRow[]> {
  const { account, mailbox, modseq } = args
  const whole = among === undefined || countOf(among) > lookedUpMax
  if (whole)
    return yield* columns<FlagRow>(sql`
      select uid, flags, more, modseq from messages
      where account = ${account} and mailbox = ${mailbox} and modseq > ${modseq} order by uid`)
  const found: FlagRow[] = []
  for (const slice of slicesOf(among)) {
    const head = sql`
      select uid, flags, more, modseq from messages
      where account = ${account} and mailbox = ${mailbox} and modseq > ${modseq} and`
    found.push(...(yield* columns<FlagRow>(overSlice(head, slice, sql`order by uid`))))
  }
  return found
}

interface AccountState {
  readonly modseq: number
  readonly horizon: number
}

/** Of an account that is not there: nothing ever changed. */
export function* accountState(account: string): Work<AccountState> {
  const row = yield* one<AccountState>(sql`
    select modseq, horizon from mail_accounts where account = ${account}`)
  return row ?? { modseq: 0, horizon: 0 }
}

export interface PruneOrder {
  readonly account: string
  /** Changes before this time are forgotten, and all but the newest `keep`. */
  readonly before: number
  readonly keep: number
}

const prunedMax = 1_000

/** Forgets old changes, at most 1,000 at a time; how many. */
export const pruneChanges = writingByRow('mailbox.prune-changes', function* (order: PruneOrder) {
  const { account, before, keep } = order
  yield* run(sql`update mail_accounts set modseq = modseq where account = ${account}`)
  const kept = yield* one<{ modseq: number }>(sql`
    select modseq from changes where account = ${account}
    order by modseq desc limit 1 offset ${keep}`)
  const oldest = yield* all<{ modseq: number; at: number }>(sql`
    select modseq, at from changes where account = ${account} order by modseq limit ${prunedMax}`)
  const upTo = kept?.modseq ?? 0
  const fresh = oldest.findIndex(({ modseq, at }) => modseq > upTo && at >= before)
  const last = oldest[(fresh < 0 ? oldest.length : fresh) - 1]
  if (!last) return 0
  yield* run(sql`delete from changes where account = ${account} and modseq <= ${last.modseq}`)
  yield* run(sql`
    update mail_accounts set horizon = ${last.modseq} where account = ${account}`)
  return fresh < 0 ? oldest.length : fresh
})
