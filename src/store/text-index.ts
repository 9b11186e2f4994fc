// The port to a full-text index: documents of owners, found by their words. It stands beside the
// database and can be made anew from it at any time; it says itself how far it got.

export interface Document {
  readonly id: string
  /** A number that is given back with the id. */
  readonly number: number
  /** Texts by column, as `words` gives them; always as many. */
  readonly columns: readonly string[]
}

/** How far an owner's documents are in the index; what it means is for whoever writes it. */
export interface Position {
  readonly owner: string
  readonly upTo: number
  /** "" but while a pass over all documents is under way: the last id it came to. */
  readonly cursor: string
}

/** Atomic: documents and position are both there after it, or neither. */
export interface Batch {
  readonly position: Position
  /** One that is there already stays as it is. */
  readonly added: readonly Document[]
  readonly removed: readonly string[]
}

/**
 * Words of a phrase: the first of them perhaps cut off at its beginning, the last at its end, a
 * single one at both.
 */
export interface Phrase {
  /** As `wordsOf` gives them; at least one. */
  readonly words: readonly string[]
  /** Indexes of the columns that it may be in. */
  readonly columns: readonly number[]
}

export interface Hit {
  readonly id: string
  readonly number: number
}

export interface TextIndex {
  put(batch: Batch): Promise<void>
  /** Removes all that an owner has. */
  drop(owner: string): Promise<void>
  position(owner: string): Promise<Position | undefined>
  /** In the order of owners, at most `limit`, those after `after`. */
  positions(after: string, limit: number): Promise<readonly Position[]>
  /** Those of the ids that are in the index. */
  known(owner: string, ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Documents with all the words in one of the columns or several, whatever stands between. */
  find(owner: string, phrase: Phrase): AsyncIterable<readonly Hit[]>
  close(): Promise<void>
}

// Scripts that are written without blanks: each character is a word.
const scripts = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar']
const unspaced = new RegExp(`[${scripts.map((name) => `\\p{sc=${name}}`).join('')}]`, 'gu')
const punctuation = /[^\p{L}\p{N}\p{M}\x00-\x7f]+/gu
const notAscii = /[^\x00-\x7f]/

/**
 * A text as an index takes it: its words of letters and digits, with blanks or ASCII punctuation
 * between them. Give it lower case.
 */
export function words(text: string): string {
  if (!notAscii.test(text)) return text
  return text.replace(unspaced, ' $& ').replace(punctuation, ' ')
}

export function wordsOf(text: string): string[] {
  return words(text).match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
}
