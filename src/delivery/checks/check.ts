// The port of everybody who may object to a message that is wholly received and not yet filed, or
// change it. A check knows one message at a time, and neither the closet it came by nor the store.
import type { Reply } from '../../base/reply.ts'
import type { Address } from '../../message/address.ts'
import type { Origin } from '../../trust/verdict.ts'
import type { Findings } from '../arrived.ts'
import type { Letter, LetterWriter } from '../letter.ts'
import type { Client, Envelope, Recipient } from '../types.ts'

/** Whence a message comes: another server, one of ours who logged in, or the gateway. */
export type Direction = 'in' | 'out' | 'gateway'

/** A message to be looked at, as the checks before this one left it. */
export interface Subject {
  readonly envelope: Envelope
  readonly direction: Direction
  readonly letter: Letter
  /** What the checks before this one found. */
  readonly findings: Findings | undefined
  /** Where another text goes that takes this one's place; it is bounded as any message is. */
  rewrite(sizeMaxBytes: number): LetterWriter
  /** A further recipient; undefined for an address that nothing can be delivered to. */
  recipient(address: Address): Promise<Recipient | undefined>
}

export type Opinion =
  /** It goes on, changed in what is given here. */
  | {
      readonly is: 'taken'
      /** For the trace, in a few words. */
      readonly said: string
      readonly letter?: Letter
      /** null is the null reverse path. */
      readonly from?: Address | null
      readonly recipients?: readonly Recipient[]
      /** Whole header fields with their CRLF, put before the text. */
      readonly fields?: string
      /** It is kept apart instead of being delivered. */
      readonly quarantine?: boolean
      /** Where it comes from, as far as that is proved. */
      readonly origin?: Origin
      /** Why it belongs into Junk, in plain words. */
      readonly junk?: string
    }
  | { readonly is: 'refused'; readonly said: string; readonly reply?: Reply }
  | { readonly is: 'deferred'; readonly said: string; readonly reply?: Reply }
  /** The client hears that it was taken, and nobody gets it. */
  | { readonly is: 'discarded'; readonly said: string }

export interface Check {
  /** For trace and log. */
  readonly name: string
  /** Undefined, and at once, for a message that is not this check's business. */
  look(subject: Subject): Promise<Opinion> | undefined
}

/** Where a client's mail comes from; what LMTP hands in, another server has taken. */
export function directionOf({ protocol, login }: Client): Direction {
  if (protocol.startsWith('gateway')) return 'gateway'
  return login !== '' || protocol === 'submission' ? 'out' : 'in'
}

const textMaxLength = 400

/** Words of others in one line of printable ASCII, fit for a reply, a trace and a log. */
export function plainWords(text: string): string {
  return text
    .replace(/[\r\n\t ]+/g, ' ')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, textMaxLength)
    .trim()
}
