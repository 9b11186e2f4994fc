// What a script is run against, and what comes of it: the words between this room and its users.
import type { LetterView } from './letter-view.ts'

/** Everything that a script may ask about. */
export interface World {
  readonly letter: LetterView
  readonly envelope: {
    /** "" is the null reverse path. */
    readonly from: string
    readonly to: string
  }
  /** Milliseconds since 1970. */
  readonly now: number
  /** Minutes east of Greenwich, for dates whose zone nobody names. */
  readonly zone: number
  /** Names of mailboxes that there are; asked only of scripts that require "mailbox". */
  readonly mailboxes: ReadonlySet<string>
  /** RFC 5183 §4.1 items by name. */
  readonly environment: ReadonlyMap<string, string>
}

interface By {
  /** The rule's name, from the comment above it; "" for none. */
  readonly rule: string
  readonly line: number
}

export type Action = By &
  (
    | { readonly is: 'keep'; readonly flags: readonly string[] }
    | {
        readonly is: 'fileinto'
        readonly mailbox: string
        readonly flags: readonly string[]
        readonly create: boolean
        /** "\Junk", or "" where none was named. */
        readonly specialUse: string
      }
    | { readonly is: 'redirect'; readonly address: string }
    | { readonly is: 'reject'; readonly reason: string }
    | { readonly is: 'discard' }
  )

export interface Ran {
  /** What is to be done, the implicit keep among it; never empty. */
  readonly actions: readonly Action[]
  /** Why the run ended before its time; `actions` is then one keep. */
  readonly failure: string
}

/** A run that cannot go on; what it says is for the owner of the script. */
export class RunFailed extends Error {}
