// ESEARCH: RFC 7377. As UID SEARCH, in the mailboxes that the client names.
import { countOf, rangesOf } from '../../../mailbox/uid-set.ts'
import { Syntax } from '../../../wire/protocol.ts'
import type { Cursor } from '../cursor.ts'
import { boxesFor } from '../listing.ts'
import { type MailboxFilter, readMailboxFilter, readNames } from '../mailbox-filter.ts'
import { BeyondLimit, searched } from '../message-limit.ts'
import { quotedName } from '../names.ts'
import type { Reached } from '../reach.ts'
import { no, ok } from '../replies.ts'
import { foundBy } from '../search/found-by.ts'
import { esearchLine, savedOf } from '../search/found-text.ts'
import { type Returns, readSearch } from '../search/search-command.ts'
import { type SearchKey, UnknownCharset } from '../search/search-keys.ts'
import { asksModseq } from '../search/search-mailbox.ts'
import { checkTag, keepUpdated } from '../search/search-updates.ts'
import { type Context, command, loggedIn, type Phase } from '../session.ts'
import { View } from '../view.ts'
import { badCharset, everything, prepare } from './search.ts'

type LoggedIn = Extract<Phase, { in: 'ready' | 'selected' }>

interface Sources {
  readonly selected: boolean
  readonly filters: readonly MailboxFilter[]
}

/** Messages that are looked through at most. */
const messagesMax = 2_000_000
const sourcesMax = 100

export const esearch = command({
  name: 'ESEARCH',
  when: loggedIn,
  run: async (phase, cursor, context) => {
    cursor.space()
    const sources = readSources(cursor)
    try {
      const { returns = everything, key } = readSearch(cursor)
      if (sources.selected && phase.in !== 'selected') throw new Syntax('No mailbox is selected')
      // RFC 7377 §2.2: "$" is of the selected mailbox.
      if (returns.options.has('SAVE') && sources.filters.length > 0)
        throw new Syntax('Only what is found in the selected mailbox can be saved')
      prepare(phase.user, key)
      if (returns.update && phase.in !== 'selected') throw new Syntax('No mailbox is selected')
      if (phase.in === 'selected') checkTag(phase.view, returns, context.heard.tag)
      const boxes = await boxesOf(phase, sources, context)
      const count = boxes.reduce((sum, { messages }) => sum + messages, 0)
      if (count > messagesMax) return { reply: no('LIMIT', 'That is too much to look through') }
      const opened: Opened[] = []
      for (const box of boxes) {
        const view = await viewOf(phase, box, context)
        if (view) opened.push({ box, view })
      }
      needFew(opened, key, context)
      for (const each of opened) await searchIn(phase, { ...each, key, returns }, context)
      return { reply: ok('Searched') }
    } catch (error) {
      if (!(error instanceof UnknownCharset)) throw error
      return { reply: badCharset }
    }
  },
})

/** "IN (mailboxes "folder1" subtree "folder2") ", where it is there. */
function readSources(cursor: Cursor): Sources {
  if (!cursor.skip('IN ')) return { selected: true, filters: [] }
  let selected = false
  const filters: MailboxFilter[] = []
  cursor.list(() => {
    if (filters.length === sourcesMax) throw new Syntax('Too many sources')
    const word = cursor.word('mailboxes')
    if (word === 'SELECTED') selected = true
    else filters.push(readMailboxFilter(word, cursor) ?? oneLevel(word, cursor))
  }, 'mailboxes')
  cursor.space()
  return { selected, filters }
}

/** RFC 7377 §2.2: mailboxes and what is directly below them. */
function oneLevel(word: string, cursor: Cursor): MailboxFilter {
  if (word !== 'SUBTREE-ONE') throw new Syntax('Expected a choice of mailboxes')
  const names = readNames(cursor)
  return ({ name }) =>
    names.has(name) || names.has(name.slice(0, Math.max(0, name.lastIndexOf('/'))))
}

async function boxesOf(
  phase: LoggedIn,
  { selected, filters }: Sources,
  { ports }: Context,
): Promise<readonly Reached[]> {
  const boxes = [...(await boxesFor(ports.mailboxes, phase.user)).values()]
  // RFC 4314 §4: as SELECT.
  const readable = boxes.filter((box) => box.rights.includes('r'))
  const isOpen = (box: Reached) => selected && isSelected(phase, box)
  return readable.filter((box) => isOpen(box) || filters.some((fits) => fits(box)))
}

function isSelected(phase: LoggedIn, { account, id }: Reached): boolean {
  return phase.in === 'selected' && phase.view.account === account && phase.view.mailbox === id
}

interface Opened {
  readonly box: Reached
  readonly view: View
}

/** RFC 9738 §3.1, of all mailboxes together: no UID could say how far it went. */
function needFew(opened: readonly Opened[], key: SearchKey, { ports }: Context): void {
  const max = ports.options.messagesMax
  if (max === 0) return
  const count = opened.reduce((sum, { view }) => sum + countOf(searched(view, key)), 0)
  if (count > max) throw new BeyondLimit(max)
}

interface Asked extends Opened {
  readonly key: SearchKey
  readonly returns: Returns
}

async function searchIn(phase: LoggedIn, { box, view, key, returns }: Asked, context: Context) {
  const { ports, connection, heard } = context
  const { user } = phase
  const { columns, indexes } = await foundBy({ user, view }, key, ports)
  const uids = indexes.map((at) => columns.uid[at]!)
  const modseqOf = (uid: number) => columns.modseq[columns.indexOf(uid)] ?? 0
  const found = asksModseq(key) ? { uids, modseqOf } : { uids }
  const saved = savedOf(found, returns)
  if (saved) view.saved = rangesOf(saved)
  const where = ` MAILBOX ${quotedName(box.name, user.utf8)} UIDVALIDITY ${box.uidValidity}`
  const { tag } = heard
  // RFC 7377 §2.2: only the selected mailbox is told of.
  if (returns.update && phase.in === 'selected' && view === phase.view) {
    const kept = { tag, where, byUid: true, key, criteria: undefined, items: returns.update, uids }
    connection.say(keepUpdated(view, kept))
  }
  // RFC 7377 §2.1: nothing of mailboxes in which there is nothing.
  if (uids.length === 0) return
  connection.say(esearchLine(found, returns, { tag, byUid: true, numbers: view.uids, where }))
  if (connection.full) await connection.flush()
}

/** The mailbox as the session has it, or as it is now. */
async function viewOf(phase: LoggedIn, box: Reached, { ports }: Context) {
  if (phase.in === 'selected' && isSelected(phase, box)) return phase.view
  const { account } = box
  const opened = await ports.mailboxes.select(account, box.ownName)
  if (!opened || opened.box.id !== box.id) return undefined
  const { id, uidValidity } = box
  const view = new View({ account, mailbox: id, uidValidity, readOnly: true })
  for (const [first, last] of opened.uids) view.uids.addRange(first, last)
  return view
}
