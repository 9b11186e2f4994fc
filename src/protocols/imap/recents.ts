// Which messages no session was told of yet: IMAP4rev1's \Recent, RFC 3501 §2.3.2. Exactly one
// session of this process takes each. It is in memory only, for RFC 9051 gave it up: what was there
// before the server started, or before so many mailboxes were looked at, is recent to nobody.
import type { Messages, Place } from '../../mailbox/messages.ts'

const mailboxesMax = 100_000

export interface RecentsPorts {
  readonly messages: Pick<Messages, 'firstSince'>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export class Recents {
  readonly #ports: RecentsPorts
  /** By account and mailbox: the first UID that was not taken. */
  readonly #untaken = new Map<string, number>()
  #since: number

  constructor(ports: RecentsPorts) {
    this.#ports = ports
    this.#since = ports.now()
  }

  /** From which UID on messages are recent. */
  async first(place: Place): Promise<number> {
    const key = keyOf(place)
    const known = this.#untaken.get(key)
    if (known !== undefined) return known
    const first = await this.#ports.messages.firstSince(place, this.#since)
    return this.#untaken.get(key) ?? first
  }

  /** The same, and from now on it is `uidNext`. */
  async take(place: Place, uidNext: number): Promise<number> {
    const first = await this.first(place)
    if (first >= uidNext) return first
    if (this.#untaken.size >= mailboxesMax) {
      this.#untaken.clear()
      this.#since = this.#ports.now()
    }
    const key = keyOf(place)
    // What another session took while this one asked is not taken twice.
    const untaken = Math.max(first, this.#untaken.get(key) ?? 0)
    this.#untaken.set(key, Math.max(untaken, uidNext))
    return untaken
  }
}

function keyOf({ account, mailbox }: Place): string {
  return `${account} ${mailbox}`
}
