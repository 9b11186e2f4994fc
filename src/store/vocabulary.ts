// Every word of an index, one after the other in a few long texts: which of them hold some letters
// is told in less time than a database takes to begin.

const chunksMax = 32

export class Vocabulary {
  /** Each begins and ends with a line end, as does every word within. */
  #chunks: string[] = []
  /** The words' highest number. */
  upTo = 0

  /** Adds words that it does not have yet. */
  add(words: readonly string[], upTo: number): void {
    this.upTo = upTo
    if (words.length === 0) return
    this.#chunks.push(`\n${words.join('\n')}\n`)
    // Small ones are put together from time to time.
    if (this.#chunks.length > chunksMax) this.#chunks = [this.#chunks.join('')]
  }

  /** The words that have the letters in them, or at their end. */
  *holding(letters: string, atEnd: boolean): Generator<string> {
    const wanted = atEnd ? `${letters}\n` : letters
    for (const chunk of this.#chunks) {
      let at = chunk.indexOf(wanted)
      while (at >= 0) {
        const end = chunk.indexOf('\n', at)
        const start = chunk.lastIndexOf('\n', at) + 1
        yield chunk.slice(start, end)
        at = chunk.indexOf(wanted, end)
      }
    }
  }
}
