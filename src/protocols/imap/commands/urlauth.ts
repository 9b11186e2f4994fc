// GENURLAUTH, RESETKEY and URLFETCH: RFC 4467 §7; parts decoded and described: RFC 5524. A URL that
// is wrong, of somebody else, or taken back is told as NIL, and no difference is made.
import type { Connection } from '../../../wire/connection.ts'
import { Syntax } from '../../../wire/protocol.ts'
import {
  type AuthorisedUrl,
  admits,
  authorised,
  authorisedUrl,
  isProved,
  type Rump,
  rumpOf,
} from '../authorised-url.ts'
import { messageOfUrl } from '../catenated.ts'
import type { Cursor } from '../cursor.ts'
import {
  CutShort,
  type MessageAnswers,
  type RawBytes,
  UnknownEncoding,
  withoutNul,
} from '../fetch/message-answers.ts'
import { quotedText } from '../names.ts'
import { elsewhere } from '../reach.ts'
import { no, ok, replies } from '../replies.ts'
import { type Context, command, loggedIn } from '../session.ts'
import { User } from '../user.ts'

/** So many URLs in one command, each of which is a read or a write. */
const urlsMax = 100

export const genUrlAuth = command({
  name: 'GENURLAUTH',
  when: loggedIn,
  run: async ({ user }, cursor, { ports, connection }) => {
    const rumps = rumpsIn(cursor)
    const urls: string[] = []
    for (const rump of rumps) {
      const place = rump && (await ownPlace(rump, user, ports.mailboxes))
      if (!rump || !place) return { reply: noUrl }
      const key = await ports.mailboxes.urlKeys.need(place)
      urls.push(authorised(rump, user.account, key))
    }
    connection.say(`* GENURLAUTH${urls.map((url) => ` ${quotedText(url)}`).join('')}\r\n`)
    return { reply: ok('Authorised') }
  },
})

const noUrl = no('CANNOT', 'That is no URL of a message of yours')

/** URLs without tokens, each with a mechanism after it; undefined for what is none. */
function rumpsIn(cursor: Cursor): (Rump | undefined)[] {
  const rumps: (Rump | undefined)[] = []
  do {
    cursor.space()
    const rump = rumpOf(cursor.astring('a URL'))
    cursor.space()
    if (cursor.word('a mechanism') !== 'INTERNAL') throw new Syntax('INTERNAL is the one mechanism')
    if (rumps.length === urlsMax) throw new Syntax('Too many URLs')
    rumps.push(rump)
  } while (!cursor.atEnd)
  return rumps
}

type Mailboxes = Context['ports']['mailboxes']

/** RFC 4467 §7: one authorises what is one's own. */
async function ownPlace({ owner, message }: Rump, { account, address }: User, boxes: Mailboxes) {
  if (owner !== address.toLowerCase() || elsewhere(message.mailbox)) return undefined
  const box = await boxes.named(account, message.mailbox)
  if (!box || (message.uidValidity ?? box.uidValidity) !== box.uidValidity) return undefined
  return { account, mailbox: box.id }
}

export const resetKey = command({
  name: 'RESETKEY',
  when: loggedIn,
  run: async ({ user }, cursor, { ports }) => {
    const { account } = user
    const { mailboxes } = ports
    if (cursor.atEnd) {
      await mailboxes.urlKeys.drop({ account, mailbox: '' })
      return { reply: ok('All URLs are taken back') }
    }
    cursor.space()
    const name = cursor.mailbox()
    while (cursor.skip(' '))
      if (cursor.word('a mechanism') !== 'INTERNAL') return { reply: noMechanism }
    cursor.end()
    const box = elsewhere(name) ? undefined : await mailboxes.named(account, name)
    if (!box) return { reply: replies.noMailbox }
    await mailboxes.urlKeys.drop({ account, mailbox: box.id })
    return { reply: ok('Its URLs are taken back', 'URLMECH INTERNAL') }
  },
})

const noMechanism = no('CANNOT', 'INTERNAL is the one mechanism')

/** How a URL's part is wanted; none of them: as RFC 4467 has it. */
interface Asked {
  readonly url: string
  readonly wants: readonly string[]
}

export const urlFetch = command({
  name: 'URLFETCH',
  when: loggedIn,
  run: async ({ user }, cursor, context) => {
    const asked: Asked[] = []
    do {
      cursor.space()
      asked.push(cursor.next === '(' ? extended(cursor) : { url: cursor.astring(), wants: [] })
      if (asked.length > urlsMax) throw new Syntax('Too many URLs')
    } while (!cursor.atEnd)
    for (const each of asked) await told(each, user, context)
    return { reply: ok('Fetched') }
  },
})

