// The event source, RFC 8620 §7.3: state changes as server-sent events. An event's id is the states
// it tells.
import type { Asker, JmapPorts } from './ports.ts'
import { type StateChange, stateChanges, type Watch } from './state-changes.ts'

export interface EventsWish extends Watch {
  readonly closeAfterState: boolean
}

const pingMin = 30
const pingMax = 900

/** undefined for what is no such request. */
export function eventsWish(
  query: URLSearchParams,
  since: string | undefined,
): EventsWish | undefined {
  const types = query.get('types') ?? '*'
  const close = query.get('closeafter') ?? 'no'
  const ping = query.get('ping') ?? '0'
  if (!/^\d{1,6}$/.test(ping) || !/^(?:state|no)$/.test(close)) return undefined
  const seconds = Number(ping)
  return {
    types: types === '*' ? 'all' : new Set(types.split(',')),
    closeAfterState: close === 'state',
    silenceMs: seconds === 0 ? 0 : Math.min(pingMax, Math.max(pingMin, seconds)) * 1000,
    since,
  }
}

export async function* events(
  ports: JmapPorts,
  asker: Asker,
  wish: EventsWish,
  signal: AbortSignal,
): AsyncGenerator<string> {
  for await (const change of stateChanges(ports, asker, wish, signal)) {
    if (change === 'silence') yield `event: ping\ndata: {"interval":${wish.silenceMs / 1000}}\n\n`
    else if (Object.keys(change.changed).length === 0) yield ': \n\n'
    else {
      yield eventOf(change)
      if (wish.closeAfterState) return
    }
  }
}

function eventOf({ changed, id }: StateChange): string {
  const data = { '@type': 'StateChange', changed }
  return `event: state\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
}
