// Work that waits for its time, for every account: records of a kind whose ids begin with that
// time. Whatever process looks first does it; what a process left undone, the next one finds.
import type { RecordBook } from '../../../accounts/records.ts'
import type { Log } from '../../../base/log.ts'

export interface DueWork {
  readonly kind: string
  /** Does it, and removes the record; may be called for one again, and by two processes at once. */
  run(account: string, id: string): Promise<void>
}

interface Ports {
  readonly records: RecordBook
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const atOnce = 100
const lookEveryMs = 30_000

/** The id of what is due at a time, by its subject's id. */
export function dueId(at: number, id: string): string {
  return `${String(Math.max(0, Math.floor(at))).padStart(15, '0')}-${id}`
}

function timeOf(id: string): number {
  return Number(id.slice(0, 15))
}

export function subjectOf(id: string): string {
  return id.slice(16)
}

export class DueList {
  readonly #ports: Ports
  readonly #work: DueWork
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  /** There may be something new since the last look began. */
  #asked = false
  #closed = false

  constructor(ports: Ports, work: DueWork) {
    this.#ports = ports
    this.#work = work
  }

  /** Looks now; to be called at the start, and for everything that is new. */
  look(): void {
    this.#asked = true
    this.#lookIn(0)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#running
  }

  #lookIn(afterMs: number): void {
    if (this.#closed) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#running = this.#running.then(() => this.#all())
    }, afterMs)
    this.#timer.unref()
  }

  async #all(): Promise<void> {
    let next = lookEveryMs
    this.#asked = false
    try {
      next = Math.min(next, await this.#everyDue())
    } catch (error) {
      this.#ports.log.error('work of its time not done', { kind: this.#work.kind, error })
    }
    this.#lookIn(this.#asked ? 0 : next)
  }

  /** How long it is until the next. */
  async #everyDue(): Promise<number> {
    const { records, now, log } = this.#ports
    const { kind } = this.#work
    // What is still there after its turn waits for the next look, and holds up nothing behind it.
    const met = new Set<string>()
    for (;;) {
      const first = await records.first(kind, atOnce + met.size)
      const open = first.filter(({ account, id }) => !met.has(`${account} ${id}`))
      const due = open.filter(({ id }) => timeOf(id) <= now())
      for (const { account, id } of due) {
        if (this.#closed) return lookEveryMs
        met.add(`${account} ${id}`)
        await this.#work.run(account, id).catch((error: unknown) => {
          log.error('work of its time not done', { kind, account, id, error })
        })
      }
      const later = open[due.length]
      if (later) return Math.max(0, timeOf(later.id) - now())
      if (due.length === 0 || met.size > metMax) return lookEveryMs
    }
  }
}

const metMax = 10_000
