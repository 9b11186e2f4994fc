// What is said to one filter, in its order: the client, its greeting, the envelope, the text. Knows
// the filter's answers, and not what becomes of them.
import type { Reply } from '../../base/reply.ts'
import { plainWords, type Subject } from '../../delivery/checks/check.ts'
import type { Client } from '../../delivery/types.ts'
import { type Address, formatAddress } from '../../message/address.ts'
import { scanHeader } from '../../message/header-fields.ts'
import { Edits } from './edits.ts'
import {
  bodyPartMaxBytes,
  flags,
  type Negotiated,
  NotMilter,
  negotiated,
  negotiation,
  type Packet,
  packet,
  replyIn,
  texts,
} from './grammar.ts'
import type { MilterLink } from './link.ts'
import { macrosFor, type Told } from './macros.ts'

export type Answer =
  | { readonly is: 'go on' | 'accept' | 'discard' | 'skip' }
  | { readonly is: 'refused' | 'deferred'; readonly reply?: Reply }

const goOn: Answer = { is: 'go on' }

/** A command that some filters do not want, or do not answer. */
interface Command {
  readonly letter: string
  readonly unwanted: number
  readonly mute: number
}

const command = {
  connect: { letter: 'C', unwanted: flags.noConnect, mute: flags.muteConnect },
  helo: { letter: 'H', unwanted: flags.noHelo, mute: flags.muteHelo },
  mail: { letter: 'M', unwanted: flags.noMail, mute: flags.muteMail },
  recipient: { letter: 'R', unwanted: flags.noRecipient, mute: flags.muteRecipient },
  data: { letter: 'T', unwanted: flags.noData, mute: flags.muteData },
  header: { letter: 'L', unwanted: flags.noHeader, mute: flags.muteHeader },
  endOfHeader: { letter: 'N', unwanted: flags.noEndOfHeader, mute: flags.muteEndOfHeader },
  body: { letter: 'B', unwanted: flags.noBody, mute: flags.muteBody },
} as const satisfies Record<string, Command>

/** Version 4 brought DATA. */
const dataSince = 4

export class MilterConversation {
  readonly #link: MilterLink
  readonly #said: Negotiated
  #told: Told
  /** The filter wants to hear no more: of this client, or of this message. */
  #settled: 'client' | 'message' | undefined
  #discard = false
  #inMail = false

  private constructor(link: MilterLink, said: Negotiated, told: Told) {
    this.#link = link
    this.#said = said
    this.#told = told
  }

  /** @throws NotMilter, Gone, Error when the filter cannot be spoken with; so do all others here */
  static async begin(
    link: MilterLink,
    told: Pick<Told, 'serverName' | 'client'>,
  ): Promise<MilterConversation> {
    await link.send(negotiation())
    return new MilterConversation(link, negotiated(await link.receive()), told)
  }

