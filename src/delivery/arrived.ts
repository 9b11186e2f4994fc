// A message between its last byte and its filing, and what was found of it.
import type { Reply } from '../base/reply.ts'
import type { Settled } from '../queue/settle-jobs.ts'
import type { Origin } from '../trust/verdict.ts'
import type { Letter } from './letter.ts'
import type { Envelope, Step } from './types.ts'

/** A message whose bytes have all come. */
export interface Arrived {
  readonly envelope: Envelope
  readonly letter: Letter
  /** performance.now() when the last byte had come. */
  readonly at: number
  /** What became of it since; undefined where nobody looked. */
  readonly findings?: Findings
  /** What of the queue ends with its filing. */
  readonly settled?: Settled
}

/** What the checks found. */
export interface Findings {
  readonly steps: readonly Step[]
  /** Header fields to put before the text. */
  readonly fields: string
  readonly end: 'delivered' | 'quarantined' | 'discarded' | 'rejected'
  /** What its sender hears, where it is rejected and kept apart all the same. */
  readonly reply?: Reply
  /** Where it comes from, as far as that was proved; undefined where nobody asked. */
  readonly origin?: Origin
  /** Why it belongs into Junk, in plain words; undefined where it does not. */
  readonly junk?: string
}
