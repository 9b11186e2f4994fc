// What is said in answer to FETCH, gathered so that many small answers leave in one chunk.

/** Above this many bytes a chunk is full. */
const chunkBytes = 64 * 1024

export class FetchOutput {
  #chunks: Buffer[] = []
  #chunkedBytes = 0
  #text = ''
  #marked = { chunks: 0, bytes: 0, text: '' }

  get full(): boolean {
    return this.#chunkedBytes + this.#text.length >= chunkBytes
  }

  get empty(): boolean {
    return this.#chunks.length === 0 && this.#text === ''
  }

  /** A Latin-1 string, a character a byte. */
  say(text: string): void {
    this.#text += text
  }

  put(bytes: Buffer): void {
    this.#settle()
    this.#chunks.push(bytes)
    this.#chunkedBytes += bytes.length
  }

  /** Everything said, and nothing is left. */
  take(): Buffer {
    this.#settle()
    const [only] = this.#chunks
    const all = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks)
    this.#chunks = []
    this.#chunkedBytes = 0
    this.mark()
    return all
  }

  /** Remembers where it stands, for `rewind`. */
  mark(): void {
    this.#marked = { chunks: this.#chunks.length, bytes: this.#chunkedBytes, text: this.#text }
  }

  /** Forgets what was said since `mark`, or since the last `take` after it. */
  rewind(): void {
    this.#chunks.length = this.#marked.chunks
    this.#chunkedBytes = this.#marked.bytes
    this.#text = this.#marked.text
  }

  #settle(): void {
    if (this.#text === '') return
    const bytes = Buffer.from(this.#text, 'latin1')
    this.#chunks.push(bytes)
    this.#chunkedBytes += bytes.length
    this.#text = ''
  }
}
