// What the process that sweeps until it is killed said it kept and dropped, held against a store.
import type { Store } from '../store.ts'
import { bytesOf } from './blob-stores.ts'
import { notesWithBlobs } from './jobs.ts'

export class SweepLedger {
  readonly #owned = new Set<string>()
  readonly #dropped = new Set<string>()
  #ended = false

  /** From now on, until it begins anew, what is said counts for nothing. */
  over(ended: boolean): void {
    this.#ended = ended
  }

  /** "+id" when a note is on disk, "~id" before it is dropped, "-id" after. */
  hear(line: string): void {
    const [sign, id] = [line.slice(0, 1), line.slice(1)]
    if (sign !== '+') this.#owned.delete(id)
    else if (!this.#ended) this.#owned.add(id)
    if (sign === '-' && !this.#ended) this.#dropped.add(id)
  }

  get owned(): number {
    return this.#owned.size
  }

  /** What is not as it was said. */
  async audited({ engine, blobs }: Store): Promise<string[]> {
    const problems: string[] = []
    const missing = new Set(this.#owned)
    for (const { id, ...ref } of await engine.run(notesWithBlobs, undefined)) {
      missing.delete(id)
      if (this.#dropped.has(id)) problems.push(`${id} is back`)
      const expected = bytesOf(ref.size, Number(id.split('-')[2]) % 11)
      const found = await blobs.read(ref).catch((error: unknown) => String(error))
      if (typeof found === 'string') problems.push(`${id}: ${found}`)
      else if (!expected.equals(found)) problems.push(`${id}: other bytes`)
    }
    return [...problems, ...[...missing].map((id) => `${id} is missing`)]
  }
}
