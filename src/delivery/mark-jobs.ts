// What the scripts of accounts remember, in the database: digests, each up to its time. Knows not
// what they are of.
import { listed } from '../mailbox/uid-set.ts'
import { type AnyJob, all, one, reading, run, sql, type Work, writingByRow } from '../store/sql.ts'

export interface MarkUntil {
  readonly mark: string
  /** Milliseconds since 1970. */
  readonly until: number
}

interface At {
  readonly account: string
  readonly now: number
}

/** So many of one account; those that would be forgotten first go when there are more. */
const keptMax = 10_000
const forgottenAtOnce = 1_000

/** Those of them that were left and are not forgotten. */
export const findMarks = reading(
  'delivery.find-marks',
  function* ({ account, marks, now }: At & { marks: readonly string[] }) {
    const list = listed(marks)
    const rows = yield* all<{ mark: string }>({
      text: `select mark from sieve_marks where account = ? and until > ? and mark in ${list.text}`,
      values: [account, now, ...list.values],
    })
    return rows.map(({ mark }) => mark)
  },
)

/** Leaves marks, or has them last longer. */
export const leaveMarks = writingByRow(
  'delivery.leave-marks',
  function* ({ account, marks }: At & { marks: readonly MarkUntil[] }) {
    for (const { mark, until } of marks)
      yield* run(sql`
        insert into sieve_marks (account, mark, until) values (${account}, ${mark}, ${until})
        on conflict (account, mark) do update set until = excluded.until`)
    yield* bound(account)
  },
)

/** Leaves a mark where there is none: of several that try at once, one does. */
export const claimMark = writingByRow(
  'delivery.claim-mark',
  function* ({ account, mark, until, now }: At & MarkUntil): Work<boolean> {
    const row = yield* one(sql`
      insert into sieve_marks (account, mark, until) values (${account}, ${mark}, ${until})
      on conflict (account, mark) do update set until = excluded.until
        where sieve_marks.until <= ${now}
      returning mark`)
    if (row) yield* bound(account)
    return row !== undefined
  },
)

function* bound(account: string): Work<void> {
  const counted = yield* one<{ n: number }>(sql`
    select count(*) as n from sieve_marks where account = ${account}`)
  const over = Number(counted?.n ?? 0) - keptMax
  if (over <= 0) return
  yield* run(sql`
    delete from sieve_marks where account = ${account} and mark in (
      select mark from sieve_marks where account = ${account} order by until limit ${over})`)
}

/** Takes a mark back. */
export const dropMark = writingByRow(
  'delivery.drop-mark',
  function* ({ account, mark }: { account: string; mark: string }) {
    yield* run(sql`delete from sieve_marks where account = ${account} and mark = ${mark}`)
  },
)

/** Forgets those whose time is over; whether there may be more. */
export const forgetMarks = writingByRow('delivery.forget-marks', function* (now: number) {
  const gone = yield* all<{ account: string; mark: string }>(sql`
    select account, mark from sieve_marks where until <= ${now} limit ${forgottenAtOnce}`)
  for (const { account, mark } of gone)
    yield* run(sql`
      delete from sieve_marks
      where account = ${account} and mark = ${mark} and until <= ${now}`)
  return gone.length === forgottenAtOnce
})

/** All of an account's. */
export function* dropMarks(account: string): Work<void> {
  yield* run(sql`delete from sieve_marks where account = ${account}`)
}

export const markJobs: readonly AnyJob[] = [
  ...[findMarks, leaveMarks, claimMark, dropMark, forgetMarks],
]
