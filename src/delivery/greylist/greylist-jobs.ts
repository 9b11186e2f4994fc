// Jobs on who has come before: keys of network, sender and recipient, and of networks alone.
import { one, reading, run, sql, writing, writingByRow } from '../../store/sql.ts'

interface Row {
  readonly first_at: number
  readonly last_at: number
  readonly passed: number
}

export interface Meeting {
  readonly key: string
  /** That of its network, which is known once enough of its mail has come again. */
  readonly network: string
  /** Milliseconds since 1970. */
  readonly now: number
  readonly delayMs: number
  /** So long it may take to come again. */
  readonly windowMs: number
  /** So long who has come again is known. */
  readonly keepMs: number
  /** Nobody new is written down. */
  readonly full: boolean
}

/** How long it has to wait; 0: it may come in. `isNew`: it was never seen. */
export interface Met {
  readonly waitMs: number
  readonly isNew: boolean
}

export const meet = writing('greylist.meet', function* (meeting: Meeting) {
  const { key, network, now, delayMs, windowMs, keepMs, full } = meeting
  const row = yield* one<Row>(
    sql`select first_at, last_at, passed from greylist where key = ${key}`,
  )
  const over = row && (row.passed > 0 ? now - row.last_at > keepMs : now - row.first_at > windowMs)
  if (!row || over) {
    if (full) return { waitMs: 0, isNew: true }
    yield* run(sql`
      insert into greylist (key, first_at, last_at, passed) values (${key}, ${now}, ${now}, 0)
      on conflict (key) do update set first_at = ${now}, last_at = ${now}, passed = 0`)
    return { waitMs: delayMs, isNew: true }
  }
  const waitMs = row.passed > 0 ? 0 : row.first_at + delayMs - now
  if (waitMs > 0) return { waitMs, isNew: false }
  yield* run(sql`
    update greylist set last_at = ${now}, passed = passed + 1 where key = ${key}`)
  if (row.passed === 0)
    yield* run(sql`
      insert into greylist (key, first_at, last_at, passed) values (${network}, ${now}, ${now}, 1)
      on conflict (key) do update set last_at = ${now}, passed = greylist.passed + 1`)
  const met: Met = { waitMs: 0, isNew: false }
  return met
})

/** How often something of it came again. */
export const passedBefore = reading(
  'greylist.passed',
  function* ({ key, after }: { key: string; after: number }) {
    const row = yield* one<Row>(sql`
      select first_at, last_at, passed from greylist where key = ${key} and last_at > ${after}`)
    return row?.passed ?? 0
  },
)

/** Whether one of these accounts, by address, has written to somebody. */
export const hasWritten = reading(
  'greylist.has-written',
  function* ({ accounts, sender }: { accounts: readonly string[]; sender: string }) {
    for (const account of accounts) {
      const row = yield* one<{ sent: number }>(sql`
        select sent from spam_senders where account = ${account} and sender = ${sender}`)
      if ((row?.sent ?? 0) > 0) return true
    }
    return false
  },
)

/** Forgets who did not come again, and who has not come for long; how many are left. */
export const forgetMet = writingByRow(
  'greylist.forget',
  function* ({ newBefore, knownBefore }: { newBefore: number; knownBefore: number }) {
    yield* run(sql`delete from greylist where passed = 0 and first_at < ${newBefore}`)
    yield* run(sql`delete from greylist where passed > 0 and last_at < ${knownBefore}`)
    return (yield* one<{ n: number }>(sql`select count(*) as n from greylist`))?.n ?? 0
  },
)

export const greylistJobs = [meet, passedBefore, hasWritten, forgetMet]
