// Numbers of the last hour, one point for each ten seconds, for pages that draw them. What is
// counted since the start is told as what each span added.
import { quantileMs } from '../base/histogram.ts'
import type { ServerPorts } from '../protocols/admin/ports.ts'

const everyMs = 10_000
const pointsMax = 360

type Sample = Readonly<Record<string, number>>

/** Values that only grow. */
const growing = new Set(['accepted', 'refused', 'delivered'])

export class MetricSeries {
  readonly #server: ServerPorts
  readonly #samples: { readonly at: number; readonly values: Sample }[] = []
  readonly #timer: NodeJS.Timeout
  #before: Sample = {}

  constructor(server: ServerPorts) {
    this.#server = server
    void this.sample(Date.now())
    this.#timer = setInterval(() => void this.sample(Date.now()), everyMs).unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async sample(at: number): Promise<void> {
    const now = await this.#read().catch(() => undefined)
    if (!now) return
    const before = this.#before
    this.#before = now
    const values = Object.entries(now).map(([name, value]) => {
      const span = growing.has(name) ? value - (before[name] ?? value) : value
      return [name, Math.max(0, span)]
    })
    this.#samples.push({ at, values: Object.fromEntries(values) as Sample })
    if (this.#samples.length > pointsMax) this.#samples.shift()
  }

  list() {
    const last = this.#samples.at(-1)
    if (!last) return []
    const until = new Date(last.at).toISOString()
    return Object.keys(last.values).map((id) => ({
      ...{ id, everyMs, until },
      points: this.#samples.map(({ values }) => values[id] ?? 0),
    }))
  }

  async #read(): Promise<Sample> {
    const { messages, queue, loopMs, listeners } = this.#server
    const counts = messages()
    const sum = (one: (count: (typeof counts)[number]) => number) =>
      counts.reduce((total, count) => total + one(count), 0)
    const numbers = queue ? await queue.numbers() : undefined
    return {
      accepted: sum(({ accepted }) => accepted),
      refused: sum(({ rejected, deferred }) => rejected + deferred),
      delivered: sum(({ delivered }) => delivered),
      queued: numbers?.rows ?? 0,
      connections: listeners.reduce((total, { counters }) => total + counters.connections, 0),
      loopMs: quantileMs(loopMs.read(), 0.99),
      memoryBytes: process.memoryUsage.rss(),
    }
  }
}
