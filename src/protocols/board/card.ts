// A trace as the page shows it. Knows the shape of a card, nothing of the store.
import type { Log } from '../../base/log.ts'
import type { RecipientTrace, Step, Trace } from '../../delivery/types.ts'

const textMaxLength = 1000
const keptTexts = 256

export interface Card {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly from: string
  readonly recipients: readonly RecipientTrace[]
  readonly subject: string
  /** The decoded text, or its beginning. */
  readonly text: string
  /** There is more text than this. */
  readonly cut: boolean
  readonly size: number
  readonly accepted: boolean
  readonly code: number
  readonly status: string
  readonly reply: string
  readonly steps: readonly Step[]
  readonly via: string
  readonly client: string
}

/** Makes cards, each text decoded and each card written out once for all who watch. */
export class Cards {
  readonly #textOf: (trace: Trace) => Promise<string>
  readonly #log: Log
  readonly #texts = new Map<string, Promise<string>>()
  readonly #written = new WeakMap<Trace, Promise<string>>()

  constructor(textOf: (trace: Trace) => Promise<string>, log: Log) {
    this.#textOf = textOf
    this.#log = log
  }

  /** The card as JSON. Never rejects: a text that cannot be read is empty. */
  json(trace: Trace): Promise<string> {
    let written = this.#written.get(trace)
    if (written === undefined) {
      written = this.#text(trace).then((text) => JSON.stringify(cardOf(trace, text)))
      this.#written.set(trace, written)
    }
    return written
  }

  /** One character more than a card shows, at most. */
  #text(trace: Trace): Promise<string> {
    const kept = this.#texts.get(trace.id)
    if (kept !== undefined) return kept
    const text = this.#textOf(trace).then(
      // Through a buffer, or the few characters kept would hold all of a long text in memory.
      (all) => (all.length > textMaxLength + 1 ? detached(all) : all),
      (error) => {
        this.#log.warn('board text unreadable', { message: trace.id, error })
        return ''
      },
    )
    this.#texts.set(trace.id, text)
    const oldest = this.#texts.keys().next().value
    if (this.#texts.size > keptTexts && oldest !== undefined) this.#texts.delete(oldest)
    return text
  }
}

function detached(text: string): string {
  return Buffer.from(text.slice(0, textMaxLength + 1), 'utf16le').toString('utf16le')
}

export function cardOf(trace: Trace, text: string): Card {
  const { id, at, from, recipients, subject, size, accepted, code, status, steps, client } = trace
  const cut = text.length > textMaxLength
  return {
    id,
    at,
    from,
    recipients,
    subject,
    text: cut ? wholeCharacters(text.slice(0, textMaxLength)) : text,
    cut,
    size,
    accepted,
    code,
    status,
    reply: trace.text,
    steps,
    via: client.protocol,
    client: client.address,
  }
}

/** A cut between the two halves of a character leaves out both. */
function wholeCharacters(text: string): string {
  return text.isWellFormed() ? text : text.replace(/[\ud800-\udbff]$/, '')
}
