// LIST: RFC 9051 §6.3.9, with what RFC 5258, RFC 5819, RFC 6154 §5.2, RFC 8440 and
// RFC 9590 add; LSUB: RFC 3501 §6.3.9.
import type { Connection } from '../../../wire/connection.ts'
import { Syntax } from '../../../wire/protocol.ts'
import type { Cursor } from '../cursor.ts'
import { type Entry, listed, listLine, type Wanted } from '../listing.ts'
import { annotationsOf, chosen, entryIn, mayAnnotate, metadataLine } from '../metadata.ts'
import { patternOf } from '../name-pattern.ts'
import { quotedName } from '../names.ts'
import { may } from '../reach.ts'
import { ok } from '../replies.ts'
import { command, loggedIn, type SessionPorts } from '../session.ts'
import type { User } from '../user.ts'
import { rightsLine } from './acl.ts'
import { statusItems, statusLine } from './status.ts'

export const list = command({
  name: 'LIST',
  when: loggedIn,
  run: async ({ user }, cursor, { ports, connection }) => {
    const asked = askedIn(cursor, user)
    const { patterns, wanted } = asked
    if (patterns.length === 1 && patterns[0] === '' && !asked.extended) {
      // RFC 9051 §6.3.9: an empty name asks for the separator.
      connection.say('* LIST (\\Noselect) "/" ""\r\n')
      return { reply: ok('Listed') }
    }
    for (const entry of await listed(ports.mailboxes, user, wanted)) {
      connection.say(listLine('LIST', entry, user))
      await sayMore(entry, asked, { user, ports, connection })
      if (connection.full) await connection.flush()
    }
    return { reply: ok('Listed') }
  },
})

interface Saying {
  readonly user: User
  readonly ports: SessionPorts
  readonly connection: Connection
}

/** Of mailboxes that are there, and that one asked for: RFC 8440 §3, RFC 9590, RFC 5819 §2. */
async function sayMore(
  { box, chosen: asked }: Entry,
  { wanted, statusOf, entries }: Asked,
  { user, ports, connection }: Saying,
): Promise<void> {
  if (box && asked && wanted.attributes.includes('MYRIGHTS')) connection.say(rightsLine(box, user))
  if (box && asked && entries.length > 0 && mayAnnotate(box)) {
    const all = await annotationsOf(box, user, ports)
    const told = chosen(all, { entries, depth: 0, valueMaxBytes: Number.POSITIVE_INFINITY })
    connection.say(metadataLine(quotedName(box.name, user.utf8), told))
  }
  if (statusOf.length > 0 && may(box, 'r'))
    connection.say(await statusLine(box, statusOf, { user, ports }))
}

export const lsub = command({
  name: 'LSUB',
  when: loggedIn,
  run: async ({ user }, cursor, { ports, connection }) => {
    cursor.space()
    const reference = cursor.mailbox()
    cursor.space()
    const pattern = cursor.listMailbox()
    cursor.end()
    const fits = patternOf([pattern], reference)
    const wanted: Wanted = { fits, subscribed: true, above: pattern.endsWith('%'), attributes: [] }
    for (const { name, box } of await listed(ports.mailboxes, user, wanted))
      connection.say(
        `* LSUB (${box === undefined ? '\\Noselect' : ''}) "/" ${quotedName(name, user.utf8)}\r\n`,
      )
    return { reply: ok('Listed') }
  },
})

interface Asked {
  readonly extended: boolean
  readonly patterns: readonly string[]
  readonly statusOf: readonly string[]
  /** Annotations to be told: RFC 9590. */
  readonly entries: readonly string[]
  readonly wanted: Wanted
}

const selections = ['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE']
const returns = ['SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE', 'STATUS', 'MYRIGHTS', 'METADATA']

function askedIn(cursor: Cursor, user: User): Asked {
  cursor.space()
  const extended = cursor.next === '('
  const selected = extended ? cursor.listOrNone(() => known(cursor, selections)) : []
  if (extended) cursor.space()
  const recursive = selected.includes('RECURSIVEMATCH')
  // RFC 5258 §3: it says how to look further, and not for what.
  if (recursive && !selected.includes('SUBSCRIBED') && !selected.includes('SPECIAL-USE'))
    throw new Syntax('RECURSIVEMATCH of nothing')
  const reference = cursor.mailbox()
  cursor.space()
  const many = cursor.next === '('
  const patterns = many ? cursor.list(() => cursor.listMailbox()) : [cursor.listMailbox()]
  const { returned, statusOf, entries } = returnsIn(cursor, user)
  cursor.end()
  const wanted: Wanted = {
    fits: patternOf(patterns, reference),
    subscribed: selected.includes('SUBSCRIBED'),
    special: selected.includes('SPECIAL-USE'),
    recursive,
    levels: patterns.some((pattern) => pattern.endsWith('%')),
    attributes: returned,
  }
  return { extended: extended || many, patterns, statusOf, entries, wanted }
}

function returnsIn(cursor: Cursor, user: User) {
  let statusOf: readonly string[] = []
  let entries: readonly string[] = []
  const returned: string[] = []
  if (cursor.skip(' ')) {
    if (cursor.word('RETURN') !== 'RETURN') throw new Syntax('Expected RETURN')
    cursor.space()
    cursor.listOrNone(() => {
      const option = known(cursor, returns)
      returned.push(option)
      if (option !== 'STATUS' && option !== 'METADATA') return
      cursor.space()
      if (option === 'STATUS') statusOf = statusItems(cursor, user)
      else entries = cursor.list(() => entryIn(cursor))
    })
  }
  return { returned, statusOf, entries }
}

function known(cursor: Cursor, options: readonly string[]): string {
  const option = cursor.word('an option')
  if (!options.includes(option)) throw new Syntax('Unknown option of LIST')
  return option
}
