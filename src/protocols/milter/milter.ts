// Filters that speak the milter protocol, such as OpenDKIM, Rspamd and ClamAV: told of each message
// as its envelope and text come, and obeyed. Knows what to do when one cannot be reached.
import type { Log } from '../../base/log.ts'
import type { Check, Direction, Opinion, Subject } from '../../delivery/checks/check.ts'
import { directionOf, plainWords } from '../../delivery/checks/check.ts'
import type { Letter } from '../../delivery/letter.ts'
import type { Objection, Screen, SessionEvent } from '../../delivery/screen.ts'
import type { Client, Envelope } from '../../delivery/types.ts'
import { type Answer, MilterConversation } from './conversation.ts'
import { MilterLink, milterPlace } from './link.ts'

export interface MilterSettings {
  /** "unix:/run/x.sock", "inet:HOST:PORT", in the order in which they are asked. */
  readonly sockets: readonly string[]
  readonly directions: readonly Direction[]
  /** When one cannot be reached, or makes no sense. */
  readonly onFailure: 'accept' | 'tempfail' | 'reject'
  readonly connectTimeoutMs: number
  /** For each of its answers. */
  readonly timeoutMs: number
}

export interface MilterOptions {
  readonly serverName: string
  /** Asked anew for each client. */
  readonly settings: () => MilterSettings
  readonly log: Log
}

type Asked = (conversation: MilterConversation) => Promise<Answer>

/** One filter, as one client's session has it. */
class Filter {
  readonly socket: string
  readonly #options: MilterOptions
  #conversation: MilterConversation | undefined
  #greeting: Answer | undefined
  #failed = false

  constructor(socket: string, options: MilterOptions) {
    this.socket = socket
    this.#options = options
  }

  /** The filter's answer, or what the settings have in its place. */
  async ask(client: Client, asked: Asked): Promise<Answer> {
    try {
      const conversation = await this.#greeted(client)
      const stands = this.#greeting !== undefined && isObjection(this.#greeting)
      return stands ? this.#greeting! : await asked(conversation)
    } catch (error) {
      return this.fail(error, client)
    }
  }

  /** Speaks of the text. Undefined where the filter takes part no more. */
  async text(subject: Subject) {
    const conversation = this.#failed ? undefined : this.#conversation
    return await conversation?.text(subject)
  }

  /** What stands for the answers of a filter that has none. */
  fail(error: unknown, client: Client): Answer {
    if (!this.#failed) {
      const { socket } = this
      this.#options.log.warn('milter failed', { session: client.session, milter: socket, error })
    }
    this.#failed = true
    this.#conversation?.destroy()
    return this.unreachable()
  }

  get failed(): boolean {
    return this.#failed
  }

  unreachable(): Answer {
    const { onFailure } = this.#options.settings()
    if (onFailure === 'accept') return { is: 'go on' }
    return { is: onFailure === 'reject' ? 'refused' : 'deferred' }
  }

