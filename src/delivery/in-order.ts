// Lets values out in the order in which their places were taken, however late each is ready.

export interface Place<T> {
  /** Lets the value out, once all before it are out or given up. */
  ready(value: T): void
  /** There will be none. */
  giveUp(): void
}

interface Waiting<T> {
  state: 'open' | 'ready' | 'given up'
  value?: T
}

export class InOrder<T> {
  readonly #out: (value: T) => void
  readonly #line: Waiting<T>[] = []

  constructor(out: (value: T) => void) {
    this.#out = out
  }

  takePlace(): Place<T> {
    const waiting: Waiting<T> = { state: 'open' }
    this.#line.push(waiting)
    return {
      ready: (value) => {
        waiting.state = 'ready'
        waiting.value = value
        this.#advance()
      },
      giveUp: () => {
        waiting.state = 'given up'
        this.#advance()
      },
    }
  }

  #advance(): void {
    let first = this.#line[0]
    while (first && first.state !== 'open') {
      this.#line.shift()
      if (first.state === 'ready') this.#out(first.value as T)
      first = this.#line[0]
    }
  }
}
