// The port through which processes on one database tell each other that something was committed.

/**
 * Word between processes. It is a hint beside the tables and never all there is: it may come late,
 * twice or not at all, and whoever hears it reads what is committed.
 */
export interface Notifier {
  /** Whether other processes may write to the same database. */
  readonly others: boolean
  /**
   * Tells the other processes, soon; never this one. To be called after the commit. `channel` is a
   * word, `payload` has no newline and at most 1,000 bytes.
   */
  publish(channel: string, payload: string): void
  /**
   * Hears what other processes publish until the returned function is called; undefined when words
   * may have been missed, and all that was known from them is to be read again.
   */
  listen(channel: string, hear: (payload: string | undefined) => void): () => void
}

/** For a database that only one process uses. */
export const alone: Notifier = {
  others: false,
  publish: () => {},
  listen: () => () => {},
}
