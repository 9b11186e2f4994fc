// Each message's trace once, as it moves.
import type { Feed, missed } from '../base/feed.ts'
import type { Trace } from '../delivery/types.ts'

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
