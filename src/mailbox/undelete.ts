// Expunged messages: what can be put back, putting it back, and the end of what was not.
import type { Digest } from '../message/digest.ts'
import type { ChangeFeed } from './change-feed.ts'
import { hasExpunged, listExpunged, purge, type Restored, restore } from './expunge-job.ts'
import type { MailPorts } from './mailboxes.ts'

export interface Restorable {
  /** The email's id. */
  readonly id: string
  /** Where it was. */
  readonly mailbox: string
  /** Milliseconds since 1970. */
  readonly expungedAt: number
  readonly receivedAt: number
  readonly size: number
  readonly digest: Digest
}

const listMax = 1_000
const restoredMax = 1_000
const purgedMax = 200

export class Undelete {
  readonly #ports: MailPorts
  readonly #changes: ChangeFeed
  readonly #keptMs: number

  /** What was expunged more than `keptMs` ago is out of reach, and goes with the next purge. */
  constructor(ports: MailPorts, changes: ChangeFeed, keptMs: number) {
    this.#ports = ports
    this.#changes = changes
    this.#keptMs = keptMs
  }

  /** The last expunged first, at most `limit` (and 1,000). */
  async list(account: string, limit: number): Promise<readonly Restorable[]> {
    const order = { account, since: this.#since(), limit: Math.min(limit, listMax) }
    const rows = await this.#ports.engine.run(listExpunged, order)
    return rows.map((row) => ({
      id: row.email,
      mailbox: row.mailbox,
      expungedAt: row.expunged_at,
      receivedAt: row.received_at,
      size: row.size,
      digest: JSON.parse(row.digest) as Digest,
    }))
  }

  /**
   * Puts emails back where they were (the first 1,000 of the list), under new UIDs; what cannot be
   * restored is left out. All or none. @throws Refused 'over-quota', 'not-found'
   */
  async restore(account: string, emails: readonly string[]): Promise<readonly Restored[]> {
    const { engine, now } = this.#ports
    const order = { account, emails: emails.slice(0, restoredMax), since: this.#since(), at: now() }
    const { restored, changes } = await engine.run(restore, order)
    for (const change of changes) this.#changes.publish(change)
    return restored
  }

  /** Removes for good what is out of reach, in small jobs; how many messages went. */
  async purge(account: string): Promise<number> {
    const { engine, now } = this.#ports
    const before = this.#since()
    let purged = 0
    while (await engine.run(hasExpunged, { account, before }))
      purged += await engine.run(purge, { account, before, limit: purgedMax, at: now() })
    return purged
  }

  /** With nothing kept, not even what is expunged in this millisecond is in reach. */
  #since(): number {
    return this.#keptMs === 0 ? this.#ports.now() + 1 : this.#ports.now() - this.#keptMs
  }
}
