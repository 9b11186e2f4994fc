// APPEND: RFC 9051 §6.3.12; several at once: RFC 3502. A message goes to the store as it comes, and
// OK is said when all are on disk; the next APPEND is heard meanwhile, and shares the way there.
import { Refused } from '../../../base/refused.ts'
import type { NewEntry, Place } from '../../../mailbox/messages.ts'
import type { Heard } from '../../../wire/literal-reader.ts'
import { Syntax } from '../../../wire/protocol.ts'
import { Cursor } from '../cursor.ts'
import { isListening } from '../notify/telling.ts'
import { type ImapReply, ok, replies } from '../replies.ts'
import { type Context, command, loggedIn } from '../session.ts'
import type { View } from '../view.ts'

const rateGraceMs = 60_000
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
    const target = await context.ports.mailboxes.named(user.account, name)
    if (!target) return { reply: replies.tryCreate }
    const letters = new Letters(context, cursor)
    try {
      await letters.read(context.heard)
    } catch (error) {
      letters.abort()
      throw error
    }
    const place = { account: user.account, mailbox: target.id }
    const view = phase.in === 'selected' ? phase.view : undefined
    const reply = appended({ place, view }, letters, context)
    // Many messages at once gain nothing from others beside them; and whoever is told of changes
    // between commands is told of them in the order of these.
    if (letters.entries.length > 1 || isListening(phase)) return { reply: await reply }
    // Whoever asks for it hears of the failure.
    reply.catch(() => {})
    return { later: async () => ({ reply: await reply }) }
  },
})

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
  if (view?.mailbox === place.mailbox) view.own = [...view.own, [first.uid, last]]
  const uids = done.length === 1 ? first.uid : `${first.uid}:${last}`
  return ok('Appended', `APPENDUID ${first.uidValidity} ${uids}`)
}

interface Head {
  /** RFC 6855 §4: the message comes as "UTF8 (~{n} …)". */
  readonly utf8: boolean
  readonly flags: readonly string[]
  readonly receivedAt: number | undefined
}

/** The messages of one command, as they come. */
export class Letters {
  readonly entries: NewEntry[] = []
  readonly #context: Context
  #cursor: Cursor
  #bytes = 0
  readonly #began = performance.now()

  constructor(context: Context, cursor: Cursor) {
    this.#context = context
    this.#cursor = cursor
  }

  /** @throws Refused 'too-big', 'bad-message' for an empty one; Syntax */
  async read(first: Heard): Promise<void> {
    let heard = first
    do {
      const head = headIn(this.#cursor)
      if (head.utf8 && !heard.announced?.binary) throw new Syntax('Expected a literal8')
      if (!heard.announced) throw new Syntax('Expected a message')
      if (this.entries.length === messagesMax) throw new Refused('too-many', 'messages at once')
      await this.#take(head, heard.announced.size)
      this.#expect()
      heard = await this.#context.ports.reader.more(() => true)
      this.#cursor = new Cursor(heard.pieces, { utf8: this.#cursor.utf8 })
      if (head.utf8) this.#cursor.expect(')')
    } while (!this.#cursor.atEnd || heard.announced)
    this.#context.connection.deadline(Number.POSITIVE_INFINITY)
  }

  abort(): void {
    this.#context.connection.deadline(Number.POSITIVE_INFINITY)
  }

  async #take({ flags, receivedAt }: Head, size: number): Promise<void> {
    const { ports } = this.#context
    const max = ports.options.sizeMaxBytes
    if (size > max) throw new Refused('too-big', `${size} bytes`)
    // RFC 3502 §6.3.11: an empty one takes it all back.
    if (size === 0) throw new Refused('bad-message', 'an empty message')
    const letter = ports.messages.letter(max)
    try {
      this.#expect()
      for await (const part of ports.reader.take()) {
        this.#bytes += part.length
        await letter.write(part)
        this.#expect()
      }
      const sealed = await letter.seal()
      this.entries.push({
        letter: sealed,
        flags,
        ...(receivedAt === undefined ? {} : { receivedAt }),
      })
    } catch (error) {
      letter.abort()
      throw error
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
  cursor.end()
  // RFC 3501 §2.3.2: it is no client's to give.
  return { utf8, flags: flags.filter((flag) => !/^\\recent$/i.test(flag)), receivedAt }
}
