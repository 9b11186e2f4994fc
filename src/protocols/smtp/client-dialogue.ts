// One message over one connection: from the banner to the reply to the final dot, RFC 5321 §3.
// Knows what each reply means for each recipient, and nothing of sockets or of what comes after.
import type { Reply } from '../../base/reply.ts'
import { formatAddress } from '../../message/address.ts'
import type { Outgoing } from '../../queue/transport.ts'
import { HopLost, type HopSaid, type Link } from './client-link.ts'
import { DotStuffer } from './client-text.ts'

export interface DialogueOptions {
  /** The name we greet with. */
  readonly hostname: string
  readonly starttls: boolean
  readonly login?: { readonly user: string; readonly password: string }
  /** For the reply to the final dot. */
  readonly finalTimeoutMs: number
}

const silence: Reply = { code: 0, status: '', text: '' }

/** RCPT commands in one write: replies to more than these could fill both sides' buffers. */
const pipelinedMax = 100

export class Dialogue {
  readonly #link: Link
  readonly #mail: Outgoing
  readonly #options: DialogueOptions
  readonly #replies: Reply[]
  #extensions = new Map<string, string>()

  constructor(link: Link, mail: Outgoing, options: DialogueOptions) {
    this.#link = link
    this.#mail = mail
    this.#options = options
    this.#replies = mail.to.map(() => silence)
  }

  /** What was said for each recipient so far; code 0 where nothing was. */
  get replies(): readonly Reply[] {
    return this.#replies
  }

  /** Leads the dialogue up to QUIT. @throws HopLost when the connection is of no more use. */
  async run(): Promise<void> {
    const refusal = (await this.#greet()) ?? this.#unfit() ?? (await this.#transfer())
    if (refusal) this.#say(refusal)
  }

  /** Banner, EHLO, TLS and login; the reply that ended it, if one did. */
  async #greet(): Promise<Reply | undefined> {
    const banner = refusalIn(await this.#link.reply(), 'the connection')
    if (banner) return banner
    const hello = await this.#hello()
    if (hello) return hello
    if (this.#options.starttls) {
      const refused = await this.#secure()
      if (refused) return refused
    }
    return this.#options.login && this.#login(this.#options.login)
  }

  async #hello(): Promise<Reply | undefined> {
    const { hostname } = this.#options
    let said = await this.#link.ask(`EHLO ${hostname}`)
    // RFC 5321 §3.2: a server that does not know EHLO is greeted the old way.
    const old = said.code >= 500
    if (old) said = await this.#link.ask(`HELO ${hostname}`)
    const refusal = refusalIn(said, 'the greeting')
    if (!refusal) this.#extensions = old ? new Map() : extensionsIn(said)
    return refusal
  }

