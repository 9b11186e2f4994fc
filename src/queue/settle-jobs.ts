// Jobs that write what came of attempts.
import { Refused } from '../base/refused.ts'
import { release } from '../store/blob-rows.ts'
import { all, reading, run, sql, type Work, writingByRow } from '../store/sql.ts'
import { type AttemptFacts, blobOf, type QueuedRow } from './row.ts'

/** A row after an attempt, or after it was put off without one. */
export interface Settled {
  /** As it was claimed; its owner must still have it. */
  readonly row: QueuedRow
  /** JSON: the recipients that are still owed; "" when none is. */
  readonly recipients: string
  readonly due: number
  readonly tried: number
  readonly waited: number
  readonly warned: number
  readonly last: string
  /** null where nobody was asked. */
  readonly attempt: { readonly id: string; readonly facts: AttemptFacts } | null
}

/** @throws Refused 'not-found' when the lease was lost: somebody else has the row */
export function* settleRow(settled: Settled): Work<void> {
  const { row, recipients, due, tried, waited, warned, last, attempt } = settled
  const { id, owner } = row
  const done = recipients === ''
  const found = done
    ? yield* all(sql`delete from queued where id = ${id} and owner = ${owner} returning id`)
    : yield* all(sql`
        update queued set owner = '', lost = 0, recipients = ${recipients}, due = ${due},
          tried = ${tried}, waited = ${waited}, warned = ${warned}, last = ${last}
        where id = ${id} and owner = ${owner} returning id`)
  if (found.length === 0) throw new Refused('not-found', `the lease of ${id}`)
  if (done) yield* release(blobOf(row))
  if (attempt) yield* keepAttempt(row.message, attempt)
}

function* keepAttempt(message: string, { id, facts }: { id: string; facts: AttemptFacts }) {
  const text = JSON.stringify(facts)
  yield* run(sql`insert into attempts (message, id, facts) values (${message}, ${id}, ${text})`)
}

/** The ids of those whose leases were lost: nothing is written of them but the attempt. */
export const settle = writingByRow('queue.settle', function* (list: readonly Settled[]) {
  const lost: string[] = []
  for (const settled of list) {
    try {
      yield* settleRow(settled)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      lost.push(settled.row.id)
      // Whatever was said was said.
      if (settled.attempt) yield* keepAttempt(settled.row.message, settled.attempt)
    }
  }
  return lost
})

export interface AttemptRow {
  readonly message: string
  readonly id: string
  readonly facts: string
}

/** Of each of these messages, in the order of the attempts. */
export const attemptsOf = reading('queue.attempts', function* (messages: readonly string[]) {
  const found: AttemptRow[] = []
  for (const message of messages)
    found.push(
      ...(yield* all<AttemptRow>(sql`
        select message, id, facts from attempts where message = ${message} order by id limit 500`)),
    )
  return found
})
