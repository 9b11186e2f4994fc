// A message's text on its way from the client to the intake: as DATA sends it, or in BDAT's chunks.
// Knows limits of size and time; what is answered for them is said elsewhere.
import type { Reply } from '../../base/reply.ts'
import type { Delivery, Envelope, Intake, Trace } from '../../delivery/types.ts'
import type { Connection } from '../../wire/connection.ts'
import { readDotText } from '../../wire/dot-reader.ts'
import { LineEnds } from '../../wire/line-ends.ts'
import { replies } from './replies.ts'

export interface TextLimits {
  readonly sizeMaxBytes: number
  readonly commandTimeoutMs: number
  /** Text must come at least this fast on average, after the first commandTimeoutMs. */
  readonly dataMinBytesPerSecond: number
}

interface TextPorts {
  readonly options: TextLimits
  readonly delivery: Delivery
}

/** How much of what is refused is read to its end and thrown away, in bytes. */
export function drainMaxBytes({ sizeMaxBytes }: TextLimits): number {
  return 8 * sizeMaxBytes
}

export class IncomingText {
  readonly envelope: Envelope
  /** Why the message cannot be taken; its text is read to the end all the same. */
  refusal: Error | Reply | undefined
  /** Nothing behind this text is to be heard: it was endless, or where it ended is in doubt. */
  forsaken = false
  readonly #connection: Connection
  readonly #intake: Intake
  readonly #limits: TextLimits
  readonly #lineEnds = new LineEnds()
  #bytes = 0
  /** performance.now() when the client began what it is saying, and the bytes since. */
  #began = 0
  #bytesSince = 0

  constructor(envelope: Envelope, connection: Connection, ports: TextPorts) {
    this.envelope = envelope
    this.#connection = connection
    this.#intake = ports.delivery.accept(envelope)
    this.#limits = ports.options
  }

  /** Reads until CRLF "." CRLF. @throws Gone, TimedOut */
  async readDots(): Promise<void> {
    this.#begin()
    const { bareLineEnd, doubtfulEnd } = await readDotText(this.#connection.inbox, (part) =>
      this.#take(part),
    ).catch((error: unknown) => {
      if (this.forsaken) return { bareLineEnd: false, doubtfulEnd: false }
      this.abort()
      throw error
    })
    this.#connection.deadline(Number.POSITIVE_INFINITY)
    // RFC 5321 §2.3.8. Repairing it is what made smuggling possible elsewhere.
    if (bareLineEnd) this.refusal ??= replies.bareLineEnd
    this.forsaken ||= doubtfulEnd
  }

  /** Reads a chunk of `size` bytes, perhaps the last one. @throws Gone, TimedOut */
  async readChunk(size: number, last: boolean): Promise<void> {
    this.#begin()
    const binary = this.envelope.asked?.body === 'binarymime'
    try {
      for await (const part of this.#connection.inbox.exactly(size)) {
        // RFC 3030 §3: only what is declared binary may have other line ends.
        if (!binary) this.#lineEnds.check(part)
        const wait = this.#take(part)
        if (wait) await wait
      }
    } catch (error) {
      this.abort()
      throw error
    }
    this.#connection.deadline(Number.POSITIVE_INFINITY)
    if (last) this.#lineEnds.end()
    if (this.#lineEnds.bare) this.refuse(replies.bareLineEnd)
  }

  /** Whether a chunk of `size` bytes is too large even to be thrown away. */
  beyond(size: number): boolean {
    return this.#bytes + size > drainMaxBytes(this.#limits)
  }

  refuse(why: Error | Reply): void {
    this.refusal ??= why
    this.abort()
  }

  /** Makes the message's place on disk sure. @throws Refused, or what went wrong */
  finish(): Promise<Trace> {
    return this.#intake.finish()
  }

  abort(): void {
    this.#intake.abort()
  }

  #begin(): void {
    this.#began = performance.now()
    this.#bytesSince = 0
    this.#expect()
  }

  #take(part: Buffer): Promise<void> | void {
    this.#bytes += part.length
    this.#bytesSince += part.length
    if (this.refusal) return this.#discard()
    let wait: Promise<void> | void
    try {
      wait = this.#intake.write(part)
    } catch (error) {
      return this.#fail(error)
    }
    if (!wait) return this.#expect()
    // Our own slowness is not the client's.
    this.#connection.deadline(Number.POSITIVE_INFINITY)
    return wait.then(
      () => this.#expect(),
      (error: unknown) => this.#fail(error),
    )
  }

  /** Whatever went wrong here, the rest of the text must still be read as text. */
  #fail(error: unknown): void {
    this.refuse(error instanceof Error ? error : new Error(String(error)))
  }

  #discard(): void {
    this.#expect()
    if (!this.beyond(0)) return
    this.forsaken = true
    throw new Error('a text without end')
  }

  /** The client's time: one command's, and more for what it has sent at the least rate. */
  #expect(): void {
    const { commandTimeoutMs, dataMinBytesPerSecond } = this.#limits
    const earnedMs = (this.#bytesSince * 1000) / dataMinBytesPerSecond
    this.#connection.deadline(this.#began + commandTimeoutMs + earnedMs)
  }
}
