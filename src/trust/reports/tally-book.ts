// Counts what a day's reports are about, in memory for a moment and then in the store. What a crash
// takes is a minute of numbers; mail never waits for them.
import { createHash } from 'node:crypto'
import type { Log } from '../../base/log.ts'
import type { Engine } from '../../store/engine.ts'
import { addCounts, type CountRow } from './count-jobs.ts'
import { type DmarcFacts, dayOf, type ReportKind, type TlsFacts } from './kinds.ts'

export interface TallyPorts {
  readonly engine: Engine
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: Log
}

const flushEveryMs = 60_000
const waitingMax = 10_000

interface Waiting {
  readonly kind: ReportKind
  readonly day: number
  readonly domain: string
  readonly facts: TlsFacts | DmarcFacts
  n: number
}

export class TallyBook {
  readonly #ports: TallyPorts
  #waiting = new Map<string, Waiting>()
  #lost = 0
  #writing: Promise<void> | undefined
  readonly #timer: NodeJS.Timeout

  constructor(ports: TallyPorts) {
    this.#ports = ports
    this.#timer = setInterval(() => void this.flush(), flushEveryMs).unref()
  }

  tls(domain: string, facts: TlsFacts): void {
    const { why: _, ...same } = facts
    this.#count('tls', domain, facts, same)
  }

  dmarc(domain: string, facts: DmarcFacts): void {
    this.#count('dmarc', domain, facts, facts)
  }

  /** Writes what waits; never rejects. */
  async flush(): Promise<void> {
    await this.#writing
    if (this.#waiting.size === 0) return
    this.#writing = this.#write([...this.#waiting]).finally(() => {
      this.#writing = undefined
    })
    this.#waiting = new Map()
    await this.#writing
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }

  #count(kind: ReportKind, domain: string, facts: Waiting['facts'], same: object): void {
    const day = dayOf(this.#ports.now())
    const key = `${kind} ${day} ${domain} ${JSON.stringify(same)}`
    const known = this.#waiting.get(key)
    if (known) known.n++
    else if (this.#waiting.size < waitingMax)
      this.#waiting.set(key, { kind, day, domain, facts, n: 1 })
    else this.#lost++
    if (this.#waiting.size >= waitingMax / 2 && !this.#writing) void this.flush()
  }

  async #write(waiting: readonly (readonly [string, Waiting])[]): Promise<void> {
    const { engine, log } = this.#ports
    const rows = waiting.map(([key, { facts, ...rest }]): CountRow => {
      const detail = createHash('sha256').update(key).digest('base64url').slice(0, 22)
      return { ...rest, detail, facts: JSON.stringify(facts) }
    })
    try {
      this.#lost += await engine.run(addCounts, rows)
    } catch (error) {
      log.warn('numbers for reports not kept', { error })
    }
    if (this.#lost > 0) log.warn('numbers for reports: too many', { lost: this.#lost })
    this.#lost = 0
  }
}
