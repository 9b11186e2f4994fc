// Line ends between any two places of a text, at the cost of one look through it however many are
// asked about: parts that hold parts are counted again and again. Knows no part.

const blockBytes = 512

export class LineCounts {
  readonly #bytes: Buffer
  /** Line ends before each block; made when a long stretch is first asked about. */
  #before: Uint32Array | undefined

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** LFs in [start, end), as far as there are bytes. */
  between(start: number, end: number): number {
    const stop = Math.min(end, this.#bytes.length)
    if (stop - start <= 2 * blockBytes) return this.#count(start, stop)
    this.#before ??= this.#counted()
    const first = Math.ceil(start / blockBytes)
    const last = Math.floor(stop / blockBytes)
    const whole = this.#before[last]! - this.#before[first]!
    return this.#count(start, first * blockBytes) + whole + this.#count(last * blockBytes, stop)
  }

  #count(start: number, end: number): number {
    const bytes = this.#bytes
    let lines = 0
    for (let at = start; at < end; at++) if (bytes[at] === 10) lines++
    return lines
  }

  #counted(): Uint32Array {
    const before = new Uint32Array(Math.floor(this.#bytes.length / blockBytes) + 1)
    for (let n = 1; n < before.length; n++)
      before[n] = before[n - 1]! + this.#count((n - 1) * blockBytes, n * blockBytes)
    return before
  }
}
