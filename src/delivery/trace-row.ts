// A trace's row in the database, and what it means.
import type { BlobRef } from '../store/blobs.ts'
import type { Row } from '../store/sql.ts'
import type { Origin } from '../trust/verdict.ts'
import type { Client, RecipientTrace, Step, Trace } from './types.ts'

/** What is only ever read with the whole trace; kept as JSON. */
interface Facts {
  readonly client: Client
  readonly from: string
  readonly recipients: readonly RecipientTrace[]
  readonly subject: string
  readonly size: number
  readonly code: number
  readonly status: string
  readonly text: string
  readonly origin?: Origin
  /** The decoded text of a refused message, which has no blob to read it from. */
  readonly body?: string
}

export interface TraceRow extends Row {
  readonly id: string
  readonly at: number
  readonly accepted: number
  readonly board: string
  readonly position: number
  readonly message_id: string
  readonly blob_segment: number | null
  readonly blob_start: number | null
  readonly blob_size: number | null
  readonly facts: string
  readonly steps: string
}

/** The row's `position` is given when it is written. */
export function rowOf(trace: Trace, body = ''): TraceRow {
  const { client, from, recipients, subject, size, code, status, text, blob } = trace
  const facts: Facts = {
    ...{ client, from, recipients, subject, size, code, status, text, body },
    ...(trace.origin ? { origin: trace.origin } : {}),
  }
  return {
    id: trace.id,
    at: trace.at,
    accepted: trace.accepted ? 1 : 0,
    board: trace.board,
    position: 0,
    message_id: trace.messageId,
    blob_segment: blob?.segment ?? null,
    blob_start: blob?.offset ?? null,
    blob_size: blob?.size ?? null,
    facts: JSON.stringify(facts),
    steps: JSON.stringify(trace.steps),
  }
}

export function traceOf(row: TraceRow): Trace {
  const { body: _, ...facts } = JSON.parse(row.facts) as Facts
  return {
    id: row.id,
    at: row.at,
    ...facts,
    messageId: row.message_id,
    accepted: row.accepted !== 0,
    steps: JSON.parse(row.steps) as readonly Step[],
    blob: blobIn(row),
    board: row.board,
  }
}

export function bodyOf(row: TraceRow): string {
  return (JSON.parse(row.facts) as Facts).body ?? ''
}

export function blobIn(row: TraceRow): BlobRef | null {
  const { blob_segment: segment, blob_start: offset, blob_size: size } = row
  if (segment === null || offset === null || size === null) return null
  return { segment, offset, size }
}
