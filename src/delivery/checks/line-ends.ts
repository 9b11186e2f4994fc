// Text of programs as mail keeps it: every line ended by CRLF, the last one too.

const bareLineEnd = /\r(?!\n)|(?<!\r)\n/

/** Takes text in pieces, cut anywhere. */
export class CrlfText {
  #heldCr = false
  #ended = true

  push(piece: Buffer): Buffer {
    if (piece.length === 0) return piece
    const last = piece[piece.length - 1]
    const cut = last === 13
    if (!this.#heldCr && !cut && this.#isPlain(piece)) {
      this.#ended = last === 10
      return piece
    }
    // Latin-1 maps each byte to one character and back.
    const text =
      (this.#heldCr ? '\r' : '') + piece.toString('latin1', 0, piece.length - Number(cut))
    this.#heldCr = cut
    if (text === '') return Buffer.alloc(0)
    const whole = bareLineEnd.test(text) ? text.replace(/\r\n|\r|\n/g, '\r\n') : text
    this.#ended = whole.endsWith('\n')
    return Buffer.from(whole, 'latin1')
  }

  /** The end of the last line where it is missing. */
  end(): Buffer {
    return Buffer.from(this.#heldCr || !this.#ended ? '\r\n' : '')
  }

  #isPlain(piece: Buffer): boolean {
    let at = piece.indexOf(10)
    let cr = piece.indexOf(13)
    while (at > 0 && cr === at - 1) {
      cr = piece.indexOf(13, at)
      at = piece.indexOf(10, at + 1)
    }
    return at < 0 && cr < 0
  }
}
