// Message text as the client end puts it on the wire: every line end CRLF, dots stuffed. Whatever
// it is given, no bare CR or LF leaves, so that no hop can see an end where there is none.

const bareLineEnd = /\r(?!\n)|(?<!\r)\n/

/** Takes text in pieces, cut anywhere. */
export class DotStuffer {
  readonly #dots: boolean
  #lineStart = true
  /** A CR at the end of a piece, which the next may complete to CRLF. */
  #heldCr = false

  /** `dots` false: for BDAT, where the length ends the text (RFC 3030 §2). */
  constructor({ dots = true } = {}) {
    this.#dots = dots
  }

  push(piece: Uint8Array): Buffer {
    // Latin-1 maps each byte to one character and back.
    let text = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1')
    if (text === '') return Buffer.alloc(0)
    if (this.#heldCr) text = `\r${text}`
    this.#heldCr = text.endsWith('\r')
    if (this.#heldCr) text = text.slice(0, -1)
    return Buffer.from(this.#stuffed(text), 'latin1')
  }

  /** The last line's end where it is missing, and the line of one dot that ends the text. */
  end(): Buffer {
    const missing = this.#heldCr || !this.#lineStart
    return Buffer.from(`${missing ? '\r\n' : ''}${this.#dots ? '.\r\n' : ''}`)
  }

  #stuffed(piece: string): string {
    let text = bareLineEnd.test(piece) ? piece.replace(/\r\n|\r|\n/g, '\r\n') : piece
    if (text === '') return ''
    // RFC 5321 §4.5.2: a line that begins with a dot gets another one.
    if (this.#dots && text.includes('\r\n.')) text = text.replaceAll('\r\n.', '\r\n..')
    if (this.#dots && this.#lineStart && text.startsWith('.')) text = `.${text}`
    this.#lineStart = text.endsWith('\r\n')
    return text
  }
}
