// Messages that a client named: while one is under way, and for a day after, the same name gets the
// same answer. In memory, for speed and for what comes twice at once; deliver.ts asks the store.
import { createHash } from 'node:crypto'
import { repeatWindowMs } from './deliver.ts'
import type { Answer } from './replies.ts'

interface Entry {
  readonly at: number
  readonly answer: Promise<Answer>
}

const entriesMax = 10_000

export class Repeats {
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>()

  /** The answer that `key` had, or else that of `send`, kept if anything was sent. */
  once(key: string, send: () => Promise<Answer>, now = Date.now()): Promise<Answer> {
    const known = this.#entries.get(key)
    if (known && known.at > now - repeatWindowMs) return known.answer
    const answer = send()
    this.#entries.delete(key)
    this.#entries.set(key, { at: now, answer })
    if (this.#entries.size > entriesMax) this.#entries.delete(this.#entries.keys().next().value!)
    const forget = () => {
      if (this.#entries.get(key)?.answer === answer) this.#entries.delete(key)
    }
    answer.then(({ is }) => is === 'sent' || is === 'partly' || forget(), forget)
    return answer
  }
}

/** The key of a message that `sender` named `id`. */
export function repeatKey(sender: string, id: string): string {
  return createHash('sha256').update(`${sender}\0${id}`).digest('hex').slice(0, 40)
}
