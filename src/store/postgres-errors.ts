// What PostgreSQL's errors mean to us.
// https://www.postgresql.org/docs/current/errcodes-appendix.html
import { DatabaseError } from 'pg'
import { Refused } from '../base/refused.ts'

/** The connection is gone: whatever was in a transaction on it was rolled back. */
export class ConnectionLost extends Error {
  constructor(cause: unknown) {
    super(`the connection to PostgreSQL was lost: ${textOf(cause)}`, { cause })
    this.name = 'ConnectionLost'
  }
}

/**
 * - 'again': others were in the way; the same work may well succeed when it is done anew.
 * - 'lost': the connection, or the server behind it, is gone.
 * - 'failed': disk, memory or the server; nothing of the transaction may be kept.
 * - 'aborted': an earlier statement of the same transaction had failed.
 * - 'job': the work's own fault, a constraint for instance.
 */
export type Failing = 'again' | 'lost' | 'failed' | 'aborted' | 'job'

const again = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available: our own lock_timeout, which ends a deadlock sooner
])
const lost = new Set([
  '25006', // read_only_sql_transaction: the server has become a standby
  '57P01',
  '57P02',
  '57P03', // admin_shutdown, crash_shutdown, cannot_connect_now
  '53300', // too_many_connections
])

export function failing(error: unknown): Failing {
  if (error instanceof ConnectionLost) return 'lost'
  if (!(error instanceof DatabaseError) || !error.code) return 'job'
  const { code, severity } = error
  if (again.has(code)) return 'again'
  if (code === '25P02') return 'aborted'
  if (lost.has(code) || code.startsWith('08') || severity === 'FATAL' || severity === 'PANIC')
    return 'lost'
  // 0A000 by that routine: another process changed the schema under a prepared statement.
  if (code === '0A000' && error.routine === 'RevalidateCachedQuery') return 'lost'
  return /^(53|54|57|58|F0|XX)/.test(code) ? 'failed' : 'job'
}

/** The error as it leaves the store: `Refused` where the server failed, else itself. */
export function judged(error: unknown): Error {
  switch (failing(error)) {
    case 'lost':
      return new Refused('unavailable', textOf(error))
    case 'again':
      return new Refused('busy', `PostgreSQL: ${textOf(error)}`)
    case 'failed':
    case 'aborted':
      return new Refused(diskFull(error) ? 'no-space' : 'storage-failed', textOf(error))
    case 'job':
      return error instanceof Error ? error : new Error(textOf(error))
  }
}

function diskFull(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '53100'
}

function textOf(error: unknown): string {
  if (error instanceof DatabaseError) return `PostgreSQL ${error.code}: ${error.message}`
  if (error instanceof AggregateError) return error.errors.map(textOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
