// Watches that every line of a text ends in CRLF, however the text is cut into parts.

const CR = 13
const LF = 10

export class LineEnds {
  /** A CR without LF, or a LF without CR, was seen: RFC 5321 §2.3.8 forbids both. */
  bare = false
  #afterCr = false

  /** Looks at the next part of the text, which is not empty. */
  check(part: Uint8Array): void {
    if (this.bare) return
    if (this.#afterCr !== (part[0] === LF)) {
      this.bare = true
      return
    }
    let from = this.#afterCr ? 1 : 0
    for (;;) {
      const lf = part.indexOf(LF, from)
      const cr = part.indexOf(CR, from)
      if (lf < 0 && (cr < 0 || cr === part.length - 1)) break
      if (cr < 0 || lf !== cr + 1) {
        this.bare = true
        return
      }
      from = lf + 1
    }
    this.#afterCr = part[part.length - 1] === CR
  }

  /** The text is over. */
  end(): void {
    if (this.#afterCr) this.bare = true
  }
}
