// The port through which protocols say what passed through them: who, when, from, to, what became
// of it. The real one, made in app, counts it and writes it to the access log.

/** Who was at the other end, as far as it was established. */
export interface Speaker {
  /** The session's id. */
  readonly session: string
  /** "smtp", "submission", "gateway", "imap" … */
  readonly protocol: string
  readonly address: string
  readonly port: number
  /** "TLSv1.3", or "" in clear. */
  readonly tls: string
  /** The word it greeted with, or ""; never to be trusted. */
  readonly hello: string
  /** The account that logged in, or "". */
  readonly account: string
}

export type Result = 'accepted' | 'rejected' | 'deferred' | 'aborted'

/** One recipient and what was said about it. */
export interface Addressee {
  readonly address: string
  readonly code: number
  readonly status: string
}

/** One message, or one attempt at it. */
export interface Transaction {
  readonly speaker: Speaker
  /** The message's id in trace and replies, or "" where none was made. */
  readonly id: string
  readonly from: string
  readonly to: readonly Addressee[]
  readonly messageId: string
  /** Bytes of its text that came. */
  readonly size: number
  readonly result: Result
  /** The last thing said about it; code 0 where the client left before. */
  readonly code: number
  readonly status: string
  /** From its beginning to that answer. */
  readonly ms: number
  /** Mailboxes it lies in now. */
  readonly delivered: number
}

/** One connection that carried no message: a login, a reader, a visitor. */
export interface Session {
  readonly speaker: Speaker
  /** "quit", "gone", "timed out", "stopping" */
  readonly end: string
  readonly ms: number
  readonly commands: number
  readonly refusals: number
  readonly bytesIn: number
  readonly bytesOut: number
}

export interface Access {
  transaction(transaction: Transaction): void
  session(session: Session): void
}

export const noAccess: Access = { transaction: () => {}, session: () => {} }

/** What an answer of this code means for a message. */
export function resultOf(code: number): Result {
  if (code === 0) return 'aborted'
  if (code < 400) return 'accepted'
  return code < 500 ? 'deferred' : 'rejected'
}
