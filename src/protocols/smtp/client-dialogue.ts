// One message over a connection that has greeted: from MAIL to the reply to the text, RFC 5321
// §3.3. Knows what each reply means for each recipient, and nothing of sockets.
import type { Reply } from '../../base/reply.ts'
import { sevenBit } from '../../message/seven-bit.ts'
import type { Outgoing } from '../../queue/transport.ts'
import { isBinary, mailCommand, rcptCommands, unfit } from './client-envelope.ts'
import { type Extensions, refusalIn, unexpected } from './client-greeting.ts'
import { HopLost, type HopSaid, type Link } from './client-link.ts'
import { DotStuffer } from './client-text.ts'

export interface DialogueOptions {
  readonly extensions: Extensions
  /** For the reply to the end of the text. */
  readonly finalTimeoutMs: number
  /** The transaction before this one was left open. */
  readonly reset?: boolean
  /** The hop may have gone since it last spoke: it is heard before the text is sent. */
  readonly careful?: boolean
  /** RFC 2033 §4.2: behind the text comes a reply for each recipient that was agreed to. */
  readonly lmtp?: boolean
}

const silence: Reply = { code: 0, status: '', text: '' }

/** Commands in one write: replies to more than these could fill both sides' buffers. */
const pipelinedMax = 100

/** Texts up to this are sent behind their envelope without waiting for replies to it. */
const eagerMaxBytes = 65_536
const chunkBytes = 262_144

export class Dialogue {
  readonly #link: Link
  #mail: Outgoing
  readonly #options: DialogueOptions
  readonly #replies: Reply[]
  /** Whether the hop must be told to forget before the next message. */
  open = true
  /** The end of the text was sent, and no reply to it has come. */
  doubtful = false
  /** The hop has said something. */
  heard = false
  /** LMTP: of the first so many recipients the reply behind the text is known. */
  final = 0

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

