// How many may do something at a time; the others wait in line, and not forever.

export class Turns {
  #taken = 0
  readonly #line: (() => void)[] = []

  /** Resolves with what gives the turn back, or with undefined when it did not come in time. */
  async take(max: number, waitMs: number): Promise<(() => void) | undefined> {
    if (this.#taken < max) return this.#turn(max)
    return await new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#line.splice(this.#line.indexOf(next), 1)
        resolve(undefined)
      }, waitMs)
      const next = () => {
        clearTimeout(timer)
        resolve(this.#turn(max))
      }
      this.#line.push(next)
    })
  }

  #turn(max: number): () => void {
    this.#taken++
    let given = false
    return () => {
      if (given) return
      given = true
      this.#taken--
      while (this.#taken < max && this.#line[0]) this.#line.shift()?.()
    }
  }
}