  async #secure(): Promise<Reply | undefined> {
    if (!this.#extensions.has('STARTTLS')) throw new HopLost('STARTTLS is required and not offered')
    const refusal = refusalIn(await this.#link.ask('STARTTLS'), 'STARTTLS')
    if (refusal) return refusal
    await this.#link.secure()
    // RFC 3207 §4.2: what was learnt before TLS is forgotten.
    return this.#hello()
  }

  async #login({ user, password }: { user: string; password: string }): Promise<Reply | undefined> {
    const link = this.#link
    if (!link.secured && !link.local) throw new HopLost('no login over a connection without TLS')
    const offered = (this.#extensions.get('AUTH') ?? '').toUpperCase().split(' ')
    if (offered.includes('PLAIN'))
      return refusalIn(await link.ask(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`), 'AUTH')
    if (!offered.includes('LOGIN')) throw new HopLost('AUTH PLAIN or LOGIN is needed, not offered')
    for (const [command, code] of [
      ['AUTH LOGIN', 334],
      [base64(user), 334],
      [base64(password), 235],
    ] as const) {
      const said = await link.ask(command)
      if (said.code >= 400) return said
      if (said.code !== code) throw unexpected(said, 'AUTH')
    }
    return undefined
  }

  /** Why this message cannot go to this hop, as its own reply would say it. */
  #unfit(): Reply | undefined {
    if (this.#utf8Needed() && !this.#extensions.has('SMTPUTF8'))
      return { code: 550, status: '5.6.7', text: 'The next hop does not offer SMTPUTF8' }
    const limit = Number(this.#extensions.get('SIZE') || 0)
    if (limit > 0 && this.#mail.size > limit)
      return { code: 552, status: '5.3.4', text: `The next hop takes ${limit} bytes at most` }
    return undefined
  }

  #utf8Needed(): boolean {
    const { from, to, smtpUtf8 } = this.#mail
    return smtpUtf8 || [from, ...to].some((one) => one && /[^\x00-\x7f]/.test(one.local))
  }

  async #transfer(): Promise<Reply | undefined> {
    const refusal = await this.#envelope()
    if (refusal) return refusal
    const accepted = this.#replies.filter((reply) => reply.code < 300).length
    if (accepted === 0) return undefined
    const said = await this.#link.ask('DATA')
    const unwanted = said.code === 354 ? undefined : refusalIn(said, 'DATA')
    if (unwanted) return unwanted
    if (said.code !== 354) throw unexpected(said, 'DATA')
    return this.#text()
  }

  /** MAIL and RCPT, in one write where PIPELINING is offered (RFC 2920 §3.1). */
  async #envelope(): Promise<Reply | undefined> {
    const rcpts = this.#mail.to.map((one) => `RCPT TO:<${formatAddress(one)}>`)
    const commands = [this.#mailCommand(), ...rcpts]
    const atOnce = this.#extensions.has('PIPELINING') ? pipelinedMax : 1
    for (let first = 0; first < commands.length; first += atOnce) {
      const burst = commands.slice(first, first + atOnce)
      await this.#link.say(burst)
      for (const n of burst.keys()) {
        const said = await this.#link.reply()
        const refusal = refusalIn(said, first + n === 0 ? 'the sender' : 'a recipient')
        // A refused sender is the answer, whatever is said to the recipients behind it.
        if (refusal && (first + n === 0 || said.code === 421)) return refusal
        if (first + n > 0) this.#replies[first + n - 1] = bare(said)
      }
    }
    return undefined
  }

  #mailCommand(): string {
    const { from, size } = this.#mail
    const params = [`MAIL FROM:<${from ? formatAddress(from) : ''}>`]
    if (this.#extensions.has('SIZE')) params.push(`SIZE=${size}`)
    if (this.#extensions.has('8BITMIME')) params.push('BODY=8BITMIME')
    if (this.#utf8Needed()) params.push('SMTPUTF8')
    return params.join(' ')
  }

  async #text(): Promise<Reply> {
    const link = this.#link
    const stuffer = new DotStuffer()
    try {
      for await (const piece of this.#mail.body()) await link.write(stuffer.push(piece))
      await link.write(stuffer.end())
      const said = await link.reply(this.#options.finalTimeoutMs)
      if (said.code < 200 || (said.code >= 300 && said.code < 400))
        throw unexpected(said, 'the text')
      return said
    } catch (error) {
      // A hop that refuses in the midst of the text and closes has said why.
      if (error instanceof HopLost && link.heard) {
        const refusal = refusalIn(await link.reply(), 'the text')
        if (refusal) return refusal
      }
      throw error
    }
  }

  /** The reply for every recipient that was not refused before. */
  #say(reply: Reply): void {
    for (const [n, said] of this.#replies.entries())
      if (said.code < 300) this.#replies[n] = bare(reply)
  }
}

function bare({ code, status, text }: Reply): Reply {
  return { code, status, text }
}

/** The reply when it refuses. @throws HopLost when it neither refuses nor agrees. */
function refusalIn(said: HopSaid, what: string): Reply | undefined {
  if (said.code >= 400) return said
  if (said.code >= 300) throw unexpected(said, what)
  return undefined
}

function unexpected(said: HopSaid, what: string): HopLost {
  return new HopLost(`unexpected reply to ${what}: ${said.code} ${said.text}`.slice(0, 200))
}

/** RFC 5321 §4.1.1.1: one extension a line after the first, its name and its parameters. */
function extensionsIn(said: HopSaid): Map<string, string> {
  const extensions = new Map<string, string>()
  for (const line of said.lines.slice(1)) {
    const [name = '', ...params] = line.trim().split(/[ =]/)
    extensions.set(name.toUpperCase(), params.join(' '))
  }
  return extensions
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
