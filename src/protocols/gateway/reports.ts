// Tells a web address, by POST, what became of each message. Nobody waits for it, and what cannot
// be told in time is only logged.
import type { Log } from '../../base/log.ts'

export interface ReportsOptions {
  /** http or https. */
  readonly url: string
  readonly log: Log
}

const timeoutMs = 3000
/** More at once are dropped: the web address is slower than the mail. */
const inHandMax = 32

export class Reports {
  readonly #url: URL
  readonly #log: Log
  readonly #inHand = new Set<Promise<void>>()

  /** @throws Error when the address is none of the web's. */
  constructor(options: ReportsOptions) {
    this.#url = new URL(options.url)
    this.#log = options.log
    if (!/^https?:$/.test(this.#url.protocol)) throw new Error(`"${options.url}" is no web address`)
  }

  post(report: object): void {
    if (this.#inHand.size >= inHandMax) {
      this.#log.warn('report dropped', { waiting: this.#inHand.size })
      return
    }
    const posted = this.#post(report).finally(() => this.#inHand.delete(posted))
    this.#inHand.add(posted)
  }

  /** Resolves when nothing is under way any more, at most 3 s later. */
  async settle(): Promise<void> {
    await Promise.all(this.#inHand)
  }

  async #post(report: object): Promise<void> {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(report),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
      await response.body?.cancel()
      if (!response.ok) this.#log.warn('report refused', { status: response.status })
    } catch (error) {
      this.#log.warn('report failed', { error })
    }
  }
}
