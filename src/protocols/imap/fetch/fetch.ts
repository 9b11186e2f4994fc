// Answers FETCH for many messages: most from their rows alone, in few large chunks; the bytes of
// large messages as they are read.
import type { FetchColumn, FetchRow } from '../../../mailbox/fetch-job.ts'
import { MessageBytes } from '../../../mailbox/message-bytes.ts'
import type { Messages, Place } from '../../../mailbox/messages.ts'
import type { UidRange } from '../../../mailbox/uid-set.ts'
import type { Digest } from '../../../message/digest.ts'
import type { Numbers } from '../numbers.ts'
import type { Uids } from '../uids.ts'
import type { FetchItem } from './fetch-items.ts'
import { FetchOutput } from './fetch-output.ts'
import { bytesColumns, columnsFor, RowReader } from './fetch-row.ts'
import {
  CutShort,
  cutRange,
  MessageAnswers,
  type OpenedRow,
  withoutNul,
} from './message-answers.ts'
import { type Answer, type FlagNamesOf, plainAnswer } from './plain-answers.ts'

export interface Fetching {
  readonly place: Place
  readonly uids: readonly UidRange[]
  readonly items: readonly FetchItem[]
  /** UIDs whose flags the client is to be told as well. */
  readonly changed?: ReadonlySet<number>
  /** UIDs of what is recent to this session. */
  readonly recent?: Pick<Uids, 'count' | 'numberOf'>
  /** CONDSTORE: MODSEQ is told beside flags. */
  readonly modseqs?: boolean
  /** RFC 9586 §3: answers are UIDFETCH, and there are no sequence numbers. */
  readonly uidOnly?: boolean
}

export interface FetchPorts {
  readonly messages: Messages
  readonly numbers: Numbers
  readonly flagNames: FlagNamesOf
}

interface Answering {
  readonly item: FetchItem
  readonly answer: Answer
}

/** What is still to be said of a message. */
interface Rest {
  readonly row: FetchRow
  readonly answers: readonly Answering[]
  /** Something was said before. */
  readonly more: boolean
}

/** So many messages are always read ahead of the one that is being sent. */
const aheadMin = 8
/** As many as are read together. */
const batchMax = 32
const batchMaxBytes = 256 * 1024
const flags: FetchItem = { is: 'plain', name: 'FLAGS' }
const modseq: FetchItem = { is: 'plain', name: 'MODSEQ' }

/**
 * The answers, in the order of UIDs, in chunks. A message that cannot be read is left out, and the
 * reason thrown after all others; CutShort, at once: the connection must then be closed.
 * @throws Refused 'storage-failed'; UnknownEncoding; CutShort
 */
export async function* fetchAnswers(
  fetching: Fetching,
  ports: FetchPorts,
): AsyncGenerator<Buffer, void> {
  yield* new Fetch(fetching, ports).run()
}

/** "FLAGS (…)" with \Recent in it. */
function withRecent(text = ''): string {
  return text.replace('(', '(\\Recent ').replace(' )', ')')
}

/** BODY[], and its parts by octets. */
function isWhole(item: FetchItem): boolean {
  if (item.is !== 'bytes' || item.decoded) return false
  return item.section.part.length === 0 && item.section.text === ''
}

class Fetch {
  readonly #fetching: Fetching
  readonly #ports: FetchPorts
  readonly #columns: readonly FetchColumn[]
  readonly #read: RowReader
  readonly #answers: readonly Answering[]
  readonly #changes: readonly Answering[]
  readonly #output = new FetchOutput()
  readonly #opened = new Map<number, MessageBytes>()
  /** Whether all of each message is asked for. */
  readonly #wholes: boolean
  /** The first of the rows that was not opened ahead. */
  #next = 0
  #failure: unknown

  constructor(fetching: Fetching, ports: FetchPorts) {
    this.#fetching = fetching
    this.#ports = ports
    const { items } = fetching
    const asked = new Set(items.map((item) => item.is === 'plain' && item.name))
    const told = fetching.modseqs ? [flags, modseq] : [flags]
    const also = told.filter((item) => item.is === 'plain' && !asked.has(item.name))
    const changes = fetching.changed?.size ? also : []
    // RFC 7162 §3.2: with CONDSTORE whoever asks for flags is told the modseq as well.
    const all = fetching.modseqs && asked.has('FLAGS') ? [...items, ...also] : items
    this.#columns = columnsFor([...all, ...changes], [])
    this.#read = new RowReader(this.#columns)
    this.#answers = all.map((item) => this.#answering(item))
    this.#changes = changes.filter((item) => !all.includes(item)).map((c) => this.#answering(c))
    this.#wholes = all.some(isWhole)
  }

