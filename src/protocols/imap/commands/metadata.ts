// GETMETADATA and SETMETADATA: RFC 5464 §4.2, §4.3.
import { Refused } from '../../../base/refused.ts'
import { Syntax } from '../../../wire/protocol.ts'
import type { Cursor } from '../cursor.ts'
import {
  annotationsOf,
  chosen,
  entryIn,
  isBadFilter,
  mayAnnotate,
  metadataLine,
  serverAnnotations,
  specialUse,
  valueIn,
  valueMaxBytes,
  type Wanted,
} from '../metadata.ts'
import { quotedName, roleOf } from '../names.ts'
import { denied, type Reached, reach } from '../reach.ts'
import { type ImapReply, no, ok, replies } from '../replies.ts'
import { command, type ImapPorts, loggedIn } from '../session.ts'
import type { User } from '../user.ts'

export const getMetadata = command({
  name: 'GETMETADATA',
  when: loggedIn,
  run: async ({ user }, cursor, { ports, connection }) => {
    const { name, wanted } = askedIn(cursor)
    const box = name === '' ? undefined : await reach(ports.mailboxes, user, name)
    if (name !== '' && !(box && mayAnnotate(box))) return { reply: denied(box) }
    const all = await (box ? annotationsOf(box, user, ports) : serverAnnotations(user, ports))
    const told = chosen(all, wanted)
    const said = box ? quotedName(box.name, user.utf8) : '""'
    if (told.rows.length > 0) connection.say(metadataLine(said, told))
    const code = told.longest > 0 ? `METADATA LONGENTRIES ${told.longest}` : ''
    return { reply: ok('Annotations told', code) }
  },
})

interface Asked {
  readonly name: string
  readonly wanted: Wanted
}

/** §5 has options before the mailbox, the examples of §4.2 behind it. */
function askedIn(cursor: Cursor): Asked {
  const options = { depth: 0, valueMaxBytes: Number.POSITIVE_INFINITY }
  cursor.space()
  if (cursor.next === '(') {
    optionsIn(cursor, options)
    cursor.space()
  }
  const name = cursor.mailbox()
  cursor.space()
  if (cursor.ahead(/\((?:MAXSIZE|DEPTH) /iy)) {
    optionsIn(cursor, options)
    cursor.space()
  }
  const entries: string[] = []
  const take = () => entries.push(entryIn(cursor, true))
  if (cursor.next === '(') cursor.list(take)
  else
    do take()
    while (cursor.skip(' '))
  cursor.end()
  return { name, wanted: { entries, ...options } }
}

interface Options {
  depth: number
  valueMaxBytes: number
}

const depths: Readonly<Record<string, number>> = { '0': 0, '1': 1, INFINITY: Infinity }

function optionsIn(cursor: Cursor, options: Options): void {
  cursor.list(() => {
    const option = cursor.word('an option')
    cursor.space()
    if (option === 'MAXSIZE') options.valueMaxBytes = cursor.number('a size')
    else if (option === 'DEPTH') options.depth = depths[cursor.word('a depth')] ?? Number.NaN
    else throw new Syntax('Unknown option')
    if (Number.isNaN(options.depth)) throw new Syntax('DEPTH is 0, 1 or infinity')
  })
}

export const setMetadata = command({
  name: 'SETMETADATA',
  when: loggedIn,
  run: async ({ user }, cursor, { ports }) => {
    cursor.space()
    const name = cursor.mailbox()
    cursor.space()
    const changes = cursor.list(() => changeIn(cursor))
    cursor.end()
    const names = changes.map(({ entry }) => entry)
    const box = name === '' ? undefined : await reach(ports.mailboxes, user, name)
    if (name !== '' && !(box && mayAnnotate(box, names))) return { reply: denied(box) }
    // What all users read of the server is its administrator's.
    if (!box && names.some((entry) => !entry.startsWith('/private/')))
      return { reply: replies.noPermission }
    if (changes.some(({ value }) => value && value.length > valueMaxBytes))
      return { reply: no(`METADATA MAXSIZE ${valueMaxBytes}`, 'A value is too large') }
    // RFC 5466 §3.2
    if (!box && changes.some(({ entry, value }) => isBadFilter(entry, value)))
      return { reply: no('CANNOT', 'A filter that is no search') }
    return { reply: await changed({ user, box, changes }, ports) }
  },
})

interface Change {
  readonly entry: string
  readonly value: Buffer | undefined
}

function changeIn(cursor: Cursor): Change {
  const entry = entryIn(cursor)
  cursor.space()
  return { entry, value: valueIn(cursor) }
}

interface Order {
  readonly user: User
  readonly box: Reached | undefined
  readonly changes: readonly Change[]
}

async function changed(order: Order, { mailboxes }: ImapPorts): Promise<ImapReply> {
  const { user, box, changes } = order
  const role = useIn(order)
  if (role === false) return badUse
  const entries = changes
    .filter(({ entry }) => !box || entry !== specialUse)
    .map(({ entry, value = null }) => ({ entry, value }))
  const place = { account: box?.account ?? user.account, mailbox: box?.id ?? '' }
  const use = role === undefined || role === box?.role ? {} : { role }
  try {
    await mailboxes.annotations.set({ ...place, who: user.address, entries, ...use })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (error.code === 'too-many') return no('METADATA TOOMANY', 'There are too many already')
    if (error.code === 'not-found') return replies.noMailbox
    if (error.code === 'exists' || error.code === 'bad-value') return badUse
    throw error
  }
  return ok('Annotations set')
}

/** RFC 6154 §4: checked as CREATE does. */
const badUse = no('USEATTR', 'A mailbox cannot be for that, or another one is')

/** What the mailbox is to be for; undefined: as before; false: that cannot be. */
function useIn({ user, box, changes }: Order): string | false | undefined {
  const change = changes.findLast(({ entry }) => entry === specialUse)
  if (!box || !change) return undefined
  if (box.account !== user.account) return false
  return change.value ? (roleOf(change.value.toString('latin1')) ?? false) : ''
}
