// Traces as they are told live: those of this process at once, or, where others write to the same
// boards, each board's in the order of its positions, whoever filed them.
import { Feed } from '../base/feed.ts'
import type { Log } from '../base/log.ts'
import type { Engine } from '../store/engine.ts'
import type { Notifier } from '../store/notifier.ts'
import { findTrace, listAfter, positionOfTrace } from './trace-jobs.ts'
import type { TraceRow } from './trace-row.ts'
import type { Trace } from './types.ts'

export interface LivePorts {
  readonly engine: Engine
  readonly notifier: Notifier
  readonly log: Log
  readonly traceOf: (row: TraceRow) => Trace
}

interface Board {
  /** Every position up to this one was told; undefined until the first is looked up. */
  last: number | undefined
  /** Ids that somebody spoke of, and that are still to be told. */
  readonly wanted: Set<string>
  /** Ids that were told lately: word of a trace may come after the trace itself. */
  readonly told: Set<string>
  working: boolean
}

const channel = 'traces'
const pageMax = 200
const boardsMax = 1_000
const wantedMax = 10_000
const toldMax = 2_000

export class LiveTraces {
  /** Of all processes; a trace again when it grew. */
  readonly all = new Feed<Trace>()
  /** Of this process only. */
  readonly own = new Feed<Trace>()
  readonly #ports: LivePorts
  readonly #boards = new Map<string, Board>()

  constructor(ports: LivePorts) {
    this.#ports = ports
    ports.notifier.listen(channel, (word) => {
      if (word === undefined) this.#miss()
      else this.#hear(word)
    })
  }

  /** A new trace, once it is on disk. */
  tell(trace: Trace): void {
    const { notifier } = this.#ports
    this.own.publish(trace)
    notifier.publish(channel, `${trace.id} ${trace.board}`)
    if (notifier.others && trace.board !== '') this.#follow(trace.board, trace.id)
    else this.all.publish(trace)
  }

  /** One that was told before, and has grown. */
  tellAgain(trace: Trace): void {
    this.own.publish(trace)
    this.all.publish(trace)
    this.grew(trace.id)
  }

  /** Lets the other processes tell a trace again. */
  grew(id: string): void {
    this.#ports.notifier.publish(channel, `${id} `)
  }

  #hear(word: string): void {
    const [id = '', board = ''] = word.split(' ')
    if (this.all.listeners === 0) this.#boards.clear()
    else if (board !== '') this.#follow(board, id)
    else void this.#tellOne(id).catch((error: unknown) => this.#failed(error))
  }

  #miss(): void {
    this.#boards.clear()
    this.all.miss()
  }

  #follow(name: string, id: string): void {
    if (this.all.listeners === 0) {
      this.#boards.clear()
      return
    }
    let board = this.#boards.get(name)
    if (!board) {
      if (this.#boards.size >= boardsMax) this.#boards.clear()
      board = { last: undefined, wanted: new Set(), told: new Set(), working: false }
      this.#boards.set(name, board)
    }
    if (!board.told.has(id)) board.wanted.add(id)
    if (board.wanted.size > wantedMax) this.#miss()
    else if (!board.working) void this.#catchUp(name, board)
  }

  async #catchUp(name: string, board: Board): Promise<void> {
    board.working = true
    try {
      while (board.wanted.size > 0 && this.#boards.get(name) === board)
        await this.#step(name, board)
    } catch (error) {
      this.#failed(error)
    } finally {
      board.working = false
    }
  }

  async #step(name: string, board: Board): Promise<void> {
    const { engine, traceOf } = this.#ports
    const spoken = [...board.wanted]
    if (board.last === undefined) {
      const first = await engine.run(positionOfTrace, spoken[0] as string)
      board.last = first === undefined ? undefined : first - 1
    }
    const after = board.last
    if (after !== undefined)
      for (const row of await engine.run(listAfter, { board: name, after, limit: pageMax })) {
        board.last = row.position
        board.wanted.delete(row.id)
        remember(board.told, row.id)
        this.all.publish(traceOf(row))
      }
    // Before the first that was heard of, or gone by now.
    if (board.last === after)
      for (const id of spoken) {
        board.wanted.delete(id)
        await this.#tellOne(id)
      }
  }

  async #tellOne(id: string): Promise<void> {
    const row = await this.#ports.engine.run(findTrace, id)
    if (row) this.all.publish(this.#ports.traceOf(row))
  }

  /** What could not be read is told as missed: who listens asks for it. */
  #failed(error: unknown): void {
    this.#ports.log.warn('traces not told', { error })
    this.#miss()
  }
}

function remember(told: Set<string>, id: string): void {
  told.add(id)
  if (told.size > toldMax) for (const oldest of told.values().take(1)) told.delete(oldest)
}
