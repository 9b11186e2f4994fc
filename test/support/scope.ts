// What a script opens and must close at its end: a test's `after` for programs that are no tests.
export class Scope {
  readonly #works: (() => Promise<void> | void)[] = []

  after(work: () => Promise<void> | void): void {
    this.#works.push(work)
  }

  /** Undoes everything, the last first. */
  async end(): Promise<void> {
    for (const work of this.#works.splice(0).reverse()) await work()
  }
}
