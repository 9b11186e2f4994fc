// Bytes from a client, handed out as lines, exact counts or whatever is there. Knows no protocol.

/** A line or literal beyond its limit. */
export class TooLong extends Error {}
/** The client has gone, or its time was up, before it said what it had begun. */
export class Gone extends Error {}

type Waiter = { resolve: () => void; reject: (error: Error) => void }

/** Above this many bytes held the source is paused; the kernel then slows the client. */
const holdMaxBytes = 256 * 1024
const nothing: Buffer = Buffer.alloc(0)

/** How the inbox holds its source back. */
export interface Source {
  pause(): void
  resume(): void
}

export class Inbox {
  #held = nothing
  #ended = false
  #paused = false
  #waiter: Waiter | undefined
  #error: Error | undefined
  #source: Source

  constructor(source: Source) {
    this.#source = source
  }

  /** Bytes held and not yet taken. */
  get length(): number {
    return this.#held.length
  }

  /** At most `count` bytes of what is held; it stays held. */
  peek(count: number): Buffer {
    return this.#held.subarray(0, count)
  }

  /** New bytes have come. The inbox keeps `chunk`. */
  push(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    if (this.#held.length > holdMaxBytes && !this.#paused) {
      this.#paused = true
      this.#source.pause()
    }
    this.#wake()
  }

  /** No more will come. */
  end(): void {
    this.#ended = true
    this.#wake()
  }

  /** Whoever waits is thrown `error`, as is whoever waits later. */
  fail(error: Error): void {
    this.#error = error
    const waiter = this.#waiter
    this.#waiter = undefined
    waiter?.reject(error)
  }

  /** Everything held is thrown away: RFC 3207 §4.2, nothing said before TLS is believed after. */
  forget(source: Source = this.#source): void {
    this.#source = source
    this.#paused = false
    this.#held = nothing
  }

  /**
   * One line without its end, or undefined at the end of input. Ends are CRLF; with `bareLf` also
   * a lone LF, for people who type. At once when the line is there, else a promise.
   * @throws TooLong past `limit` bytes.
   */
  line(limit: number, bareLf: boolean): Buffer | undefined | Promise<Buffer | undefined> {
    const now = this.#lineNow(limit, bareLf)
    if (now !== null) return now
    return this.#lineLater(limit, bareLf)
  }

  /** Whether a whole line is already held, so that answering can wait for more of the burst. */
  hasLine(): boolean {
    return this.#held.length > 0 && this.#held.indexOf(10) >= 0
  }

  /** No async function: most clients are here most of the time, and this is what they cost. */
  #lineLater(limit: number, bareLf: boolean): Promise<Buffer | undefined> {
    if (this.#error) return Promise.reject(this.#error)
    return new Promise((resolve, reject) => {
      const look = () => {
        try {
          const line = this.#lineNow(limit, bareLf)
          if (line === null) this.#waiter = { resolve: look, reject }
          else resolve(line)
        } catch (error) {
          reject(error)
        }
      }
      this.#waiter = { resolve: look, reject }
    })
  }

  /** null: not there yet. */
  #lineNow(limit: number, bareLf: boolean): Buffer | undefined | null {
    const at = bareLf ? this.#held.indexOf(10) : this.#held.indexOf('\r\n')
    if (at < 0) {
      if (this.#held.length > limit) throw new TooLong()
      return this.#ended ? undefined : null
    }
    const end = bareLf && at > 0 && this.#held[at - 1] === 13 ? at - 1 : at
    if (end > limit) throw new TooLong()
    const line = this.#held.subarray(0, end)
    this.#drop(bareLf ? at + 1 : at + 2)
    return line
  }

  /** Everything held, waiting for at least one byte; undefined at the end of input. */
  async some(): Promise<Buffer | undefined> {
    while (this.#held.length === 0) {
      if (this.#ended) return undefined
      await this.more()
    }
    return this.#take(this.#held.length)
  }

  /** Everything held. */
  takeAll(): Buffer {
    return this.#take(this.#held.length)
  }

  /** Puts bytes back that belong to what comes next. */
  unread(bytes: Buffer): void {
    if (bytes.length > 0)
      this.#held = this.#held.length === 0 ? bytes : Buffer.concat([bytes, this.#held])
  }

  /** `count` bytes in pieces. @throws Gone when the input ends first. */
  async *exactly(count: number): AsyncGenerator<Buffer> {
    let left = count
    while (left > 0) {
      while (this.#held.length === 0) {
        if (this.#ended) throw new Gone()
        await this.more()
      }
      const part = this.#take(Math.min(left, this.#held.length))
      left -= part.length
      yield part
    }
  }

  /** Resolves when there is more than before, or the end. */
  more(): Promise<void> {
    if (this.#error) return Promise.reject(this.#error)
    if (this.#ended) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
    })
  }

  #take(count: number): Buffer {
    const out = this.#held.subarray(0, count)
    this.#drop(count)
    return out
  }

  #drop(count: number): void {
    this.#held = count === this.#held.length ? nothing : this.#held.subarray(count)
    if (this.#paused && this.#held.length < holdMaxBytes / 2) {
      this.#paused = false
      this.#source.resume()
    }
  }

  #wake(): void {
    const waiter = this.#waiter
    this.#waiter = undefined
    waiter?.resolve()
  }
}
