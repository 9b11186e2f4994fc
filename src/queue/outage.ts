// Destinations that could not be tried since our own DNS gave no answer: no fault of theirs, and
// over at once when it answers again, whatever the schedule says. Knows no row and no database.

export interface OutagePorts {
  /** Whether the DNS answers for a destination by now. */
  readonly knows: (destination: string) => Promise<boolean>
  /** Mail for it may go again. */
  readonly wake: (destination: string) => Promise<void>
}

const probeEveryMs = 30_000
/** Asked in a round; when one of them answers, all others are. */
const probesMax = 4
const destinationsMax = 20_000

export class Outage {
  readonly #ports: OutagePorts
  /** In the order in which they are asked for. */
  readonly #blind = new Set<string>()
  #probedAt = 0
  #probing: Promise<void> | undefined

  constructor(ports: OutagePorts) {
    this.#ports = ports
  }

  note(destination: string, blind: boolean): void {
    if (!blind) this.#blind.delete(destination)
    else if (this.#blind.size < destinationsMax) this.#blind.add(destination)
  }

  /** Asks again for some, from time to time; undefined where nothing is to be done. */
  look(now: number): Promise<void> | undefined {
    const waited = Math.abs(now - this.#probedAt)
    if (this.#blind.size === 0 || this.#probing || waited < probeEveryMs) return undefined
    this.#probedAt = now
    this.#probing = this.#probe().finally(() => {
      this.#probing = undefined
    })
    return this.#probing
  }

  async #probe(): Promise<void> {
    const all = [...this.#blind]
    for (let first = 0; first < all.length; first += probesMax) {
      const asked = all.slice(first, first + probesMax)
      const known = await Promise.all(asked.map((one) => this.#ask(one)))
      if (!known.includes(true)) return
    }
  }

  async #ask(destination: string): Promise<boolean> {
    const known = await this.#ports.knows(destination)
    this.#blind.delete(destination)
    if (known) await this.#ports.wake(destination)
    // At the end: others are asked for next.
    else this.#blind.add(destination)
    return known
  }
}
