// Each message's trace once, as it moves, and how many there were by protocol.
import type { Feed, missed } from '../base/feed.ts'
import type { Trace } from '../delivery/types.ts'
import type { MessageCount } from '../protocols/admin/ports.ts'

export type { Trace }

/** Traces remembered, so that one that grows is not taken for another. */
const seenMax = 10_000
/** Traces that may wait for a slow listener. */
const waitingMax = 100_000

/** Ends when the signal aborts. */
export async function* newTraces(
  live: Feed<Trace>,
  signal: AbortSignal,
): AsyncGenerator<Trace | typeof missed, void> {
  const seen = new Set<string>()
  for await (const trace of live.listen(signal, waitingMax)) {
    if (typeof trace === 'symbol') yield trace
    else if (!seen.has(trace.id)) {
      seen.add(trace.id)
      if (seen.size > seenMax) for (const oldest of seen.values().take(1)) seen.delete(oldest)
      yield trace
    }
  }
}

export class MessageCounts {
  readonly #counts = new Map<string, { accepted: number; refused: number }>()

  list(): readonly MessageCount[] {
    return [...this.#counts].map(([protocol, counts]) => ({ protocol, ...counts }))
  }

  /** Counts until the signal aborts. */
  async follow(live: Feed<Trace>, signal: AbortSignal): Promise<void> {
    for await (const trace of newTraces(live, signal))
      if (typeof trace !== 'symbol') this.#count(trace)
  }

  #count({ client: { protocol }, accepted }: Trace): void {
    const counts = this.#counts.get(protocol) ?? { accepted: 0, refused: 0 }
    counts[accepted ? 'accepted' : 'refused']++
    this.#counts.set(protocol, counts)
  }
}
