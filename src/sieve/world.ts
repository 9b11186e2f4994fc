// What a script is run against, and what comes of it: the words between this room and its users.
import type { Script } from './compile.ts'
import type { LetterView } from './letter-view.ts'
import type { Mailto } from './mailto.ts'

/** Everything that a script may ask about. */
export interface World {
  /** Of this run alone, since a script may edit it. */
  readonly letter: LetterView
  readonly envelope: {
    /** "" is the null reverse path. */
    readonly from: string
    readonly to: string
    /** The login of who sent it, or "". */
    readonly auth?: string
  }
  /** Milliseconds since 1970. */
  readonly now: number
  /** Minutes east of Greenwich, for dates whose zone nobody names. */
  readonly zone: number
  /** Names of mailboxes that there are; asked only of scripts that require "mailbox". */
  readonly mailboxes: ReadonlySet<string>
  /** RFC 9042: their ids; asked only of scripts that require "mailboxid". */
  readonly mailboxIds?: ReadonlySet<string>
  /** RFC 8579: by use, "\junk", the names of mailboxes that have it. */
  readonly specialUses?: ReadonlyMap<string, readonly string[]>
  /** RFC 5183 §4.1 items by name. */
  readonly environment: ReadonlyMap<string, string>
  /** RFC 6609: another script. */
  readonly include?: (where: 'personal' | 'global', name: string) => Script | undefined
  /** RFC 7352: whether a mark was left before; undefined where that is not known yet. */
  readonly seen?: (mark: string) => boolean | undefined
  /** How much like spam it is, from 0 to 100; undefined where nobody judged it. */
  readonly spamPercent?: number | undefined
}

interface By {
  /** The rule's name, from the comment above it; "" for none. */
  readonly rule: string
  readonly line: number
}

/** Where a copy is put, by what there is of it. */
export interface Target {
  readonly mailbox: string
  readonly flags: readonly string[]
  readonly create: boolean
  /** "\Junk", or "" where none was named. */
  readonly specialUse: string
  /** RFC 9042, or "". */
  readonly mailboxId: string
}

/** What goes on of the message itself. */
interface Passing {
  /** The header it had then, with its empty line, where the script had edited it. */
  readonly header?: Buffer | undefined
}

export interface Vacation {
  /** 0 answers every message. */
  readonly seconds: number
  /** "" for the usual one. */
  readonly subject: string
  /** An address with or without a name, or "". */
  readonly from: string
  readonly addresses: readonly string[]
  /** Whether the reason is a MIME entity with its header. */
  readonly mime: boolean
  readonly reason: string
  /** What tells this answer from others of the account. */
  readonly handle: string
  readonly fcc: Target | undefined
}

export interface Notice {
  readonly mailto: Mailto
  readonly from: string
  /** "1" is urgent, "3" is not. */
  readonly importance: '1' | '2' | '3'
  /** "" for the usual one. */
  readonly message: string
  readonly fcc: Target | undefined
}

export type Action = By &
  (
    | ({ readonly is: 'keep'; readonly flags: readonly string[] } & Passing)
    | ({ readonly is: 'fileinto' } & Target & Passing)
    | ({ readonly is: 'redirect'; readonly address: string } & Passing)
    | { readonly is: 'reject'; readonly reason: string }
    | { readonly is: 'discard' }
    | ({ readonly is: 'vacation' } & Vacation)
    | ({ readonly is: 'notify' } & Notice)
  )

/** RFC 7352: what is to be remembered once the message is filed. */
export interface Mark {
  readonly mark: string
  readonly seconds: number
}

export interface Ran {
  /** What is to be done, the implicit keep among it; never empty. */
  readonly actions: readonly Action[]
  /** Why the run ended before its time; `actions` is then one keep. */
  readonly failure: string
  readonly marks: readonly Mark[]
  /** A mark that must be known first: the run is to be begun again with it. */
  readonly asks: string | undefined
}

/** A run that cannot go on; what it says is for the owner of the script. */
export class RunFailed extends Error {}

/** A run that needs an answer first. */
export class Unanswered extends Error {
  readonly mark: string

  constructor(mark: string) {
    super('a mark must be looked up')
    this.mark = mark
  }
}
