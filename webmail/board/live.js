// The connection to the server: always one of live, waiting, offline or closed, and says which.

/** @typedef {import('./card.js').Card} Card */
/** @typedef {'connecting' | 'live' | 'waiting' | 'offline' | 'closed'} State */
/**
 * @typedef {object} Listener
 * @property {(card: Card, now: number) => void} card
 * @property {() => Promise<string>} load fetches the newest page; the id of its first card, or ""
 * @property {(state: State, seconds: number) => void} state
 */

// The server speaks every 15 seconds; a line that is silent for longer is dead.
const silenceMs = 35_000
const longestWaitS = 15

export class Live {
  #on
  /** @type {EventSource | undefined} */
  #source
  /** The last card this page has; undefined before the first page is loaded.
   * @type {string | undefined} */
  #last
  #failures = 0
  #heard = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  /** Runs while the connection is live. @type {ReturnType<typeof setInterval> | undefined} */
  #watch

  /** @param {Listener} listener */
  constructor(listener) {
    this.#on = listener
    addEventListener('offline', () => this.#stop('offline'))
    addEventListener('online', () => this.connect())
  }

  async connect() {
    this.#stop('connecting')
    if (!navigator.onLine) return this.#stop('offline')
    try {
      this.#last ??= await this.#on.load()
    } catch (error) {
      return this.#retry(error instanceof Error && error.message === '403')
    }
    if (this.#source) return
    const source = new EventSource(`/board/stream?since=${encodeURIComponent(this.#last)}`)
    this.#source = source
    source.addEventListener('error', () => this.#retry(false))
    source.addEventListener('beat', () => this.#alive())
    source.addEventListener('missed', () => this.reload())
    source.addEventListener('card', (event) => {
      const { now, card } = JSON.parse(event.data)
      this.#last = event.lastEventId
      this.#alive()
      this.#on.card(card, now)
    })
  }

  /** From the newest page on: the stream goes on after what that shows. */
  reload() {
    this.#last = undefined
    return this.connect()
  }

  #alive() {
    this.#heard = performance.now()
    if (this.#watch) return
    this.#on.state('live', 0)
    this.#failures = 0
    this.#watch = setInterval(() => {
      if (performance.now() - this.#heard > silenceMs) this.#retry(false)
    }, 1000)
  }

  /** @param {State} state */
  #stop(state) {
    clearTimeout(this.#timer)
    clearInterval(this.#watch)
    this.#watch = undefined
    this.#source?.close()
    this.#source = undefined
    this.#on.state(state, 0)
  }

  /** Waits longer each time, and not as long as all the others. @param {boolean} closed */
  #retry(closed) {
    this.#stop(closed ? 'closed' : 'waiting')
    const most = Math.min(2 ** this.#failures++, longestWaitS)
    let left = Math.ceil(most * (0.5 + Math.random() / 2))
    const tick = () => {
      if (left <= 0) return void this.connect()
      this.#on.state(closed ? 'closed' : 'waiting', left--)
      this.#timer = setTimeout(tick, 1000)
    }
    tick()
  }
}
