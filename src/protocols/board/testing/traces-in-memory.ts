// A store of traces for tests: keeps them in order, tells them live, knows nothing of disks.
import { Feed } from '../../../base/feed.ts'
import type { Refusal, Step, Trace } from '../../../delivery/types.ts'
import type { BoardTraces } from '../board.ts'

export class TracesInMemory implements BoardTraces {
  readonly live = new Feed<Trace>()
  readonly kept: Trace[] = []
  readonly texts = new Map<string, string>()
  /** Awaited before `since` answers, for what happens meanwhile. */
  beforeSince: () => void | Promise<void> = () => {}

  add(given: Partial<Trace>, text = 'text'): Trace {
    const trace = { ...example, id: `t${String(this.kept.length).padStart(19, '0')}`, ...given }
    this.kept.push(trace)
    this.texts.set(trace.id, text)
    this.live.publish(trace)
    return trace
  }

  async list(page: { board: string; before?: string; limit: number }): Promise<readonly Trace[]> {
    const { board, before, limit } = page
    const end = before === undefined ? this.kept.length : this.#place(before)
    return this.#on(board, this.kept.slice(0, end)).toReversed().slice(0, limit)
  }

  async since(id: string, limit: number): Promise<readonly Trace[] | undefined> {
    await this.beforeSince()
    const place = this.#place(id)
    const last = this.kept[place]
    return last && this.#on(last.board, this.kept.slice(place + 1)).slice(0, limit)
  }

  async get(id: string): Promise<Trace | undefined> {
    return this.kept[this.#place(id)]
  }

  async text(trace: Trace): Promise<string> {
    return this.texts.get(trace.id) ?? ''
  }

  async byMessageId(messageId: string): Promise<readonly Trace[]> {
    return this.kept.filter((trace) => trace.messageId === messageId)
  }

  async addSteps(id: string, steps: readonly Step[]): Promise<boolean> {
    const place = this.#place(id)
    const trace = this.kept[place]
    if (trace === undefined) return false
    this.kept[place] = { ...trace, steps: [...trace.steps, ...steps] }
    this.live.publish(this.kept[place])
    return true
  }

  async refused(refusal: Refusal): Promise<void> {
    const { client, from, recipients, subject, messageId, steps, board, text } = refusal
    const code = recipients[0]?.code ?? 0
    this.add(
      { client, from, recipients, subject, messageId, steps, board, code, accepted: false },
      text,
    )
  }

  #place(id: string): number {
    const place = this.kept.findIndex((trace) => trace.id === id)
    return place < 0 ? this.kept.length : place
  }

  #on(board: string, traces: readonly Trace[]): readonly Trace[] {
    return traces.filter((trace) => trace.board === board)
  }
}

const example: Trace = {
  id: '',
  at: 1_780_000_000_000,
  client: {
    session: 's1',
    protocol: 'gateway',
    address: '127.0.0.1',
    port: 50_000,
    hello: '',
    tls: '',
    login: '',
    trusted: true,
  },
  from: 'ketua@example.com',
  recipients: [
    { address: 'tito@example.com', code: 250, status: '2.1.5', text: 'Ok', place: 'mailbox' },
  ],
  subject: 'A subject',
  messageId: 'm1@example.com',
  size: 341,
  accepted: true,
  code: 250,
  status: '2.0.0',
  text: 'Queued',
  steps: [
    { step: 'socket', ms: 0.4, ok: true, said: '127.0.0.1:50000' },
    { step: 'checked', ms: 1.1, ok: true, said: '' },
    { step: 'code', ms: 3.2, ok: true, said: '250 2.0.0 Queued' },
    { step: 'mailbox', ms: 3.1, ok: true, said: 'tito@example.com INBOX' },
  ],
  blob: null,
  board: 'board',
}
