// Which message each sequence number stands for, as a session's view of its mailbox has it.

export interface Numbers {
  readonly count: number
  /** The largest UID; 0 where there is none. */
  readonly last: number
  /** The UID of a sequence number from 1 to `count`. */
  uidOf(number: number): number
  /** 0 for a UID that the session does not know. */
  numberOf(uid: number): number
}
