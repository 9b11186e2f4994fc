// The index of mail in a file, on two threads: one that writes and lets others go first, and one
// that searches, started with the first search.
import type { Hit, Phrase, Position } from '../../store/text-index.ts'
import { IndexClient } from './index-client.ts'
import type { RawBatch } from './index-questions.ts'
import type { MailIndex } from './mail-index.ts'

export class FileIndex implements MailIndex {
  readonly #file: string
  readonly #thread: IndexClient
  #finder: IndexClient | undefined

  constructor(file: string) {
    this.#file = file
    this.#thread = new IndexClient({ file, patient: true })
  }

  async put(batch: RawBatch): Promise<void> {
    await this.#thread.ask('put', batch)
  }

  async drop(account: string): Promise<void> {
    while (!(await this.#thread.ask('drop', account)));
  }

  position(account: string): Promise<Position | undefined> {
    return this.#thread.ask('position', account)
  }

  positions(after: string, limit: number): Promise<readonly Position[]> {
    return this.#thread.ask('positions', { after, limit })
  }

  async known(account: string, emails: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(await this.#thread.ask('known', { owner: account, ids: emails }))
  }

  async *find(account: string, phrase: Phrase): AsyncGenerator<readonly Hit[]> {
    // The file is there once the first question was answered.
    if (!this.#finder) await this.#thread.ask('position', account)
    this.#finder ??= new IndexClient({ file: this.#file, patient: false })
    const finder = this.#finder
    const search = finder.newNumber()
    try {
      let hits = await finder.ask('find', { search, owner: account, phrase })
      while (hits.length > 0) {
        yield hits
        hits = await finder.ask('more', search)
      }
    } finally {
      if (!finder.ended) void finder.ask('leave', search).catch(() => {})
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#thread.close(), this.#finder?.close()])
  }
}
