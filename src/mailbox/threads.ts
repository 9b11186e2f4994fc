// Which thread a message belongs to. A thread is a number: the hash of the first Message-ID its
// messages name, so that whoever begins one leaves nothing to be looked up. It never changes for a
// message that is there: a later one that names two threads joins the nearer, and they stay two
// (RFC 8474 §5.2, RFC 8621 §3).
import { one, run, sql, type Value, type Work } from '../store/sql.ts'

/** Hashes of Message-IDs with the base subject. */
export interface ThreadKeys {
  /** Of the message itself; null where it has no Message-ID. */
  readonly own: number | null
  /** Of those it names as answered, the nearest first, the beginning of the thread last. */
  readonly answered: readonly number[]
}

/**
 * Finds the thread by its keys, the nearest first, or begins one; notes the keys that do not say it
 * themselves. `lone` is the thread of a message that names nobody, not even itself. To be called
 * once the account's row is locked.
 */
export function* joinThread(account: string, keys: ThreadKeys, lone: number): Work<number> {
  const { own, answered } = keys
  const missing: number[] = []
  let found: number | undefined
  for (const key of answered) {
    found = yield* threadOf(account, key)
    if (found !== undefined) break
    missing.push(key)
  }
  // Somebody may have answered it before it came.
  if (found === undefined && own !== null)
    found = answered.length === 0 ? yield* notedFor(account, own) : yield* threadOf(account, own)
  const thread = found ?? answered.at(-1) ?? own ?? lone
  if (own !== null) missing.push(own)
  const unlike = missing.filter((key) => key !== thread)
  if (unlike.length > 0) yield* note(account, unlike, thread)
  return thread
}

function* threadOf(account: string, key: number): Work<number | undefined> {
  const row = yield* one<{ thread: number }>(sql`
    select thread from thread_keys where account = ${account} and key = ${key}
    union all
    select thread from messages where account = ${account} and thread = ${key} limit 1`)
  return row?.thread
}

function* notedFor(account: string, key: number): Work<number | undefined> {
  const row = yield* one<{ thread: number }>(sql`
    select thread from thread_keys where account = ${account} and key = ${key}`)
  return row?.thread
}

/** In one statement; there are few of them. */
function* note(account: string, keys: readonly number[], thread: number): Work<void> {
  const values: Value[] = keys.flatMap((key) => [account, key, thread])
  const rows = keys.map(() => '(?, ?, ?)').join(', ')
  const text = `insert into thread_keys (account, key, thread) values ${rows}
    on conflict do nothing`
  yield* run({ text, values })
}

/** Forgets what was noted of a message that is gone, when its thread has no other. */
export function* leaveThread(account: string, thread: number, keys: ThreadKeys): Work<void> {
  const other = yield* one(sql`
    select uid from messages where account = ${account} and thread = ${thread} limit 1`)
  if (other) return
  for (const key of [keys.own, ...keys.answered])
    yield* run(sql`
      delete from thread_keys where account = ${account} and key = ${key} and thread = ${thread}`)
}
