// The live stream: what the store has since the client's last card, then what comes, no gap
// between. Server-Sent Events, WHATWG HTML §9.2.
import { type Feed, missed } from '../../base/feed.ts'
import type { Trace } from '../../delivery/types.ts'
import type { Cards } from './card.ts'

const replayMax = 500
const waitingMax = 512

export interface StreamPorts {
  readonly board: string
  readonly cards: Cards
  readonly live: Feed<Trace>
  /** Oldest first, at most `limit`; undefined when it cannot be told what came since. */
  since(id: string, limit: number): Promise<readonly Trace[] | undefined>
  readonly beatMs: number
}

/**
 * Events "card" (`id` is the trace's), "missed" (fetch the newest page again) and "beat". `since`
 * is the last card the client has, "" when it has none, undefined when it wants only new ones.
 */
export async function* stream(
  ports: StreamPorts,
  since: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<string> {
  // Listening begins before the store is asked: what is kept meanwhile comes twice, not never.
  const live = ports.live.listen(signal, waitingMax)
  try {
    yield `retry: ${1000 + Math.floor(Math.random() * 2000)}\n\n${beat()}`
    const replayed = new Map<string, number>()
    for (const trace of await replay(ports, since)) {
      if (trace === missed) yield missedEvent
      else {
        replayed.set(trace.id, trace.steps.length)
        yield await cardEvent(ports.cards, trace)
      }
    }
    for await (const trace of withBeats(live, ports.beatMs)) {
      if (trace === undefined) yield beat()
      else if (trace === missed) yield missedEvent
      // A card that was replayed comes again when it has grown.
      else if (trace.board === ports.board && replayed.get(trace.id) !== trace.steps.length) {
        yield await cardEvent(ports.cards, trace)
      }
    }
  } finally {
    await live.return?.()
  }
}

async function replay(
  ports: StreamPorts,
  since: string | undefined,
): Promise<readonly (Trace | typeof missed)[]> {
  if (since === undefined) return []
  const traces = await ports.since(since, replayMax + 1)
  return traces === undefined || traces.length > replayMax ? [missed] : traces
}

/** The values of `live`, and undefined whenever none came for `beatMs`. */
async function* withBeats<T>(
  live: AsyncIterator<T>,
  beatMs: number,
): AsyncGenerator<T | undefined> {
  let next = live.next()
  for (;;) {
    const got = await inTime(next, beatMs)
    if (got === undefined) yield undefined
    else if (got.done) return
    else {
      yield got.value
      next = live.next()
    }
  }
}

async function inTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

const missedEvent = 'event: missed\ndata: {}\n\n'

function beat(): string {
  return `event: beat\ndata: {"now":${Date.now()}}\n\n`
}

async function cardEvent(cards: Cards, trace: Trace): Promise<string> {
  const card = await cards.json(trace)
  return `id: ${trace.id}\nevent: card\ndata: {"now":${Date.now()},"card":${card}}\n\n`
}
