// What mail that is carried in looks like, wherever it comes from.

export interface CarriedMessage {
  /** Where it was found, for the report. */
  readonly where: string
  /** Lines end with CRLF where the source is files; else as they are. */
  readonly bytes: Buffer
  /** "\Seen", "$Forwarded". */
  readonly flags: readonly string[]
  /** Milliseconds since 1970; undefined where the source does not say. */
  readonly receivedAt: number | undefined
}

/**
 * Asked once for each message: whether it is there already, so that it need not be fetched. `head`
 * is its beginning, or as much as tells what it is; `size` that of the whole, in bytes.
 */
export type Seen = (head: Buffer, size: number) => boolean

/** What could not be taken, and why. */
export interface Skipped {
  readonly where: string
  readonly why: string
}

export interface CarriedMailbox {
  /** Its levels with "/" between them. */
  readonly name: string
  /** "sent", "trash" … where the source says what it is for, or "". */
  readonly role: string
  /** All but what was seen. */
  messages(seen: Seen): AsyncIterable<CarriedMessage | Skipped>
}

/** One mailbox after the other. @throws Error in a person's words when it cannot be read. */
export type Source = AsyncIterable<CarriedMailbox>
