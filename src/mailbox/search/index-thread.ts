// The thread of the index: takes messages apart and keeps their words, where nobody waits for it.
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { Digest } from '../../message/digest.ts'
import { SqliteTextIndex } from '../../store/sqlite-text-index.ts'
import type { Document, Hit } from '../../store/text-index.ts'
import { columnCount, documentOf, haystackOf } from './haystack.ts'
import {
  type Answered,
  type Asked,
  hitsMax,
  type IndexThreadData,
  type Question,
  type Questions,
  type RawDocument,
} from './index-questions.ts'

class IndexThread {
  readonly #index: SqliteTextIndex
  readonly #searches = new Map<number, Iterator<Hit>>()

  constructor(index: SqliteTextIndex) {
    this.#index = index
  }

  readonly answers: { readonly [Q in Question]: (about: Questions[Q][0]) => Questions[Q][1] } = {
    documents: (added) => added.map(takenApart),
    put: ({ position, added, removed }) => {
      this.#index.put({ position, added: added.map(takenApart), removed })
      return undefined
    },
    drop: (owner) => this.#index.drop(owner),
    position: (owner) => this.#index.position(owner),
    positions: ({ after, limit }) => this.#index.positions(after, limit),
    known: ({ owner, ids }) => this.#index.known(owner, ids),
    find: ({ search, owner, phrase }) => {
      this.#searches.set(search, this.#index.find(owner, phrase))
      return this.#hits(search)
    },
    more: (search) => this.#hits(search),
    leave: (search) => {
      this.#searches.get(search)?.return?.()
      this.#searches.delete(search)
      return undefined
    },
  }

  #hits(search: number): readonly Hit[] {
    const hits: Hit[] = []
    const iterator = this.#searches.get(search)
    for (let next = iterator?.next(); next && !next.done; next = iterator?.next()) {
      hits.push(next.value)
      if (hits.length === hitsMax) return hits
    }
    this.#searches.delete(search)
    return hits
  }
}

function takenApart({ email, thread, digest, bytes }: RawDocument): Document {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return documentOf(email, thread, haystackOf(JSON.parse(digest) as Digest, message))
}

function serve(): void {
  const port = parentPort
  if (!port) throw new Error('this module belongs in a worker thread')
  const { file: given, patient } = workerData as IndexThreadData
  // On Linux this is the thread's own priority: whoever delivers goes first.
  if (patient && process.platform === 'linux') setPriority(10)
  // Without a file the index is in memory, and nobody asks for it.
  const file = given || ':memory:'
  const index = new SqliteTextIndex(file, columnCount)
  const { answers } = new IndexThread(index)
  port.on('message', (asked: Asked | 'stop') => {
    if (asked === 'stop') {
      index.close()
      port.close()
      return
    }
    port.postMessage(answered(asked, answers[asked.question] as (about: unknown) => unknown))
  })
}

function answered({ number, about }: Asked, answer: (about: unknown) => unknown): Answered {
  try {
    return { number, answer: answer(about) }
  } catch (error) {
    return { number, error: error instanceof Error ? error.message : String(error) }
  }
}

serve()
