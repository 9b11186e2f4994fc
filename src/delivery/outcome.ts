// What is told after a commit, and to whom; always in the order of the commits.
import type { Change } from '../mailbox/change.ts'
import type { Mailboxes } from '../mailbox/mailboxes.ts'
import { InOrder } from './in-order.ts'
import type { Traces } from './traces.ts'
import type { Trace } from './types.ts'

export interface Outcome {
  readonly changes: readonly Change[]
  readonly trace: Trace
}

export type Outcomes = InOrder<Outcome>

export function outcomesFor(mailboxes: Mailboxes, traces: Traces): Outcomes {
  return new InOrder(({ changes, trace }) => {
    for (const change of changes) mailboxes.changes.publish(change)
    traces.tell(trace)
  })
}

/** Milliseconds since `began` (of performance.now()), one decimal. */
export function msSince(began: number, until = performance.now()): number {
  return Math.max(0, Math.round((until - began) * 10) / 10)
}