  end(): void {
    if (!this.#failed) this.#conversation?.end()
  }

  async #greeted(client: Client): Promise<MilterConversation> {
    if (this.#failed) throw new Error('it failed before')
    if (this.#conversation) return this.#conversation
    const place = milterPlace(this.socket)
    if (!place) throw new Error('no place of a milter')
    const link = await MilterLink.open(place, this.#options.settings())
    const { serverName } = this.#options
    try {
      this.#conversation = await MilterConversation.begin(link, { serverName, client })
      this.#greeting = await this.#conversation.greet()
    } catch (error) {
      link.destroy()
      throw error
    }
    return this.#conversation
  }
}

/** The filters of one client's session. */
interface Session {
  readonly filters: readonly Filter[]
  /** The message they are in. */
  id: string
}

export class Milters implements Check, Screen {
  readonly name = 'milter'
  readonly #options: MilterOptions
  readonly #sessions = new Map<string, Session>()

  constructor(options: MilterOptions) {
    this.#options = options
  }

  hear(event: SessionEvent): Promise<Objection | undefined> | undefined {
    if (event.at === 'mail') return this.#concerns(event.client) ? this.#mail(event) : undefined
    if (event.at === 'end') this.#end(event.session)
    // Who greets anew, behind STARTTLS or for somebody else, is a client of its own.
    if (event.at === 'hello') this.#end(event.client.session)
    const session = event.at === 'rcpt' ? this.#sessions.get(event.client.session) : undefined
    if (event.at !== 'rcpt' || session?.id !== event.id) return undefined
    return firstObjection(session.filters, (filter) =>
      filter.ask(event.client, (conversation) => conversation.recipient(event.to)),
    )
  }

  look(subject: Subject): Promise<Opinion> | undefined {
    return this.#concerns(subject.envelope.client) ? this.#look(subject) : undefined
  }

  #concerns(client: Client): boolean {
    const { sockets, directions } = this.#options.settings()
    return sockets.length > 0 && directions.includes(directionOf(client))
  }

  async #mail({ client, id, from }: Extract<SessionEvent, { at: 'mail' }>) {
    const session = this.#sessions.get(client.session) ?? this.#session(id)
    session.id = id
    this.#sessions.set(client.session, session)
    return await firstObjection(session.filters, (filter) =>
      filter.ask(client, (conversation) => conversation.mail(client, id, from)),
    )
  }

  #session(id: string): Session {
    const { sockets } = this.#options.settings()
    return { id, filters: sockets.map((socket) => new Filter(socket, this.#options)) }
  }

  #end(session: string): void {
    for (const filter of this.#sessions.get(session)?.filters ?? []) filter.end()
    this.#sessions.delete(session)
  }

  async #look(subject: Subject): Promise<Opinion> {
    const { envelope } = subject
    const known = this.#sessions.get(envelope.client.session)
    if (known?.id === envelope.id) return await allOpinions(known.filters, subject)
    const session = this.#session(envelope.id)
    try {
      return (await replayed(session, envelope)) ?? (await allOpinions(session.filters, subject))
    } finally {
      for (const filter of session.filters) filter.end()
    }
  }
}

/** Tells filters of an envelope that did not come by SMTP. A recipient refused refuses all. */
async function replayed({ filters }: Session, envelope: Envelope): Promise<Opinion | undefined> {
  const { client, id, from, recipients } = envelope
  const asked: Asked[] = [
    (conversation) => conversation.mail(client, id, from),
    ...recipients.map(
      ({ address }): Asked =>
        (conversation) =>
          conversation.recipient(address),
    ),
  ]
  for (const ask of asked) {
    const objection = await firstObjection(filters, (filter) => filter.ask(client, ask))
    if (objection) return objection
  }
  return undefined
}

async function firstObjection(
  filters: readonly Filter[],
  ask: (filter: Filter) => Promise<Answer>,
): Promise<Objection | undefined> {
  for (const filter of filters) {
    const answer = await ask(filter)
    if (answer.is !== 'refused' && answer.is !== 'deferred') continue
    const { is, reply } = answer
    return { is, said: said(filter, answer), ...(reply ? { reply } : {}) }
  }
  return undefined
}

/** Each filter's opinion of what the one before it left, in one. */
async function allOpinions(filters: readonly Filter[], subject: Subject): Promise<Opinion> {
  let state: Taken = { is: 'taken', said: '' }
  const letters: Letter[] = []
  try {
    for (const filter of filters) {
      const next = await opinionOf(filter, after(subject, state))
      if (next.is !== 'taken') return next
      if (state.letter && next.letter) letters.push(state.letter)
      state = { ...state, ...next, said: [state.said, next.said].filter(Boolean).join('; ') }
    }
    return state
  } catch (error) {
    state.letter?.drop()
    throw error
  } finally {
    for (const letter of letters) letter.drop()
  }
}

type Taken = Extract<Opinion, { is: 'taken' }>

function after(subject: Subject, { letter, from, recipients }: Taken): Subject {
  const envelope = {
    ...subject.envelope,
    ...(from === undefined ? {} : { from }),
    ...(recipients ? { recipients } : {}),
  }
  return { ...subject, envelope, letter: letter ?? subject.letter }
}

async function opinionOf(filter: Filter, subject: Subject): Promise<Opinion> {
  try {
    if (filter.failed) return judged(filter, filter.unreachable())
    const heard = await filter.text(subject)
    if (!heard) return judged(filter, filter.unreachable())
    const { answer, edits } = heard
    if (answer.is !== 'go on' && answer.is !== 'accept') {
      edits?.drop()
      return judged(filter, answer)
    }
    const edited = edits ? await edits.apply() : {}
    if (!edited) return { is: 'discarded', said: `${filter.socket} took every recipient away` }
    return { is: 'taken', said: `${filter.socket}${wordsFor(edited)}`, ...edited }
  } catch (error) {
    return judged(filter, filter.fail(error, subject.envelope.client))
  }
}

function judged(filter: Filter, answer: Answer): Opinion {
  if (answer.is === 'refused' || answer.is === 'deferred') {
    const { is, reply } = answer
    return { is, said: said(filter, answer), ...(reply ? { reply } : {}) }
  }
  if (answer.is === 'discard') return { is: 'discarded', said: `${filter.socket} dropped it` }
  return { is: 'taken', said: `${filter.socket}${filter.failed ? ' was not reached' : ''}` }
}

function said({ socket, failed }: Filter, { is, ...rest }: Answer): string {
  if (failed) return `${socket} was not reached`
  const text = 'reply' in rest ? (rest.reply?.text ?? '') : ''
  return plainWords(`${socket} ${is} it${text === '' ? '' : `: ${text}`}`)
}

function isObjection({ is }: Answer): boolean {
  return is === 'refused' || is === 'deferred'
}

function wordsFor(edited: object): string {
  const words = Object.keys(edited)
  return words.length === 0 ? '' : ` changed ${words.join(', ')}`
}
