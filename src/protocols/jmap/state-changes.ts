// State changes as they happen (RFC 8620 §7.1), for whoever passes them on: the event source, a
// WebSocket, a push service. Each comes with the states it leads to; who comes back with these is
// told at once what is newer.
import { missed } from '../../base/feed.ts'
import type { Asker, JmapPorts } from './ports.ts'
import { accessesIn } from './sharing/access.ts'
import { mailTypes, type States, statesOf } from './states.ts'

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
  const bell = new Bell(ports, asker.login.account, signal)
  const look = async () => {
    const shared = await sharedAccounts(ports, asker)
    // Listened first, then looked: nothing falls between.
    for (const account of shared) bell.hear(account)
    return allStates(ports, [asker.login.account, ...shared], watch)
  }
  let told = await look()
  const news = watch.since !== undefined && watch.since !== idOf(told)
  yield { changed: news ? Object.fromEntries(told) : {}, id: idOf(told) }
  for (;;) {
    const rung = await bell.wait(watch.silenceMs)
    if (rung === 'gone') return
    if (rung === 'silence') {
      yield 'silence'
      continue
    }
    if (!(await mayStay(ports, asker))) return
    const now = await look()
    const changed = differences(told, now)
    told = now
    if (Object.keys(changed).length > 0) yield { changed, id: idOf(now) }
  }
}

type AllStates = ReadonlyMap<string, States>

/** Others' accounts in which something is shared with whoever asks. */
async function sharedAccounts(
  { mailboxes }: JmapPorts,
  { login }: Asker,
): Promise<readonly string[]> {
  const shared = accessesIn(await mailboxes.sharing.list(login.address))
  return shared.slice(0, sharedMax).map(({ account }) => account)
}

/** Of one's own account first; of others' only what their mail is. */
async function allStates(
  ports: JmapPorts,
  [own = '', ...others]: readonly string[],
  { types }: Watch,
): Promise<AllStates> {
  const wanted = (type: string) => types === 'all' || types.has(type)
  const all = new Map([[own, await statesOf(ports, own, wanted)]])
  const isMail = (type: string) => wanted(type) && mailTypes.some((each) => each === type)
  for (const account of others) all.set(account, await statesOf(ports, account, isMail))
  return all
}

function differences(told: AllStates, now: AllStates): Record<string, States> {
  const changed: Record<string, States> = {}
  for (const [account, states] of now) {
    const before = told.get(account) ?? {}
    const different = Object.entries(states).filter(([type, state]) => before[type] !== state)
    if (different.length > 0) changed[account] = Object.fromEntries(different)
  }
  return changed
}

/** A session that has ended hears no more. */
async function mayStay(ports: JmapPorts, { session, login }: Asker): Promise<boolean> {
  if (session === '') return true
  const open = await ports.accounts.sessions.list(login.account)
  return open.some(({ id }) => id === session)
}

function idOf(all: AllStates): string {
  return [...all]
    .flatMap(([account, states], n) =>
      Object.entries(states).map(
        ([type, state]) => `${n === 0 ? '' : `${account}/`}${type}:${state}`,
      ),
    )
    .join(',')
}

/** So many accounts of others are listened to. */
const sharedMax = 50
/** Changes within this time are one. */
const togetherMs = 20

/** Rings when anything of an account changes, or mail of others that it hears. */
class Bell {
  readonly #ports: JmapPorts
  readonly #signal: AbortSignal
  readonly #heard = new Set<string>()
  #rung = false
  #wake: (() => void) | undefined

  constructor(ports: JmapPorts, account: string, signal: AbortSignal) {
    this.#ports = ports
    this.#signal = signal
    signal.addEventListener('abort', () => this.#wake?.(), { once: true })
    this.hear(account)
    void this.#hear(
      ports.accounts.records.changes.listen(signal),
      (word) => word === missed || (word as { account: string }).account === account,
    )
  }

  hear(account: string): void {
    if (this.#heard.has(account)) return
    this.#heard.add(account)
    void this.#hear(this.#ports.mailboxes.changes.listenTo(account, this.#signal))
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
