// Answers about an account that hold until something of it changes. Only a process that is alone on
// its database hears of every change before whoever made it hears that it is done; with others
// beside it nothing is kept.
import type { ChangeFeed } from './change-feed.ts'

interface Kept<T> {
  /** As `ChangeFeed.lastOf` was. */
  readonly number: number
  readonly value: T
}

export class UntilChanged<T> {
  readonly #changes: ChangeFeed
  readonly #max: number
  /** The oldest first. */
  readonly #kept = new Map<string, Kept<T>>()

  constructor(changes: ChangeFeed, max: number) {
    this.#changes = changes
    this.#max = max
  }

  /** What is kept, if it still holds. `about` is what of the account was asked. */
  get(account: string, about: string): T | undefined {
    const kept = this.#kept.get(`${account} ${about}`)
    return kept && kept.number === this.#changes.lastOf(account) ? kept.value : undefined
  }

  /**
   * The same, or else what `ask` finds, which is kept where it is `worth` it. That there is nothing
   * is never kept: an account begins without a change.
   */
  async of(
    { account, about }: { readonly account: string; readonly about: string },
    ask: () => Promise<T>,
    worth: (value: T) => boolean = () => true,
  ): Promise<T> {
    const known = this.get(account, about)
    if (known !== undefined) return known
    const number = this.#changes.lastOf(account)
    const value = await ask()
    if (number !== undefined && value !== undefined && worth(value))
      this.#keep(`${account} ${about}`, { number, value })
    return value
  }

  #keep(key: string, kept: Kept<T>): void {
    this.#kept.delete(key)
    const oldest = this.#kept.size >= this.#max ? this.#kept.keys().next() : undefined
    if (oldest && !oldest.done) this.#kept.delete(oldest.value)
    this.#kept.set(key, kept)
  }
}
