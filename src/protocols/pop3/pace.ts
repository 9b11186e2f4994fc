// Keeps long answers at the pace of the client that reads them. Knows no command.
import type { Connection } from '../../wire/connection.ts'
import { Gone } from '../../wire/inbox.ts'

/** Waits while much is still to be sent, but no longer than `timeoutMs`. @throws Gone */
export async function drained(connection: Connection, timeoutMs: number): Promise<void> {
  if (!connection.full) return
  connection.deadline(performance.now() + timeoutMs)
  await connection.flush()
  connection.deadline(Number.POSITIVE_INFINITY)
  if (connection.lost) throw new Gone()
}
