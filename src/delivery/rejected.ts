// Keeps mail that a check refused for a while: its sender has heard no, and its recipient may want
// it all the same. Knows when a message is worth that, and when it is over.
import type { Log } from '../base/log.ts'
import { Refused } from '../base/refused.ts'
import type { Reply } from '../base/reply.ts'
import type { Mailboxes } from '../mailbox/mailboxes.ts'
import type { Messages } from '../mailbox/messages.ts'
import type { Engine } from '../store/engine.ts'
import type { Arrived } from './arrived.ts'
import { directionOf } from './checks/check.ts'
import { quarantine } from './file-jobs.ts'
import { msSince } from './outcome.ts'
import { dropKept } from './trace-jobs.ts'
import type { Traces } from './traces.ts'
import type { Trace } from './types.ts'

export interface RejectedSettings {
  /** 0: nothing is kept. */
  readonly keepMs: number
  readonly keptMax: number
}

export interface RejectedPorts {
  readonly engine: Engine
  readonly mailboxes: Mailboxes
  readonly messages: Messages
  readonly traces: Traces
  readonly settings: () => RejectedSettings
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: Log
}

const sizeMaxBytes = 25 * 1024 * 1024
const forgetEveryMs = 3_600_000
const listedMax = 1_000
const usualReply: Reply = { code: 550, status: '5.7.1', text: 'Message refused' }

export class Rejected {
  readonly #ports: RejectedPorts
  readonly #timer: NodeJS.Timeout
  #forgetting: Promise<void> | undefined
  #kept = 0

  constructor(ports: RejectedPorts) {
    this.#ports = ports
    this.#timer = setInterval(() => void this.forget(), forgetEveryMs).unref()
  }

  /** What is to be thrown: the same refusal, which tells that the message is kept if it is. */
  async keep(
    arrived: Arrived,
    error: unknown,
    file: (arrived: Arrived) => Promise<Trace>,
  ): Promise<unknown> {
    const { settings, log } = this.#ports
    const { envelope, letter } = arrived
    const worth =
      error instanceof Refused && error.code === 'filter-refused' && settings().keepMs > 0
    const ours = envelope.recipients.some(({ place }) => place.kind === 'mailbox')
    const wanted = worth && ours && letter.size <= sizeMaxBytes
    if (!wanted || directionOf(envelope.client) !== 'in') return error
    const { by = 'refused', reply = usualReply } = error.filter ?? {}
    const step = { step: 'filtered', ms: msSince(envelope.began), ok: false, said: by } as const
    try {
      const findings = { steps: [step], fields: '', end: 'rejected', reply } as const
      const { id } = await file({ ...arrived, findings })
      if (++this.#kept % sweepEach === 0) void this.forget()
      return new Refused('filter-refused', by, { by, reply, kept: id })
    } catch (failure) {
      log.warn('refused mail not kept', { message: envelope.id, error: failure })
      return error
    }
  }

  /** Drops what is older than the settings have it, and what is beyond their number. */
  forget(): Promise<void> {
    this.#forgetting ??= this.#forget()
      .catch((error: unknown) => this.#ports.log.warn('refused mail not dropped', { error }))
      .finally(() => {
        this.#forgetting = undefined
      })
    return this.#forgetting
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#forgetting
  }

  async #forget(): Promise<void> {
    const { mailboxes, traces, settings, now } = this.#ports
    const { keepMs, keptMax } = settings()
    let before: number | undefined
    let count = 0
    for (;;) {
      const at = before === undefined ? {} : { before }
      const page = await mailboxes.messages(quarantine, quarantine, { limit: listedMax, ...at })
      for (const { id, uid } of page) {
        const trace = await traces.get(id)
        if (!trace || trace.accepted) continue
        if (++count > keptMax || now() - trace.at > keepMs) await this.#drop(id, uid)
      }
      before = page.at(-1)?.uid
      if (page.length < listedMax || before === undefined) return
    }
  }

  async #drop(id: string, uid: number): Promise<void> {
    const { messages, engine } = this.#ports
    const place = { account: quarantine, mailbox: quarantine }
    await messages.expunge(place, [[uid, uid]], false)
    await engine.run(dropKept, id)
  }
}

const sweepEach = 200
