// What an accepted message owes to recipients elsewhere where nothing leaves the house: one row for
// each of them; and the end of all that a message owes.
import { release } from '../store/blob-rows.ts'
import { all, reading, run, sql, type Work } from '../store/sql.ts'
import { blobOf, type QueuedRow } from './row.ts'

export interface Debt {
  /** The envelope's id. */
  readonly message: string
  /** The reverse path, "" for the null one. */
  readonly sender: string
  readonly recipients: readonly Owed[]
  /** What the sender asked for, for all recipients; plain data. */
  readonly asked: object
  /** "sink": it stays in the house, and is done with its acceptance. */
  readonly transport: 'sink'
  /** Milliseconds since 1970. */
  readonly at: number
}

/** One recipient, with what was asked for it alone (RFC 3461 §4.1, §4.2). */
export interface Owed {
  readonly address: string
  readonly notify?: readonly string[]
  readonly originalRecipient?: string
}

/** To be composed into the job that files the message. */
export function* owe(debt: Debt): Work<void> {
  for (const [n, { address, ...own }] of debt.recipients.entries()) {
    const asked = JSON.stringify({ ...debt.asked, ...own })
    yield* run(sql`
      insert into owed (message, n, sender, recipient, transport, state, at, asked)
      values (${debt.message}, ${n}, ${debt.sender}, ${address}, ${debt.transport}, 'done',
        ${debt.at}, ${asked})`)
  }
}

/** Takes back what `owe` wrote for a message. */
export function* cancel(message: string): Work<void> {
  yield* run(sql`delete from owed where message = ${message}`)
  const rows = yield* all<QueuedRow>(sql`delete from queued where message = ${message} returning *`)
  for (const row of rows) yield* release(blobOf(row))
}

export interface OwedRow {
  readonly message: string
  readonly n: number
  readonly sender: string
  readonly recipient: string
  readonly transport: 'sink'
  readonly state: 'done'
  readonly at: number
  /** JSON: what the sender asked for, for all recipients and for this one. */
  readonly asked: string
}

/** Newest message first. */
export const listOwed = reading('queue.list', function* (limit: number) {
  return yield* all<OwedRow>(sql`
    select message, n, sender, recipient, transport, state, at, asked from owed
    order by message desc, n limit ${limit}`)
})
