// The hooks as a screen of sessions and a check of messages: what they are told, and what becomes
// of their answers.
import type { Log } from '../../base/log.ts'
import type { Reply } from '../../base/reply.ts'
import { formatAddress } from '../../message/address.ts'
import { readEnvelope } from '../../message/envelope.ts'
import { scanHeader } from '../../message/header-fields.ts'
import { plainText } from '../../message/plain-text.ts'
import { type Check, type Opinion, plainWords, type Subject } from '../checks/check.ts'
import type { Objection, Screen, SessionEvent } from '../screen.ts'
import type { Client } from '../types.ts'
import type { HookWord } from './calls.ts'
import type { HookWorker } from './hook-worker.ts'
import type { ClientEvent, HookStage, MailEvent, MessageEvent, RcptEvent } from './types.ts'

export interface HookSettings {
  /** When a hook fails or hangs. */
  readonly onFailure: 'accept' | 'tempfail'
}

interface Ports {
  readonly worker: HookWorker
  readonly settings: () => HookSettings
  readonly log: Log
}

/** What hooks wrote on a client and its message before there was a text. */
interface Notes {
  /** Where the client is: a proxy speaks for others in its own session. */
  readonly address: string
  readonly client: HookWord[]
  message: HookWord[]
  id: string
}

type MessageSeen = Pick<Subject, 'envelope' | 'direction'> & {
  readonly letter: Pick<Subject['letter'], 'head' | 'size'>
}

interface Outcome {
  readonly objection?: Objection
  readonly notes: readonly HookWord[]
}

const notesMax = 16
const headerMax = 200
const textMaxLength = 64 * 1024
const fieldName = /^[A-Za-z0-9][A-Za-z0-9-]{0,60}$/

export class HookFilter implements Check, Screen {
  readonly name = 'hooks'
  readonly #ports: Ports
  readonly #sessions = new Map<string, Notes>()

  constructor(ports: Ports) {
    this.#ports = ports
  }

  hear(event: SessionEvent): Promise<Objection | undefined> | undefined {
    if (event.at === 'end') {
      this.#sessions.delete(event.session)
      return undefined
    }
    const { worker } = this.#ports
    const first = event.at === 'hello' && !this.#knows(event.client)
    if (first && (worker.has('connect') || worker.has('hello'))) return this.#greeted(event)
    if (event.at === 'mail') this.#begin(event.client, event.id)
    return worker.has(event.at) ? this.#heard(event.at, event) : undefined
  }

  look(subject: Subject): Promise<Opinion> | undefined {
    const { client, id } = subject.envelope
    const notes = this.#sessions.get(client.session)
    const before = notes?.id === id ? [...notes.client, ...notes.message] : []
    if (!this.#ports.worker.has('message'))
      return before.length === 0 ? undefined : Promise.resolve(annotated(before))
    return this.#look(subject, before)
  }

  async #greeted(event: Extract<SessionEvent, { at: 'hello' | 'auth' }>) {
    const { worker } = this.#ports
    this.#notes(event.client)
    const refused = worker.has('connect') ? await this.#heard('connect', event) : undefined
    if (refused) {
      // Asked again when it greets again.
      this.#sessions.delete(event.client.session)
      return { ...refused, close: true }
    }
    return worker.has('hello') ? await this.#heard('hello', event) : undefined
  }

  async #heard(
    stage: Exclude<HookStage, 'message'>,
    event: Exclude<SessionEvent, { at: 'end' }>,
  ): Promise<Objection | undefined> {
    const { objection, notes } = await this.#ask(stage, told(event))
    const kept = this.#notes(event.client)
    const list = stage === 'mail' || stage === 'rcpt' ? kept.message : kept.client
    list.push(...notes.slice(0, Math.max(0, notesMax - list.length)))
    return objection
  }

  async #look(subject: Subject, before: readonly HookWord[]): Promise<Opinion> {
    const { objection, notes } = await this.#ask('message', messageEvent(subject))
    return objection ?? annotated([...before, ...notes])
  }

  async #ask(stage: HookStage, event: object): Promise<Outcome> {
    const { worker, settings, log } = this.#ports
    try {
      const words = await worker.ask(stage, event)
      const last = words.at(-1)
      const objection = last && objectionOf(last)
      const notes = words.filter(({ answer }) => answer.is === 'annotate')
      return objection ? { objection, notes } : { notes }
    } catch (error) {
      log.warn('hook failed', { stage, error })
      if (settings().onFailure === 'accept') return { notes: [] }
      return { objection: { is: 'deferred', said: `${stage} failed` }, notes: [] }
    }
  }

  #begin(client: Client, id: string): void {
    const notes = this.#sessions.get(client.session)
    if (notes) Object.assign(notes, { id, message: [] })
    else if (this.#ports.worker.has('mail') || this.#ports.worker.has('rcpt'))
      this.#notes(client).id = id
  }

  #knows({ session, address }: Client): boolean {
    return this.#sessions.get(session)?.address === address
  }

  #notes(client: Client): Notes {
    const { session, address } = client
    const known = this.#sessions.get(session)
    if (known && this.#knows(client)) return known
    const notes: Notes = { address, client: [], message: [], id: '' }
    this.#sessions.set(session, notes)
    return notes
  }
}

function told(event: Exclude<SessionEvent, { at: 'end' }>): ClientEvent | MailEvent | RcptEvent {
  const client = clientOf(event.client)
  if (event.at === 'mail')
    return { client, id: event.id, sender: event.from ? formatAddress(event.from) : '' }
  if (event.at === 'rcpt') return { client, id: event.id, recipient: formatAddress(event.to) }
  return { client }
}

function clientOf({ session, protocol, address, port, hello, tls, login, trusted }: Client) {
  return { session, protocol, address, port, hello, tls, login, trusted }
}

/** What a hook is told of a whole message. */
export function messageEvent({
  envelope,
  direction,
  letter: { head, size },
}: MessageSeen): MessageEvent {
  const { id, client, from, recipients } = envelope
  const header = scanHeader(head)
  return {
    client: clientOf(client),
    ...{ id, direction, size },
    sender: from ? formatAddress(from) : '',
    recipients: recipients.map(({ address }) => formatAddress(address)),
    subject: readEnvelope(head, header).subject,
    header: header.fields.slice(0, headerMax).map(({ name, value, end }) => ({
      name,
      value: head
        .toString('utf8', value, end)
        .replace(/\r?\n(?=[ \t])/g, '')
        .trim(),
    })),
    text: plainText(head, textMaxLength),
  }
}

function objectionOf({ file, answer }: HookWord): Objection | undefined {
  if (answer.is !== 'refuse' && answer.is !== 'defer') return undefined
  const text = plainWords(answer.text ?? '')
  const is = answer.is === 'refuse' ? 'refused' : 'deferred'
  const said = `${file} ${is} it${text === '' ? '' : `: ${text}`}`
  const words = { refused: [550, '5.7.1'], deferred: [451, '4.7.1'] } as const
  const [code, status] = words[is]
  const reply: Reply = { code, status, text }
  return text === '' ? { is, said } : { is, said, reply }
}

function annotated(words: readonly HookWord[]): Opinion {
  const notes: string[] = []
  let fields = ''
  for (const { file, answer } of words) {
    if (answer.is !== 'annotate') continue
    if (answer.note) notes.push(`${file}: ${answer.note}`)
    for (const [name, value] of Object.entries(answer.fields ?? {}))
      if (fieldName.test(name)) fields += `${name}: ${plainWords(value)}\r\n`
  }
  return { is: 'taken', said: notes.join('; '), fields }
}
