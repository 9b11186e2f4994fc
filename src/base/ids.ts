// Identifiers that sort by the time they were made. Knows nothing of what they name.
import { randomFillSync } from 'node:crypto'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** Makes ids: 20 lower-case base-32 characters, 48 bits of milliseconds and 52 random bits. */
export class Ids {
  readonly #now: () => number
  readonly #pool = Buffer.alloc(4096)
  #at = 4096
  #last = ''

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** A new id, greater (as text) than every id this maker gave before. */
  next(): string {
    const id = this.#make()
    // Same millisecond and a smaller random part, or the clock went back: follow on from the last.
    this.#last = id > this.#last ? id : successor(this.#last)
    return this.#last
  }

  #make(): string {
    if (this.#at + 10 > this.#pool.length) {
      randomFillSync(this.#pool)
      this.#at = 0
    }
    let head = ''
    let ms = this.#now()
    for (let n = 0; n < 10; n++) {
      head = alphabet[ms % 32] + head
      ms = Math.floor(ms / 32)
    }
    let tail = ''
    for (let n = 0; n < 10; n++) tail += alphabet[this.#pool[this.#at++]! & 31]
    return head + tail
  }
}

/** The instant in an id, in milliseconds since 1970. */
export function timeOfId(id: string): number {
  let ms = 0
  for (const letter of id.slice(0, 10)) ms = ms * 32 + alphabet.indexOf(letter)
  return ms
}

function successor(id: string): string {
  for (let n = id.length - 1; n >= 0; n--) {
    const value = alphabet.indexOf(id[n]!)
    if (value < 31) return id.slice(0, n) + alphabet[value + 1] + '0'.repeat(id.length - n - 1)
  }
  return id
}