/** RFC 5524 §3: "(URL BODYPARTSTRUCTURE BINARY)". */
function extended(cursor: Cursor): Asked {
  cursor.expect('(')
  const url = cursor.astring('a URL')
  const wants: string[] = []
  while (cursor.skip(' ')) {
    const want = cursor.word('an item')
    if (!['BODY', 'BINARY', 'BODYPARTSTRUCTURE'].includes(want)) throw new Syntax('Unknown item')
    if (!wants.includes(want)) wants.push(want)
  }
  cursor.expect(')')
  // RFC 5524 §3.1
  if (wants.includes('BODY') && wants.includes('BINARY'))
    throw new Syntax('BODY and BINARY are one or the other')
  return { url, wants }
}

async function told({ url: text, wants }: Asked, user: User, context: Context): Promise<void> {
  const { connection } = context
  const url = authorisedUrl(text)
  const answers = url && (await opened(url, user, context))
  connection.say(`* URLFETCH ${quotedText(text)}`)
  if (!answers) connection.say(' NIL')
  else if (wants.length === 0) await sayRaw(await answers.raw(...of(url)), ' ', connection)
  else await sayExtended(answers, { url, wants }, connection)
  connection.say('\r\n')
  if (connection.full) await connection.flush()
}

function of({ message }: AuthorisedUrl): Parameters<MessageAnswers['raw']> {
  return [message.section, message.partial]
}

/** The message, for whom the URL was meant and as long as it is valid. */
async function opened(
  url: AuthorisedUrl,
  { address }: User,
  { ports }: Context,
): Promise<MessageAnswers | undefined> {
  const { account, owner, message } = url
  if (!admits(url.access, address) || url.expires <= Date.now()) return undefined
  if (elsewhere(message.mailbox)) return undefined
  const box = await ports.mailboxes.named(account, message.mailbox)
  const key = box && (await ports.mailboxes.urlKeys.find({ account, mailbox: box.id }))
  if (!key || !isProved(url, key)) return undefined
  const user = new User({ account, address: owner, name: '' })
  return messageOfUrl(message, { user, view: undefined, ports })
}

async function sayExtended(
  answers: MessageAnswers,
  { url, wants }: { readonly url: AuthorisedUrl; readonly wants: readonly string[] },
  connection: Connection,
): Promise<void> {
  const { section } = url.message
  const plain = section.text === ''
  const decoded = wants.includes('BINARY') && plain ? await decodedBy(answers, url) : undefined
  if (wants.includes('BODYPARTSTRUCTURE')) {
    const text = plain ? await answers.structureOf(section.part, decoded) : undefined
    connection.say(Buffer.from(` (BODYPARTSTRUCTURE ${text ?? 'NIL'})`, 'latin1'))
  }
  if (wants.includes('BINARY')) {
    const tilde = decoded?.includes(0) ? '~' : ''
    connection.say(decoded ? ` (BINARY ${tilde}{${decoded.length}}\r\n` : ' (BINARY NIL')
    if (decoded) connection.say(decoded)
    connection.say(')')
  }
  if (wants.includes('BODY')) {
    await sayRaw(await answers.raw(...of(url)), ' (BODY ', connection)
    connection.say(')')
  }
}

/** undefined where there is no such part, or none that can be decoded. */
async function decodedBy(answers: MessageAnswers, { message }: AuthorisedUrl) {
  try {
    const whole = await answers.decoded(message.section.part)
    const { offset, length } = message.partial ?? { offset: 0, length: Number.MAX_SAFE_INTEGER }
    return whole?.subarray(offset, offset + length)
  } catch (error) {
    if (error instanceof UnknownEncoding) return undefined
    throw error
  }
}

async function sayRaw(found: RawBytes | undefined, head: string, connection: Connection) {
  if (!found) {
    connection.say(`${head}NIL`)
    return
  }
  connection.say(`${head}{${found.size}}\r\n`)
  let left = found.size
  try {
    for await (const chunk of found.bytes) {
      left -= chunk.length
      connection.say(withoutNul(chunk))
      if (connection.full) await connection.flush()
    }
  } catch (error) {
    connection.destroy()
    throw new CutShort('in what a URL names', { cause: error })
  }
  if (left !== 0) connection.destroy()
}
