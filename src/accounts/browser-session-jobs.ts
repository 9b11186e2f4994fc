// Jobs on the sessions of browsers: a session is found by the hash of its secret.
import { all, one, reading, run, sql, type Work, writing } from '../store/sql.ts'
import type { AccountRow } from './account-jobs.ts'

export interface SessionRow {
  readonly id: string
  readonly account: string
  /** SHA-256 in hex. */
  readonly hash: string
  readonly created_at: number
  readonly used_at: number
  /** The address it was opened from, and what the browser calls itself. */
  readonly client: string
  readonly agent: string
}

/** An account that had more loses the one it used longest ago. */
const sessionsMax = 50

export const addSession = writing('accounts.add-session', function* (row: SessionRow): Work<void> {
  const { id, account, hash, created_at, used_at, client, agent } = row
  yield* run(sql`
    insert into browser_sessions (id, account, hash, created_at, used_at, client, agent)
    values (${id}, ${account}, ${hash}, ${created_at}, ${used_at}, ${client}, ${agent})`)
  yield* run(sql`
    delete from browser_sessions where account = ${account} and id not in
      (select id from browser_sessions where account = ${account}
        order by used_at desc, id desc limit ${sessionsMax})`)
})

/** With its account, where that may log in. */
export const findSession = reading('accounts.find-session', function* (hash: string) {
  const session = yield* one<SessionRow>(sql`
    select id, account, hash, created_at, used_at, client, agent from browser_sessions
    where hash = ${hash}`)
  if (!session) return undefined
  const row = yield* one<AccountRow>(sql`
    select id, local, domain, name, '' as password, '' as scram, disabled, two_factor, admin,
      created_at
    from accounts where id = ${session.account} and disabled = 0`)
  return row && { session, row }
})

export const touchSession = writing(
  'accounts.touch-session',
  function* ({ id, at }: { id: string; at: number }): Work<void> {
    yield* run(sql`update browser_sessions set used_at = ${at} where id = ${id}`)
  },
)

export const listSessions = reading('accounts.sessions', function* (account: string) {
  return yield* all<SessionRow>(sql`
    select id, account, '' as hash, created_at, used_at, client, agent from browser_sessions
    where account = ${account} order by used_at desc, id`)
})

/** One of an account, or all but `except`; how many. */
export const removeSessions = writing(
  'accounts.remove-sessions',
  function* (args: { account: string; id?: string; except?: string }): Work<number> {
    const { account, id = '', except = '' } = args
    const gone = yield* all(sql`
      delete from browser_sessions where account = ${account}
        and (${id} = '' or id = ${id}) and id <> ${except} returning id`)
    return gone.length
  },
)