  /** The client and its greeting. */
  async greet(): Promise<Answer> {
    const { address, port, hello } = this.#told.client
    const family = address.includes(':') ? '6' : '4'
    const place = Buffer.from([port >> 8, port & 0xff])
    const host = texts(`[${address}]`)
    const connected = this.#keep(
      await this.#say(command.connect, host, family, place, texts(address)),
      'client',
    )
    if (connected.is !== 'go on') return connected
    return this.#keep(await this.#say(command.helo, texts(hello)), 'client')
  }

  async mail(client: Client, id: string, from: Address | null): Promise<Answer> {
    this.abort()
    if (this.#settled === 'client') return goOn
    this.#settled = undefined
    this.#discard = false
    this.#told = { serverName: this.#told.serverName, client, id, from }
    this.#inMail = true
    return this.#keep(await this.#say(command.mail, texts(pathOf(from))), 'message')
  }

  async recipient(to: Address): Promise<Answer> {
    if (this.#settled || this.#discard) return goOn
    this.#told = { ...this.#told, to }
    return this.#keep(await this.#say(command.recipient, texts(pathOf(to))), 'message')
  }

  /** The text, to its end; what the filter wants changed, and whether it may go on. */
  async text(subject: Subject): Promise<{ answer: Answer; edits?: Edits }> {
    if (this.#discard) return { answer: { is: 'discard' } }
    if (this.#settled) return { answer: goOn }
    const before = await this.#untilBody(subject)
    if (before.is !== 'go on') return { answer: this.#keep(before, 'message') }
    const body = await this.#body(subject)
    if (body.is !== 'go on' && body.is !== 'skip') return { answer: this.#keep(body, 'message') }
    const edits = new Edits(subject, this.#said)
    try {
      await this.#link.send(Buffer.concat([...this.#macros('E'), packet('E')]))
      const answer = await this.#answer((change) => edits.take(change))
      this.#inMail = false
      return { answer, edits }
    } catch (error) {
      edits.drop()
      throw error
    }
  }

  /** Forgets the message that was begun. */
  abort(): void {
    if (this.#inMail) this.#link.send(packet('A')).catch(() => {})
    this.#inMail = false
  }

  end(): void {
    this.#link.end(packet('Q'))
  }

  destroy(): void {
    this.#link.destroy()
  }

  async #untilBody({ letter: { head } }: Subject): Promise<Answer> {
    const data = this.#said.version >= dataSince ? await this.#say(command.data) : goOn
    if (data.is !== 'go on') return data
    for (const { start, value, end } of scanHeader(head).fields) {
      const name = head.toString('latin1', start, value - 1).trimEnd()
      const answer = await this.#say(
        command.header,
        texts(name),
        this.#value(head, value, end),
        '\0',
      )
      if (answer.is === 'skip') break
      if (answer.is !== 'go on') return answer
    }
    return await this.#say(command.endOfHeader)
  }

  /** As sendmail has them: folded with LF, and without the blank after the colon unless wanted. */
  #value(head: Buffer, from: number, to: number): Buffer {
    const text = head
      .toString('latin1', from, to)
      .replace(/\r?\n$/, '')
      .replaceAll('\r\n', '\n')
    const keep = (this.#said.flags & flags.leadingSpace) !== 0 || !text.startsWith(' ')
    return Buffer.from((keep ? text : text.slice(1)).replaceAll('\0', ''), 'latin1')
  }

  async #body({ letter }: Subject): Promise<Answer> {
    if ((this.#said.flags & flags.noBody) !== 0) return goOn
    let skip = scanHeader(letter.head).end
    for await (const chunk of letter.text()) {
      const from = Math.min(skip, chunk.length)
      skip -= from
      for (let at = from; at < chunk.length; at += bodyPartMaxBytes) {
        const part = chunk.subarray(at, at + bodyPartMaxBytes)
        const answer = await this.#say(command.body, part)
        if (answer.is !== 'go on') return answer
      }
    }
    return goOn
  }

  async #say({ letter, unwanted, mute }: Command, ...data: (string | Uint8Array)[]) {
    if ((this.#said.flags & unwanted) !== 0) return goOn
    const macros = letter === 'L' || letter === 'B' ? [] : this.#macros(letter)
    await this.#link.send(Buffer.concat([...macros, packet(letter, ...data)]))
    if ((this.#said.flags & mute) !== 0) return goOn
    return await this.#answer()
  }

  #macros(letter: string): Buffer[] {
    const list = macrosFor(letter, this.#told, this.#said.macros)
    return list.length === 0 ? [] : [packet('D', letter, texts(...list))]
  }

  async #answer(change?: (packet: Packet) => Promise<void> | void): Promise<Answer> {
    for (;;) {
      const heard = await this.#link.receive()
      const answer = answerOf(heard)
      if (answer) return answer
      // Progress: it is still at work.
      if (heard.letter === 'p') continue
      if (!change) throw new NotMilter(`it answered "${plainWords(heard.letter)}"`)
      await change(heard)
    }
  }

  /** An answer of the filter that settles what comes after it too. */
  #keep(answer: Answer, what: 'client' | 'message'): Answer {
    if (answer.is === 'accept') this.#settled = what
    if (answer.is === 'discard') this.#discard = true
    return answer
  }
}

/** undefined for what ends nothing. */
function answerOf({ letter, data }: Packet): Answer | undefined {
  switch (letter) {
    case 'c':
      return goOn
    case 'a':
      return { is: 'accept' }
    case 'd':
      return { is: 'discard' }
    case 's':
      return { is: 'skip' }
    case 'r':
      return { is: 'refused' }
    case 't':
    case 'f':
    case '4':
      return { is: 'deferred' }
    case 'y':
      return inItsWords(data)
    default:
      return undefined
  }
}

function inItsWords(data: Buffer): Answer {
  const reply = replyIn(data)
  if (!reply) throw new NotMilter('a reply that refuses nothing')
  const text = plainWords(reply.text) || 'Refused by policy'
  return { is: reply.code < 500 ? 'deferred' : 'refused', reply: { ...reply, text } }
}

function pathOf(address: Address | null): string {
  return `<${address ? formatAddress(address) : ''}>`
}