  /** @throws HopLost when the connection is of no more use. */
  async run(): Promise<void> {
    try {
      const refusal = (await this.#unfit()) ?? (await this.#transfer())
      if (refusal) this.#say(refusal)
    } catch (error) {
      // A hop that hung up when it had refused everybody has said all there is.
      const refused = this.#replies.every(({ code }) => code >= 400)
      if (!(error instanceof HopLost) || !refused) throw error
    }
  }

  /** Makes the text fit for the hop; the refusal where it cannot be. */
  async #unfit(): Promise<Reply | undefined> {
    const { extensions } = this.#options
    const refusal = unfit(this.#mail, extensions)
    if (refusal || this.#offers('8BITMIME') || isBinary(this.#mail)) return refusal
    const made = await sevenBit(this.#mail.body)
    if (made.is === 'same') return undefined
    // RFC 6152 §3: converted, or returned.
    if (made.is === 'impossible') return { code: 554, status: '5.6.3', text: eightBit(made.why) }
    this.#mail = { ...this.#mail, body: made.body, size: made.size }
    return unfit(this.#mail, extensions)
  }

  #offers(extension: string): boolean {
    return this.#options.extensions.has(extension)
  }

  async #transfer(): Promise<Reply | undefined> {
    const { extensions, reset = false, careful = false, lmtp = false } = this.#options
    const commands = rcptCommands(this.#mail, extensions)
    commands.unshift(mailCommand(this.#mail, extensions))
    if (reset) commands.unshift('RSET')
    const first = reset ? 1 : 0
    // LMTP has no reply to a text that is for nobody: its text waits for the replies to RCPT.
    const chunked = this.#offers('CHUNKING') && !lmtp
    const atOnce = this.#offers('PIPELINING') && commands.length < pipelinedMax && !careful
    if (atOnce && chunked && this.#mail.size <= eagerMaxBytes) {
      return this.#eager(commands, first)
    }
    // RFC 2920 §3.1: DATA may end a group; its 354 must then be met with a text, if an empty one.
    if (atOnce && !chunked && !lmtp) return this.#withData(commands, first)
    const refusal = await this.#bursts(commands, first)
    if (refusal || !this.#accepted()) return refusal
    if (chunked) return this.#chunks()
    const said = await this.#ask('DATA')
    if (said.code !== 354) return refusalIn(said, 'DATA') ?? fail(said, 'DATA')
    return this.#text()
  }

  /** RFC 3030 §4.2: envelope and text in one write, one round trip for a message. */
  async #eager(commands: readonly string[], first: number): Promise<Reply | undefined> {
    const text = await this.#whole()
    const envelope = this.#link.lines([...commands, `BDAT ${text.length} LAST`])
    this.doubtful = true
    await this.#link.write(Buffer.concat([envelope, text]))
    const refusal = await this.#answers(commands.length, first)
    if (refusal?.code === 421) this.doubtful = false
    if (refusal?.code === 421) return refusal
    const said = await this.#reply(this.#options.finalTimeoutMs)
    this.doubtful = false
    return refusal ?? this.#last(said)
  }

  async #whole(): Promise<Buffer> {
    const raw = isBinary(this.#mail)
    const ends = new DotStuffer({ dots: false })
    const pieces: Uint8Array[] = []
    for await (const piece of this.#mail.body()) pieces.push(raw ? piece : ends.push(piece))
    if (!raw) pieces.push(ends.end())
    return Buffer.concat(pieces)
  }

  async #withData(commands: readonly string[], first: number): Promise<Reply | undefined> {
    await this.#link.say([...commands, 'DATA'])
    const refusal = await this.#answers(commands.length, first)
    if (refusal?.code === 421) return refusal
    const data = await this.#reply()
    if (data.code === 354 && (refusal || !this.#accepted())) {
      await this.#link.write('.\r\n')
      await this.#reply()
      this.open = false
      return refusal
    }
    if (refusal || !this.#accepted()) return refusal
    if (data.code !== 354) return refusalIn(data, 'DATA') ?? fail(data, 'DATA')
    return this.#text()
  }

  async #bursts(commands: readonly string[], first: number): Promise<Reply | undefined> {
    const atOnce = this.#offers('PIPELINING') ? pipelinedMax : 1
    for (let at = 0; at < commands.length; at += atOnce) {
      const burst = commands.slice(at, at + atOnce)
      await this.#link.say(burst)
      const refusal = await this.#answers(burst.length, first - at)
      if (refusal) return refusal
    }
    return undefined
  }

  /**
   * Hears what is said to MAIL, the command of number `sender`, and to the RCPTs behind it, and
   * puts each where it belongs. Gives the reply to MAIL, or a 421, where it refuses.
   */
  async #answers(count: number, sender: number): Promise<Reply | undefined> {
    let refused: Reply | undefined
    for (let n = 0; n < count; n++) {
      const said = await this.#reply()
      const refusal =
        n < sender ? undefined : refusalIn(said, n === sender ? 'the sender' : 'a recipient')
      if (said.code === 421) return said
      // A refused sender is the answer, whatever is said to the recipients behind it.
      if (n === sender) refused = refusal
      if (refused) this.#say(refused)
      else if (n > sender) this.#replies[n - sender - 1] = bare(said)
    }
    return refused
  }

  #accepted(): boolean {
    return this.#replies.some(({ code }) => code >= 200 && code < 300)
  }

  /** The reply to the text, which is nothing new to those who were refused before it. */
  #last(said: HopSaid): Reply | undefined {
    if (said.code < 400) this.open = false
    if (!this.#accepted()) return undefined
    if (said.code < 200 || (said.code >= 300 && said.code < 400)) throw unexpected(said, 'the text')
    return said
  }

  /** RFC 2033 §4.2 */
  async #lasts(): Promise<undefined> {
    for (const [n, { code }] of this.#replies.entries()) {
      if (code >= 200 && code < 300) {
        const said = await this.#reply(this.#options.finalTimeoutMs)
        refusalIn(said, 'the text')
        this.#replies[n] = bare(said)
      }
      this.final = n + 1
    }
    this.doubtful = false
    this.open = false
    return undefined
  }

  async #chunks(): Promise<Reply | undefined> {
    const raw = isBinary(this.#mail)
    const ends = new DotStuffer({ dots: false })
    let held: Uint8Array[] = []
    let size = 0
    for await (const piece of this.#mail.body()) {
      const part = raw ? piece : ends.push(piece)
      held.push(part)
      size += part.length
      if (size < chunkBytes) continue
      const refusal = refusalIn(await this.#chunk(held, size), 'a part of the text')
      if (refusal) return refusal
      held = []
      size = 0
    }
    const end = raw ? Buffer.alloc(0) : ends.end()
    return this.#last(await this.#chunk([...held, end], size + end.length, ' LAST'))
  }

  async #chunk(parts: readonly Uint8Array[], size: number, last = ''): Promise<HopSaid> {
    await this.#link.write(`BDAT ${size}${last}\r\n`)
    this.doubtful = last !== ''
    await this.#link.write(Buffer.concat(parts))
    const said = await this.#reply(last === '' ? undefined : this.#options.finalTimeoutMs)
    this.doubtful = false
    return said
  }

  async #text(): Promise<Reply | undefined> {
    const link = this.#link
    const stuffer = new DotStuffer()
    try {
      let held: Buffer | undefined
      for await (const piece of this.#mail.body()) {
        if (held) await link.write(held)
        held = stuffer.push(piece)
      }
      this.doubtful = true
      // The last piece and the dot are one write: a small message is one segment.
      await link.write(held ? Buffer.concat([held, stuffer.end()]) : stuffer.end())
      if (this.#options.lmtp) return await this.#lasts()
      const said = await this.#reply(this.#options.finalTimeoutMs)
      this.doubtful = false
      return this.#last(said)
    } catch (error) {
      // A hop that refuses in the midst of the text and closes has said why.
      if (error instanceof HopLost && link.heard) {
        const refusal = refusalIn(await link.reply(), 'the text')
        if (refusal) return refusal
      }
      throw error
    }
  }

  async #ask(command: string): Promise<HopSaid> {
    await this.#link.say([command])
    return this.#reply()
  }

  async #reply(withinMs?: number): Promise<HopSaid> {
    const said = await this.#link.reply(withinMs)
    this.heard = true
    return said
  }

  /** The reply for every recipient that was not refused before. */
  #say(reply: Reply): void {
    for (const [n, said] of this.#replies.entries())
      if (said.code < 300) this.#replies[n] = bare(reply)
  }
}

function eightBit(why: string): string {
  return `The next hop does not offer 8BITMIME, and the message cannot be converted: ${why}`
}

function bare({ code, status, text }: Reply): Reply {
  return { code, status, text }
}

function fail(said: HopSaid, what: string): never {
  throw unexpected(said, what)
}
