// Connections to the hosts of the world, kept open for the next message to the same one. Knows how
// long they may wait and how many there may be; not which host a message should go to.
import { isIP } from 'node:net'
import type { Reply } from '../../base/reply.ts'
import { systemWords } from '../../base/system-error.ts'
import type { Hop, HopResult, Hops } from '../../queue/hop.ts'
import type { HopReply, Outgoing } from '../../queue/transport.ts'
import { Dialogue } from './client-dialogue.ts'
import { type Extensions, greet } from './client-greeting.ts'
import { HopLost, Link, TlsLost } from './client-link.ts'

export interface PoolOptions {
  /** The name we greet with. */
  readonly hostname: () => string
  readonly connectTimeoutMs: number
  readonly replyTimeoutMs: number
  readonly finalTimeoutMs: number
  /** A connection without work for so long is ended. */
  readonly idleMs: number
  /** Kept without work, to all hosts together. */
  readonly idleMax: number
  /** Messages over one connection: many hosts end it themselves beyond a hundred. */
  readonly messagesMax: number
  /** Authorities to believe in place of the system's, in PEM. */
  readonly ca?: string
  /** Our own addresses for connections, by the family of the other side. */
  readonly sources?: { readonly ipv4?: string; readonly ipv6?: string }
}

interface Session {
  readonly link: Link
  readonly extensions: Extensions
  readonly key: string
  readonly lmtp: boolean
  messages: number
  open: boolean
  idleSince: number
  timer?: NodeJS.Timeout
}

/** A hop that spoke within this time is still there. */
const freshMs = 500

export class HopPool implements Hops {
  readonly #options: PoolOptions
  readonly #idle = new Map<string, Session[]>()
  #idleCount = 0
  #closed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  async send(hop: Hop, mail: Outgoing, signal?: AbortSignal): Promise<HopResult> {
    const key = [hop.address, hop.port, hop.name, hop.tlsKey, hop.source ?? ''].join(' ')
    for (let kept = this.#take(key); kept; kept = this.#take(key)) {
      const { result, untouched } = await this.#transfer(mail, kept, signal)
      // It went while it waited, before it heard of this message: a new one is none the worse.
      if (!untouched) return result
    }
    const opened = await this.#open(hop, mail, key, signal)
    if ('result' in opened) return opened.result
    return (await this.#transfer(mail, opened.session, signal)).result
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const sessions of this.#idle.values()) for (const one of sessions) this.#end(one)
    this.#idle.clear()
    this.#idleCount = 0
  }