  async *run(): AsyncGenerator<Buffer, void> {
    const { place, uids } = this.#fetching
    for await (const rows of this.#ports.messages.fetch(place, uids, this.#columns)) {
      for (const [n, row] of rows.entries()) {
        if (this.#read.has('segment')) this.#readAhead(rows, n)
        if (this.#wholes) await this.#opened.get(this.#read.number(row, 'uid'))?.began
        const rest = this.#row(row)
        if (rest) yield* rest
        this.#opened.delete(this.#read.number(row, 'uid'))
        if (this.#output.full) yield this.#output.take()
      }
    }
    if (!this.#output.empty) yield this.#output.take()
    if (this.#failure !== undefined) throw this.#failure
  }

  #answering(item: FetchItem): Answering {
    const answer = plainAnswer(item, this.#read, this.#ports.flagNames)
    const { recent } = this.#fetching
    const plain = item.is !== 'plain' || item.name !== 'FLAGS'
    if (plain || !recent || recent.count === 0) return { item, answer }
    const isRecent = (row: FetchRow) => recent.numberOf(this.#read.number(row, 'uid')) > 0
    return { item, answer: (row) => (isRecent(row) ? withRecent(answer(row)) : answer(row)) }
  }

  /** Says what its row tells of a message; what is left to be said takes its bytes. */
  #row(row: FetchRow): AsyncGenerator<Buffer> | undefined {
    const uid = this.#read.number(row, 'uid')
    const { uidOnly, changed } = this.#fetching
    const number = uidOnly ? uid : this.#ports.numbers.numberOf(uid)
    if (number === 0) return undefined
    const answers = changed?.has(uid) ? [...this.#answers, ...this.#changes] : this.#answers
    this.#output.mark()
    this.#output.say(uidOnly ? `* ${uid} UIDFETCH (` : `* ${number} FETCH (`)
    for (const [n, { item, answer }] of answers.entries()) {
      const text = answer(row)
      if (text !== undefined) this.#output.say(n > 0 ? ` ${text}` : text)
      else if (!this.#sayWhole(uid, item, n > 0)) return this.#rest(row, answers.slice(n), n > 0)
    }
    this.#output.say(')\r\n')
    return undefined
  }

  /** A message that was read ahead, at once: most are, and nothing else is asked of them. */
  #sayWhole(uid: number, item: FetchItem, more: boolean): boolean {
    const bytes = isWhole(item) ? this.#opened.get(uid)?.now : undefined
    if (!bytes || item.is !== 'bytes') return false
    const [start, end] = cutRange([0, bytes.length], item.partial)
    this.#output.say(`${more ? ' ' : ''}${item.label} {${end - start}}\r\n`)
    this.#output.put(withoutNul(bytes.subarray(start, end)))
    return true
  }

  /** The answers from the first one on that takes the message's bytes. */
  async *#rest(row: FetchRow, answers: readonly Answering[], more: boolean) {
    const output = this.#output
    let sent = false
    try {
      const message = await this.#message(row)
      // The message went away meanwhile.
      if (!message) return output.rewind()
      for await (const chunk of this.#say(message, { row, answers, more })) {
        sent = true
        yield chunk
      }
    } catch (error) {
      if (sent || error instanceof CutShort) throw new CutShort('in an answer', { cause: error })
      output.rewind()
      this.#failure ??= error
    }
  }

  async *#say(message: MessageAnswers, { row, answers, more }: Rest): AsyncGenerator<Buffer> {
    for (const [n, { item, answer }] of answers.entries()) {
      if (n > 0 || more) this.#output.say(' ')
      const text = answer(row)
      if (text === undefined) yield* message.say(item, this.#output)
      else this.#output.say(text)
    }
    this.#output.say(')\r\n')
  }

  async #message(row: FetchRow): Promise<MessageAnswers | undefined> {
    const { structures } = this.#ports.messages
    if (this.#read.has('segment'))
      return new MessageAnswers(this.#open(row, this.#read), structures)
    // Rarely is more wanted of a message than was thought: its row is read again.
    const uid = this.#read.number(row, 'uid')
    const columns = ['uid', ...bytesColumns] as const
    const { place } = this.#fetching
    for await (const [again] of this.#ports.messages.fetch(place, [[uid, uid]], columns))
      if (again) return new MessageAnswers(this.#open(again, new RowReader(columns)), structures)
    return undefined
  }

  #open(row: FetchRow, read: RowReader): OpenedRow {
    let digest: Digest | undefined
    return {
      get id() {
        return read.text(row, 'email')
      },
      // All of a message is served without it.
      get digest() {
        digest ??= JSON.parse(read.text(row, 'digest')) as Digest
        return digest
      },
      bytes: this.#bytes(row, read),
    }
  }

  #bytes(row: FetchRow, read: RowReader): MessageBytes {
    const uid = read.number(row, 'uid')
    const opened = this.#opened.get(uid)
    if (opened) return opened
    const ref = {
      segment: read.number(row, 'segment'),
      offset: read.number(row, 'start'),
      size: read.number(row, 'blobSize'),
    }
    return this.#ports.messages.bytes(ref, read.bytes(row, 'prefix'))
  }

  #readAhead(rows: readonly FetchRow[], at: number): void {
    if (at === 0) this.#next = 0
    if (this.#opened.size >= aheadMin) return
    const batch: MessageBytes[] = []
    let bytes = 0
    while (this.#next < rows.length && batch.length < batchMax && bytes < batchMaxBytes) {
      const row = rows[this.#next++]!
      const uid = this.#read.number(row, 'uid')
      if (this.#ports.numbers.numberOf(uid) === 0) continue
      const opened = this.#bytes(row, this.#read)
      this.#opened.set(uid, opened)
      batch.push(opened)
      if (opened.small) bytes += opened.size
    }
    MessageBytes.ahead(batch)
  }
}
