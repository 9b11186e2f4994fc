// What is said to the thread of the index, and what it answers.
import type { Document, Hit, Phrase, Position } from '../../store/text-index.ts'

/** A message on its way into the index. */
export interface RawDocument {
  readonly email: string
  readonly thread: number
  /** As JSON. */
  readonly digest: string
  /** The message as it was received, or its first MiB. */
  readonly bytes: Uint8Array
}

/** What the thread is started with. */
export interface IndexThreadData {
  /** Of its index, "" for none. */
  readonly file: string
  /** Whether others go first. */
  readonly patient: boolean
}

export interface RawBatch {
  readonly position: Position
  readonly added: readonly RawDocument[]
  readonly removed: readonly string[]
}

/** What can be asked, and the answer to each. */
export interface Questions {
  /** Only takes messages apart. */
  readonly documents: [added: readonly RawDocument[], answer: readonly Document[]]
  readonly put: [batch: RawBatch, answer: undefined]
  /** True when nothing is left. */
  readonly drop: [owner: string, answer: boolean]
  readonly position: [owner: string, answer: Position | undefined]
  readonly positions: [page: { after: string; limit: number }, answer: readonly Position[]]
  readonly known: [order: { owner: string; ids: readonly string[] }, answer: readonly string[]]
  /** Begins a search under a number of the asker's choice; its first hits. */
  readonly find: [order: { search: number; owner: string; phrase: Phrase }, answer: readonly Hit[]]
  /** More hits of a search; none when it is at its end. */
  readonly more: [search: number, answer: readonly Hit[]]
  readonly leave: [search: number, answer: undefined]
}

export type Question = keyof Questions

export interface Asked<Q extends Question = Question> {
  readonly number: number
  readonly question: Q
  readonly about: Questions[Q][0]
}

export interface Answered {
  readonly number: number
  readonly answer?: unknown
  readonly error?: string
}

export const hitsMax = 1_000
