// State changes as they happen (RFC 8620 §7.1), for whoever passes them on: the event source, a
// WebSocket, a push service. Each comes with the states it leads to; who comes back with these is
// told at once what is newer.
import { missed } from '../../base/feed.ts'
import type { Asker, JmapPorts } from './ports.ts'
import { type States, statesOf } from './states.ts'

export interface StateChange {
  /** Types with their new states, by account; none at the beginning where nothing is newer. */
  readonly changed: Readonly<Record<string, States>>
  /** Says all states that are known now. */
  readonly id: string
}

export interface Watch {
  readonly types: ReadonlySet<string> | 'all'
  /** What the client knew last. */
  readonly since: string | undefined
  /** After so long without a change 'silence' is told; 0 is never. */
  readonly silenceMs: number
}

/** The first is how things are now. */
export async function* stateChanges(
  ports: JmapPorts,
  asker: Asker,
  watch: Watch,
  signal: AbortSignal,
): AsyncGenerator<StateChange | 'silence'> {
  const { account } = asker.login
  const wanted = (type: string) => watch.types === 'all' || watch.types.has(type)
  const bell = new Bell(ports, account, signal)
  // Listened first, then looked: nothing falls between.
  let told = await statesOf(ports, account, wanted)
  const news = watch.since !== undefined && watch.since !== idOf(told)
  yield { changed: news ? { [account]: told } : {}, id: idOf(told) }
  for (;;) {
    const rung = await bell.wait(watch.silenceMs)
    if (rung === 'gone') return
    if (rung === 'silence') {
      yield 'silence'
      continue
    }
    if (!(await mayStay(ports, asker))) return
    const now = await statesOf(ports, account, wanted)
    const changed = Object.entries(now).filter(([type, state]) => told[type] !== state)
    told = now
    if (changed.length === 0) continue
    yield { changed: { [account]: Object.fromEntries(changed) }, id: idOf(now) }
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

/** Changes within this time are one. */
const togetherMs = 20

/** Rings when anything of an account changes. */
class Bell {
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