  async #open(
    hop: Hop,
    mail: Outgoing,
    key: string,
    signal?: AbortSignal,
  ): Promise<{ session: Session } | { result: HopResult }> {
    const first = await this.#greet(hop, key, starttlsFor(hop), signal)
    if ('session' in first) return first
    const { lost } = first
    if (!(lost instanceof TlsLost) || hop.tls.is !== 'opportunistic')
      return { result: failed(hop, mail, first) }
    // RFC 7435 §3: TLS that does not work is no reason for no mail, where nobody demands it.
    const second = await this.#greet(hop, key, 'no', signal)
    if ('session' in second) return second
    return { result: failed(hop, mail, second) }
  }

  async #greet(
    hop: Hop,
    key: string,
    starttls: 'no' | 'offered' | 'required',
    signal?: AbortSignal,
  ): Promise<{ session: Session } | Ungreeted> {
    let link: Link | undefined
    const abort = () => link?.destroy()
    try {
      link = await Link.open(this.#linkOptions(hop), signal)
      signal?.addEventListener('abort', abort, { once: true })
      const { login, speaks } = hop
      const hostname = this.#options.hostname()
      const greeted = await greet(link, { hostname, starttls, login, speaks })
      if (!greeted.extensions) {
        link.leave()
        return { link, refusal: greeted.refusal }
      }
      const { extensions } = greeted
      const lmtp = speaks === 'lmtp'
      return { session: { link, extensions, key, lmtp, messages: 0, open: false, idleSince: 0 } }
    } catch (error) {
      link?.destroy()
      return { link, lost: error }
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  #linkOptions(hop: Hop) {
    const { connectTimeoutMs, replyTimeoutMs, ca, sources } = this.#options
    const usual = hop.address.includes(':') ? sources?.ipv6 : sources?.ipv4
    const localAddress = fitting(hop) ?? usual
    const tls = hop.implicit ? ('tls' as const) : ('none' as const)
    return {
      ...{ host: hop.address, port: hop.port, serverName: hop.name, tls },
      ...{ connectTimeoutMs, replyTimeoutMs, verify: hop.tls.is === 'verified' },
      ...(ca === undefined ? {} : { ca }),
      ...(localAddress ? { localAddress } : {}),
      ...(hop.tls.is === 'matching' ? { judge: hop.tls.judge } : {}),
    }
  }

  async #transfer(
    mail: Outgoing,
    session: Session,
    signal?: AbortSignal,
  ): Promise<{ result: HopResult; untouched: boolean }> {
    const { link, extensions, open } = session
    const { finalTimeoutMs } = this.#options
    const careful = session.messages > 0 && Date.now() - session.idleSince > freshMs
    const { lmtp } = session
    const how = { extensions, finalTimeoutMs, reset: open, careful, lmtp }
    const dialogue = new Dialogue(link, mail, how)
    const abort = () => link.destroy()
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted) abort()
    let failure = ''
    try {
      await dialogue.run()
      session.messages++
      session.open = dialogue.open
      this.#keep(session, dialogue)
    } catch (error) {
      link.destroy()
      failure = signal?.aborted ? 'cancelled' : words(error)
    } finally {
      signal?.removeEventListener('abort', abort)
    }
    const { doubtful, heard } = dialogue
    const untouched = failure !== '' && session.messages > 0 && !heard && !doubtful
    const recipients = outcomes(mail, dialogue.replies, { failure, final: dialogue.final })
    const base = { hop: link.hop, tls: link.tls, recipients, failure }
    const stage = heard || failure === '' ? 'message' : 'greeting'
    const passedOn = extensions.has('DSN')
    const result: HopResult = { ...base, stage, doubtful, passedOn }
    return { result, untouched: untouched && !signal?.aborted }
  }

  #take(key: string): Session | undefined {
    const sessions = this.#idle.get(key)
    const session = sessions?.pop()
    if (sessions?.length === 0) this.#idle.delete(key)
    if (!session) return undefined
    this.#idleCount--
    clearTimeout(session.timer)
    if (session.link.idle) return session
    session.link.destroy()
    return this.#take(key)
  }

  #keep(session: Session, dialogue: Dialogue): void {
    const { idleMax, idleMs, messagesMax } = this.#options
    const closing = dialogue.replies.some(({ code }) => code === 421)
    const full = session.messages >= messagesMax || this.#idleCount >= idleMax
    if (this.#closed || closing || full || !session.link.idle) {
      this.#end(session)
      return
    }
    session.idleSince = Date.now()
    session.timer = setTimeout(() => this.#expire(session), idleMs).unref()
    const sessions = this.#idle.get(session.key)
    if (sessions) sessions.push(session)
    else this.#idle.set(session.key, [session])
    this.#idleCount++
  }

  #expire(session: Session): void {
    const left = (this.#idle.get(session.key) ?? []).filter((one) => one !== session)
    if (left.length > 0) this.#idle.set(session.key, left)
    else this.#idle.delete(session.key)
    this.#idleCount--
    this.#end(session)
  }

  #end(session: Session): void {
    clearTimeout(session.timer)
    session.link.leave()
  }
}

interface Ungreeted {
  readonly link: Link | undefined
  readonly refusal?: Reply
  readonly lost?: unknown
}

function failed(hop: Hop, mail: Outgoing, { link, refusal, lost }: Ungreeted): HopResult {
  const where = hop.address.includes(':') ? `[${hop.address}]` : hop.address
  return {
    hop: link?.hop ?? `${where}:${hop.port}`,
    tls: link?.tls ?? '',
    recipients: mail.to.map((address) => ({ address, ...(refusal ? bare(refusal) : silence) })),
    failure: refusal ? '' : words(lost),
    stage: link ? 'greeting' : 'connection',
    ...{ doubtful: false, passedOn: false },
    ...(lost instanceof TlsLost ? { tlsFailure: lost.failure } : {}),
  }
}

function words(error: unknown): string {
  return error instanceof HopLost ? error.message : systemWords(error)
}

/** What was agreed to at RCPT and then lost was promised by nobody. */
export function outcomes(
  mail: Outgoing,
  replies: readonly Reply[],
  { failure, final }: { readonly failure: string; readonly final: number },
): readonly HopReply[] {
  return mail.to.map((address, n) => {
    const said = replies[n] ?? silence
    const lost = failure !== '' && said.code < 300 && n >= final
    return { address, ...(lost ? silence : bare(said)) }
  })
}

function starttlsFor({ tls, implicit }: Hop): 'no' | 'offered' | 'required' {
  if (implicit || tls.is === 'none') return 'no'
  return tls.is === 'opportunistic' ? 'offered' : 'required'
}

function fitting({ address, source }: Hop): string | undefined {
  if (!source) return undefined
  const family = isIP(address)
  return family === 0 || family === isIP(source) ? source : undefined
}

function bare({ code, status, text }: Reply): Reply {
  return { code, status, text }
}

const silence: Reply = { code: 0, status: '', text: '' }
