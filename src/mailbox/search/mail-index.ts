// The port to the index of mail: a text index that takes messages apart itself.
import type { Hit, Phrase, Position } from '../../store/text-index.ts'
import type { RawBatch } from './index-questions.ts'

export interface MailIndex {
  /** Atomic: messages and position are both in it after that, or neither. */
  put(batch: RawBatch): Promise<void>
  drop(account: string): Promise<void>
  position(account: string): Promise<Position | undefined>
  /** In the order of accounts, at most `limit`, those after `after`. */
  positions(after: string, limit: number): Promise<readonly Position[]>
  /** Those of the emails that are in it. */
  known(account: string, emails: readonly string[]): Promise<ReadonlySet<string>>
  /** Emails with all the words in one of the columns or several. In slices. */
  find(account: string, phrase: Phrase): AsyncIterable<readonly Hit[]>
  close(): Promise<void>
}
