// A text cut into lines as it comes, and long lines into pieces, so that memory stays small. Knows
// line ends, and nothing of what the lines say.

export interface Piece {
  /** Without the line end. */
  readonly bytes: Buffer
  /** It begins a line. */
  readonly starts: boolean
  /** The line ends with it. */
  readonly ends: boolean
}

const pieceMaxBytes = 65_536

/** Takes text in chunks, cut anywhere; LF and CRLF both end a line. */
export class LinePieces {
  #held: Buffer = Buffer.alloc(0)
  #starts = true

  push(chunk: Uint8Array): readonly Piece[] {
    const found: Piece[] = []
    const bytes = Buffer.concat([this.#held, chunk])
    let from = 0
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
      const end = at > from && bytes[at - 1] === 13 ? at - 1 : at
      found.push(this.#piece(bytes.subarray(from, end), true))
      from = at + 1
    }
    const left = bytes.length - from
    // The last byte may be the CR of a line end.
    const cut = left > pieceMaxBytes ? bytes.length - 1 : from
    if (cut > from) found.push(this.#piece(bytes.subarray(from, cut), false))
    this.#held = bytes.subarray(cut)
    return found
  }

  /** What is left, as a line. */
  end(): readonly Piece[] {
    const left = this.#held
    this.#held = Buffer.alloc(0)
    return left.length > 0 || !this.#starts ? [this.#piece(left, true)] : []
  }

  #piece(bytes: Buffer, ends: boolean): Piece {
    const piece = { bytes, starts: this.#starts, ends }
    this.#starts = ends
    return piece
  }
}
