// One message on its way in: an envelope, and a text that comes. Knows nothing of mailboxes.
import type { Arrived } from './arrived.ts'
import type { LetterWriter } from './letter.ts'
import type { Envelope, Intake, Trace } from './types.ts'

export class LocalIntake implements Intake {
  readonly #envelope: Envelope
  readonly #text: LetterWriter
  readonly #settle: (arrived: Arrived) => Promise<Trace>

  constructor(
    envelope: Envelope,
    text: LetterWriter,
    settle: (arrived: Arrived) => Promise<Trace>,
  ) {
    this.#envelope = envelope
    this.#text = text
    this.#settle = settle
  }

  get size(): number {
    return this.#text.size
  }

  write(chunk: Uint8Array): Promise<void> | void {
    return this.#text.write(chunk)
  }

  async finish(): Promise<Trace> {
    const at = performance.now()
    const letter = this.#text.end()
    try {
      return await this.#settle({ envelope: this.#envelope, letter, at })
    } catch (error) {
      letter.drop()
      throw error
    }
  }

  abort(): void {
    this.#text.abort()
  }
}
