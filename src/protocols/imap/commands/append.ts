// APPEND: RFC 9051 §6.3.12; several at once: RFC 3502; of parts that are there: RFC 4469. A message
// goes to the store as it comes, and OK is said when all are on disk; the next APPEND is heard
// meanwhile, and shares the way there.
import { Refused } from '../../../base/refused.ts'
import { rightFor } from '../../../mailbox/flags.ts'
import type { Letter } from '../../../mailbox/letter.ts'
import type { NewEntry, Place } from '../../../mailbox/messages.ts'
import type { Heard } from '../../../wire/literal-reader.ts'
import { Syntax } from '../../../wire/protocol.ts'
import { type Asker, BadUrl, bytesOfUrl } from '../catenated.ts'
import { Cursor } from '../cursor.ts'
import { BeyondLimit, saveLimit } from '../message-limit.ts'
import { isListening } from '../notify/telling.ts'
import { denied, may, reach } from '../reach.ts'
import { type ImapReply, no, ok, replies } from '../replies.ts'
import { type Context, command, loggedIn } from '../session.ts'
import type { View } from '../view.ts'

const rateGraceMs = 60_000
const urlMaxBytes = 4_000
/** RFC 3502: so many at once. */
const messagesMax = 10_000

export const append = command({
  name: 'APPEND',
  when: loggedIn,
  joins: true,
  run: async (phase, cursor, context) => {
    const { user } = phase
    cursor.space()
    const name = cursor.mailbox()
    const target = await reach(context.ports.mailboxes, user, name)
    if (!may(target, 'i')) return { reply: denied(target, replies.tryCreate) }
    const view = phase.in === 'selected' ? phase.view : undefined
    const letters = new Letters(context, cursor, { user, view, rights: target.rights })
    try {
      await letters.read(context.heard)
    } catch (error) {
      letters.abort()
      if (error instanceof BadUrl) return { reply: badUrl(error) }
      throw error
    }
    const place = { account: target.account, mailbox: target.id }
    const reply = appended({ place, view }, letters, context)
    // Many messages at once gain nothing from others beside them; and whoever is told of changes
    // between commands is told of them in the order of these.
    if (letters.entries.length > 1 || isListening(phase)) return { reply: await reply }
    // Whoever asks for it hears of the failure.
    reply.catch(() => {})
    return { later: async () => ({ reply: await reply }) }
  },
})

/** RFC 4469 §4.1: which one it was, as far as a code can say. */
export function badUrl({ message }: BadUrl): ImapReply {
  const sayable = /^[\x20-\x5b\x5e-\x7e]{1,500}$/.test(message)
  return no(sayable ? `BADURL ${message}` : 'BADURL', 'Nothing is there')
}

async function appended(
  { place, view }: { readonly place: Place; readonly view: View | undefined },
  { entries }: Letters,
  { ports }: Context,
): Promise<ImapReply> {
  const done = await ports.messages.append(place, entries).catch((error: unknown) => {
    if (error instanceof Refused && error.code === 'not-found') return undefined
    throw error
  })
  const [first] = done ?? []
  if (!done || !first) return replies.tryCreate
  const last = first.uid + done.length - 1
  if (view?.account === place.account && view.mailbox === place.mailbox)
    view.own = [...view.own, [first.uid, last]]
  const uids = done.length === 1 ? first.uid : `${first.uid}:${last}`
  return ok('Appended', `APPENDUID ${first.uidValidity} ${uids}`)
}

interface Head {
  /** RFC 6855 §4: the message comes as "UTF8 (~{n} …)". */
  readonly utf8: boolean
  readonly flags: readonly string[]
  readonly receivedAt: number | undefined
  /** RFC 4469 §3: the message comes as "CATENATE (…)". */
  readonly catenate: boolean
}

/** Whose URLs are meant, and RFC 4314 §4: what lets flags be set, the others are left out. */
type Reader = Pick<Asker, 'user' | 'view'> & { readonly rights: string }

/** The messages of one command, as they come. */
export class Letters {
  readonly entries: NewEntry[] = []
  readonly #context: Context
  readonly #reader: Reader
  #cursor: Cursor
  #bytes = 0
  readonly #began = performance.now()

  constructor(context: Context, cursor: Cursor, reader: Reader) {
    this.#context = context
    this.#cursor = cursor
    this.#reader = reader
  }

