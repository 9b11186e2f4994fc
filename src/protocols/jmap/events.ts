// The event source, RFC 8620 §7.3: state changes as they happen. An event's id is the states it
// tells; who comes back with one is told at once what is newer.
import { missed } from '../../base/feed.ts'
import type { Asker, JmapPorts } from './ports.ts'
import { type States, statesOf } from './states.ts'

export interface EventsWish {
  readonly types: ReadonlySet<string> | 'all'
  readonly closeAfterState: boolean
  /** 0 is never. */
  readonly pingSeconds: number
  readonly lastEventId: string | undefined
}

const pingMin = 30
const pingMax = 900

/** undefined for what is no such request. */
export function eventsWish(
  query: URLSearchParams,
  lastEventId: string | undefined,
): EventsWish | undefined {
  const types = query.get('types') ?? '*'
  const close = query.get('closeafter') ?? 'no'
  const ping = query.get('ping') ?? '0'
  if (!/^\d{1,6}$/.test(ping) || !/^(?:state|no)$/.test(close)) return undefined
  const seconds = Number(ping)
  return {
    types: types === '*' ? 'all' : new Set(types.split(',')),
    closeAfterState: close === 'state',
    pingSeconds: seconds === 0 ? 0 : Math.min(pingMax, Math.max(pingMin, seconds)),
    lastEventId,
  }
}

/** Changes within this time are one event. */
const togetherMs = 20

export async function* events(
  ports: JmapPorts,
  asker: Asker,
  wish: EventsWish,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { account } = asker.login
  const wanted = (type: string) => wish.types === 'all' || wish.types.has(type)
  const bell = new Bell(ports, account, signal)
  // Listened first, then looked: nothing falls between.
  let told = await statesOf(ports, account, wanted)
  if (wish.lastEventId !== undefined && wish.lastEventId !== idOf(told)) {
    yield eventOf(account, told)
    if (wish.closeAfterState) return
  } else yield ': \n\n'
  for (;;) {
    const rung = await bell.wait(wish.pingSeconds * 1000)
    if (rung === 'gone') return
    if (rung === 'silence') {
      yield `event: ping\ndata: {"interval":${wish.pingSeconds}}\n\n`
      continue
    }
    if (!(await mayStay(ports, asker))) return
    const now = await statesOf(ports, account, wanted)
    const changed = Object.entries(now).filter(([type, state]) => told[type] !== state)
    told = now
    if (changed.length === 0) continue
    yield eventOf(account, Object.fromEntries(changed), idOf(now))
    if (wish.closeAfterState) return
  }
}

/** A session that has ended hears no more. */
async function mayStay(ports: JmapPorts, { session, login }: Asker): Promise<boolean> {
  if (session === '') return true
  const open = await ports.accounts.sessions.list(login.account)
  return open.some(({ id }) => id === session)
}

function idOf(states: States): string {
  return Object.entries(states)
    .map(([type, state]) => `${type}:${state}`)
    .join(',')
}

function eventOf(account: string, states: States, id = idOf(states)): string {
  const data = { '@type': 'StateChange', changed: { [account]: states } }
  return `event: state\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Rings when anything of an account changes. */
export class Bell {
  readonly #signal: AbortSignal
  #rung = false
  #wake: (() => void) | undefined

  constructor(ports: JmapPorts, account: string, signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', () => this.#wake?.(), { once: true })
    void this.#hear(ports.mailboxes.changes.listenTo(account, signal))
    void this.#hear(
      ports.accounts.records.changes.listen(signal),
      (word) => word === missed || (word as { account: string }).account === account,
    )
  }

  /** `silenceMs` of 0 is for ever. */
  async wait(silenceMs: number): Promise<'rung' | 'silence' | 'gone'> {
    if (!this.#rung && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = silenceMs > 0 ? setTimeout(resolve, silenceMs) : undefined
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#wake = undefined
    }
    if (this.#signal.aborted) return 'gone'
    if (!this.#rung) return 'silence'
    await new Promise((resolve) => setTimeout(resolve, togetherMs))
    this.#rung = false
    return this.#signal.aborted ? 'gone' : 'rung'
  }

  async #hear(words: AsyncIterable<unknown>, ours: (word: unknown) => boolean = () => true) {
    for await (const word of words) {
      if (!ours(word)) continue
      this.#rung = true
      this.#wake?.()
    }
  }
}
