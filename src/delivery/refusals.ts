// Keeps what was turned away, as much of it as is worth the disk.
import type { Log } from '../base/log.ts'
import type { Reply } from '../base/reply.ts'
import type { Engine } from '../store/engine.ts'
import type { Boards } from './boards.ts'
import type { Outcomes } from './outcome.ts'
import { addRefused } from './trace-jobs.ts'
import { rowOf } from './trace-row.ts'
import type { Client, Refusal, Trace } from './types.ts'

interface Ports {
  readonly engine: Engine
  readonly nextId: () => string
  readonly now: () => number
  readonly log: Log
}

/** Refusals on their way to the disk; more at once are a flood, and only counted. */
const writingMax = 64
const pruneEvery = 500

export class Refusals {
  readonly #ports: Ports
  readonly #boards: Boards
  readonly #outcomes: Outcomes
  #writing = 0
  #written = 0
  #dropped = 0

  constructor(ports: Ports, boards: Boards, outcomes: Outcomes) {
    this.#ports = ports
    this.#boards = boards
    this.#outcomes = outcomes
  }

  async keep(refusal: Refusal): Promise<void> {
    if (this.#writing >= writingMax) {
      this.#dropped++
      return
    }
    const { log } = this.#ports
    this.#writing++
    try {
      await this.#write(refusal)
    } catch (error) {
      log.warn('refusal not kept', { session: refusal.client.session, error })
    } finally {
      this.#writing--
    }
    if (this.#dropped === 0) return
    log.warn('refusals not kept', { count: this.#dropped })
    this.#dropped = 0
  }

  async #write(refusal: Refusal): Promise<void> {
    const { engine, nextId, now } = this.#ports
    const board = await this.#boards.known(refusal.board)
    const trace = traceOf({ ...refusal, board }, nextId(), now())
    const row = rowOf(trace, cut(refusal.text, bodyMaxLength))
    const prune = this.#written++ % pruneEvery === 0
    const place = await engine
      .run(addRefused, { row, prune })
      .then(() => this.#outcomes.takePlace())
    place.ready({ changes: [], trace })
  }
}

const addressMaxLength = 320
const headerMaxLength = 1_000
const bodyMaxLength = 1_000
const saidMaxLength = 500
const recipientsMax = 100
const stepsMax = 16

/** Everything in it has a bound: whoever is refused may have said anything. */
function traceOf(refusal: Refusal, id: string, at: number): Trace {
  const { code, status, text } = replyOf(refusal)
  return {
    id,
    at,
    client: shortClient(refusal.client),
    from: cut(refusal.from, addressMaxLength),
    recipients: refusal.recipients.slice(0, recipientsMax).map((recipient) => ({
      address: cut(recipient.address, addressMaxLength),
      code: recipient.code,
      status: recipient.status,
      text: cut(recipient.text, saidMaxLength),
      place: recipient.place,
    })),
    subject: cut(refusal.subject, headerMaxLength),
    messageId: cut(refusal.messageId.replace(/^<|>$/g, ''), headerMaxLength),
    size: 0,
    accepted: false,
    code,
    status,
    text: cut(text, saidMaxLength),
    steps: refusal.steps
      .slice(0, stepsMax)
      .map((step) => ({ ...step, said: cut(step.said, saidMaxLength) })),
    blob: null,
    board: refusal.board,
  }
}

function shortClient(client: Client): Client {
  return { ...client, hello: cut(client.hello, 255), login: cut(client.login, addressMaxLength) }
}

/** The words of the refusal: a recipient's reply, else those of the step that failed. */
function replyOf({ recipients, steps }: Refusal): Reply {
  const recipient = recipients.find(({ code }) => code === 0 || code >= 400)
  if (recipient) return recipient
  const said = steps.find(({ ok }) => !ok)?.said ?? ''
  const parts = /^([2-5]\d\d) (?:([245]\.\d{1,3}\.\d{1,3}) )?(.*)$/s.exec(said)
  const [, code = '0', status = '', text = said] = parts ?? []
  return { code: Number(code), status, text }
}

function cut(text: string, maxLength: number): string {
  return text.length > maxLength ? text.slice(0, maxLength) : text
}