  /** @throws Refused 'too-big', 'bad-message' for an empty one; Syntax; BadUrl */
  async read(first: Heard): Promise<void> {
    let heard = first
    const max = saveLimit(this.#context.ports.options)
    do {
      const head = headIn(this.#cursor)
      if (this.entries.length === max) throw new BeyondLimit(max)
      if (this.entries.length === messagesMax) throw new Refused('too-many', 'messages at once')
      heard = head.catenate ? await this.#catenated(head, heard) : await this.#whole(head, heard)
    } while (!this.#cursor.atEnd || heard.announced)
    this.#context.connection.deadline(Number.POSITIVE_INFINITY)
  }

  /** One literal. What follows it. */
  async #whole(head: Head, { announced }: Heard): Promise<Heard> {
    if (head.utf8 && !announced?.binary) throw new Syntax('Expected a literal8')
    if (!announced) throw new Syntax('Expected a message')
    // RFC 3502 §6.3.11: an empty one takes it all back.
    if (announced.size === 0) throw new Refused('bad-message', 'an empty message')
    await this.#letter(head, (letter) => this.#take(letter, announced.size))
    const heard = await this.#more()
    if (head.utf8) this.#cursor.expect(')')
    return heard
  }

  /** Texts and URLs up to ")". What follows it. */
  async #catenated(head: Head, first: Heard): Promise<Heard> {
    let heard = first
    await this.#letter(head, async (letter) => {
      do heard = await this.#part(letter, heard)
      while (this.#cursor.skip(' '))
      this.#cursor.expect(')')
      if (letter.size === 0) throw new Refused('bad-message', 'an empty message')
    })
    return heard
  }

  async #part(letter: Letter, heard: Heard): Promise<Heard> {
    const cursor = this.#cursor
    if (cursor.skip('TEXT ')) {
      cursor.end()
      if (!heard.announced) throw new Syntax('Expected a literal')
      await this.#take(letter, heard.announced.size)
      return this.#more()
    }
    cursor.expect('URL ')
    const said = cursor.atEnd && heard.announced
    const url = said ? await this.#short(said.size) : cursor.astring('a URL')
    const after = said ? await this.#more() : heard
    const asker = { ...this.#reader, ports: this.#context.ports }
    for await (const part of bytesOfUrl(url, asker)) await letter.write(part)
    return after
  }

  /** A URL that comes as a literal. */
  async #short(size: number): Promise<string> {
    if (size > urlMaxBytes) throw new Syntax('Expected a shorter URL')
    const parts: Buffer[] = []
    for await (const part of this.#context.ports.reader.take()) parts.push(part)
    return Buffer.concat(parts).toString('utf8')
  }

  async #more(): Promise<Heard> {
    this.#expect()
    const heard = await this.#context.ports.reader.more(() => true)
    this.#cursor = new Cursor(heard.pieces, { utf8: this.#cursor.utf8 })
    return heard
  }

  abort(): void {
    this.#context.connection.deadline(Number.POSITIVE_INFINITY)
  }

  /** A message that `fill` writes. */
  async #letter({ flags, receivedAt }: Head, fill: (letter: Letter) => Promise<void>) {
    const { ports } = this.#context
    const letter = ports.messages.letter(ports.options.sizeMaxBytes)
    try {
      await fill(letter)
      const sealed = await letter.seal()
      const at = receivedAt === undefined ? {} : { receivedAt }
      const { rights } = this.#reader
      const allowed = flags.filter((flag) => rights.includes(rightFor(flag)))
      this.entries.push({ letter: sealed, flags: allowed, ...at })
    } catch (error) {
      letter.abort()
      throw error
    }
  }

  /** The literal that is announced. */
  async #take(letter: Letter, size: number): Promise<void> {
    const { ports } = this.#context
    if (letter.size + size > ports.options.sizeMaxBytes)
      throw new Refused('too-big', `${size} bytes`)
    this.#expect()
    for await (const part of ports.reader.take()) {
      this.#bytes += part.length
      await letter.write(part)
      this.#expect()
    }
  }

  /** The client's time: a minute, and more for what it has sent at the least rate. */
  #expect(): void {
    const { connection, ports } = this.#context
    const earnedMs = (this.#bytes * 1000) / ports.options.dataMinBytesPerSecond
    connection.deadline(this.#began + rateGraceMs + earnedMs)
  }
}

function headIn(cursor: Cursor): Head {
  cursor.space()
  const flags = cursor.next === '(' ? cursor.flagList() : []
  if (flags.length > 0 || !cursor.atEnd) cursor.skip(' ')
  const receivedAt = cursor.next === '"' ? cursor.dateTime() : undefined
  if (receivedAt !== undefined) cursor.space()
  const utf8 = cursor.skip('UTF8 (')
  const catenate = !utf8 && cursor.skip('CATENATE (')
  if (!catenate) cursor.end()
  // RFC 3501 §2.3.2: it is no client's to give.
  const kept = flags.filter((flag) => !/^\\recent$/i.test(flag))
  return { utf8, catenate, flags: kept, receivedAt }
}
