// The closed list of what Amplop may refuse, and the one error that says so. Knows no protocol:
// each closet maps every code to its own words, so a new code does not compile until all have it.

import type { Reply } from './reply.ts'

export const refusalCodes = [
  'bad-address', // not an address at all
  'unknown-user', // our domain, nobody of that name
  'relay-denied', // a foreign recipient, from one who may not send there
  'sender-denied', // this client may not use that sender
  'disabled', // the account exists and is switched off
  'over-quota', // the mailbox is full
  'too-big', // the message is larger than we take
  'too-many-recipients',
  'bad-message', // bytes that can be no message: bare CR or LF, NUL, no fields allowed
  'loop', // more trace fields than hops can be
  'not-found', // a mailbox, message, account or setting that is not there
  'exists', // it is there already
  'not-empty', // it has others below it
  'too-many', // a limit on how many an account may have
  'bad-value', // an argument outside its range
  'wrong-credentials',
  'needs-login',
  'needs-tls',
  'rate-limited',
  'busy', // a limit on connections or work in hand
  'no-space', // the disk is full
  'storage-failed', // the disk or the database failed
  'unavailable', // a neighbour we depend on did not answer
  'filter-refused', // a filter will not have this message; it may have words of its own
  'filter-deferred', // a filter cannot tell yet, or failed; it may have words of its own
] as const

export type RefusalCode = (typeof refusalCodes)[number]

/** What a refusal by a filter has besides. */
export interface RefusedBy {
  /** The filter, and what it said: for the trace. */
  readonly by: string
  /** Its own words for the client. */
  readonly reply?: Reply
  /** The message is kept apart all the same, with a trace of its own, as this id. */
  readonly kept?: string
}

/** Thrown to unwind when a request cannot be done. `detail` goes to the log, not to the client. */
export class Refused extends Error {
  readonly code: RefusalCode
  readonly filter: RefusedBy | undefined

  constructor(code: RefusalCode, detail = '', filter?: RefusedBy) {
    super(detail === '' ? code : `${code}: ${detail}`)
    this.name = 'Refused'
    this.code = code
    this.filter = filter
  }
}
