// Who hears what was said and answered in a session, and changes nothing: for counters and the
// access log, which must be true whatever a command does.

export interface Witness<Phase, Reply> {
  /** A command was answered, `ms` after all of it had come; `before` is the phase that heard it. */
  turn(
    spoken: { readonly name: string; readonly rest: unknown },
    before: Phase,
    turn: { readonly reply?: Reply; readonly phase?: Phase },
    ms: number,
  ): void
  /** The session is over. */
  ended(phase: Phase, sums: SessionSums): void
}

export interface SessionSums {
  /** "quit", "gone", "timed out", "stopping" */
  readonly end: string
  readonly ms: number
  readonly commands: number
}
