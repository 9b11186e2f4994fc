// Message text as POP3 sends it: dots stuffed, a line of one dot behind it. RFC 1939 §3.
const dot = Buffer.from('.')
const LF = 10
const CR = 13
const DOT = 46

/**
 * Stuffs the dots of a text that comes in parts. A dot behind a lone LF is stuffed too: there are
 * clients that take that for a line, and would take what follows for the server's answer.
 */
export class DotText {
  #last = LF
  #beforeLast = CR

  /** Hands `part` on in pieces, nothing copied. */
  add(part: Uint8Array, say: (piece: Uint8Array) => void): void {
    if (part.length === 0) return
    if (this.#last === LF && part[0] === DOT) say(dot)
    let from = 0
    // Most dots are in the middle of a line, but there are fewer of them than of lines.
    for (let at = part.indexOf(DOT, 1); at >= 0; at = part.indexOf(DOT, at + 1)) {
      if (part[at - 1] !== LF) continue
      say(part.subarray(from, at))
      say(dot)
      from = at
    }
    say(from === 0 ? part : part.subarray(from))
    this.#beforeLast = part.length > 1 ? (part[part.length - 2] ?? 0) : this.#last
    this.#last = part[part.length - 1] ?? 0
  }

  /** What ends the text, its last line ended first where it is not. */
  get end(): string {
    return this.#last === LF && this.#beforeLast === CR ? '.\r\n' : '\r\n.\r\n'
  }
}

/** Finds where the header and so many lines of the body end. Lines end with LF, after CR or not. */
export class TopOfText {
  #lines: number
  #inHeader = true
  /** Bytes of the line so far that are not its end: 0 tells the empty line. */
  #lineBytes = 0

  constructor(lines: number) {
    this.#lines = lines
  }

  /** How many bytes of `part` belong to the top; fewer than all when it ends there. */
  take(part: Uint8Array): number {
    if (!this.#inHeader && this.#lines === 0) return 0
    for (let from = 0; ; ) {
      const at = part.indexOf(LF, from)
      if (at < 0) {
        this.#lineBytes += part.length - from - (part.at(-1) === CR && from < part.length ? 1 : 0)
        return part.length
      }
      const end = at > from && part[at - 1] === CR ? at - 1 : at
      const empty = this.#lineBytes + end - from === 0
      this.#lineBytes = 0
      from = at + 1
      if (!this.#inHeader) this.#lines--
      else if (empty) this.#inHeader = false
      if (!this.#inHeader && this.#lines === 0) return from
    }
  }
}
