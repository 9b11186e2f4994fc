// LIST: RFC 9051 §6.3.9, with what RFC 5258, RFC 5819 and RFC 6154 §5.2 add; LSUB: RFC 3501 §6.3.9.
import { Syntax } from '../../../wire/protocol.ts'
import type { Cursor } from '../cursor.ts'
import { listed, listLine, type Wanted } from '../listing.ts'
import { patternOf } from '../name-pattern.ts'
import { quotedName } from '../names.ts'
import { ok } from '../replies.ts'
import { command, loggedIn } from '../session.ts'
import type { User } from '../user.ts'
import { statusItems, statusLine } from './status.ts'

export const list = command({
  name: 'LIST',
  when: loggedIn,
  run: async ({ user }, cursor, { ports, connection }) => {
    const asked = askedIn(cursor, user)
    const { patterns, statusOf, wanted } = asked
    if (patterns.length === 1 && patterns[0] === '' && !asked.extended) {
      // RFC 9051 §6.3.9: an empty name asks for the separator.
      connection.say('* LIST (\\Noselect) "/" ""\r\n')
      return { reply: ok('Listed') }
    }
    for (const entry of await listed(ports.mailboxes, user.account, wanted)) {
      connection.say(listLine('LIST', entry, user))
      if (statusOf.length > 0 && entry.box)
        connection.say(await statusLine(entry.box, statusOf, { user, ports }))
      if (connection.full) await connection.flush()
    }
    return { reply: ok('Listed') }
  },
})

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
    for (const { name, box } of await listed(ports.mailboxes, user.account, wanted))
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
  readonly wanted: Wanted
}

const selections = ['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE']
const returns = ['SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE', 'STATUS']

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
  const { returned, statusOf } = returnsIn(cursor, user)
  cursor.end()
  const wanted: Wanted = {
    fits: patternOf(patterns, reference),
    subscribed: selected.includes('SUBSCRIBED'),
    special: selected.includes('SPECIAL-USE'),
    recursive,
    attributes: returned,
  }
  return { extended: extended || many, patterns, statusOf, wanted }
}

function returnsIn(cursor: Cursor, user: User) {
  let statusOf: readonly string[] = []
  const returned: string[] = []
  if (cursor.skip(' ')) {
    if (cursor.word('RETURN') !== 'RETURN') throw new Syntax('Expected RETURN')
    cursor.space()
    cursor.listOrNone(() => {
      const option = known(cursor, returns)
      returned.push(option)
      if (option !== 'STATUS') return
      cursor.space()
      statusOf = statusItems(cursor, user)
    })
  }
  return { returned, statusOf }
}

function known(cursor: Cursor, options: readonly string[]): string {
  const option = cursor.word('an option')
  if (!options.includes(option)) throw new Syntax('Unknown option of LIST')
  return option
}
